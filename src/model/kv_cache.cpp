#include "model/kv_cache.h"

#include <utility>

#include "base/error.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

constexpr DType kTypes[] = {DType::kF32, DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ4_0};

std::int64_t pages_of(std::int64_t positions) {
  return (positions + kCachePage - 1) / kCachePage;
}

Shape pages_shape(const ModelConfig& config, std::int64_t positions) {
  return {pages_of(positions), config.num_key_value_heads, kCachePage, config.head_dim};
}

}  // namespace

DType cache_type(const std::string& name, const ModelConfig& config, const std::string& place) {
  std::string names;
  for (const DType type : kTypes) {
    const DTypeInfo& info = dtype_info(type);
    names += (names.empty() ? "" : ", ") + std::string(info.name);
    if (dtype_from_name(name) != type) continue;
    if (config.head_dim % info.block == 0) return type;
    fail(ErrorCode::kInvalidArgument,
         std::string(info.name) + " has blocks of " + std::to_string(info.block) +
             " and the model's heads are " + std::to_string(config.head_dim) + " wide",
         place, "take f16");
  }
  fail(ErrorCode::kInvalidArgument, "no type of a cache: " + name, place, "one of " + names);
}

KvCache::KvCache(Context& ctx, const ModelConfig& config, std::int64_t positions, DType type) {
  const Shape shape = pages_shape(config, positions);
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    keys_.push_back(ctx.empty(type, shape));
    values_.push_back(ctx.empty(type, shape));
  }
  holders_.assign(static_cast<std::size_t>(shape[0]), 0);
  for (std::int64_t page = shape[0]; page-- > 0;) free_.push_back(static_cast<std::int32_t>(page));
}

std::int64_t KvCache::positions() const {
  return static_cast<std::int64_t>(holders_.size()) * kCachePage;
}

std::size_t KvCache::bytes(const ModelConfig& config, std::int64_t positions, DType type) {
  return 2 * static_cast<std::size_t>(config.num_hidden_layers) *
         tensor_bytes(type, pages_shape(config, positions));
}

std::int32_t KvCache::take() {
  LUCIE_ASSERT(!free_.empty());
  const std::int32_t page = free_.back();
  free_.pop_back();
  holders_[static_cast<std::size_t>(page)] = 1;
  return page;
}

void KvCache::release(std::int32_t page) {
  if (--holders_[static_cast<std::size_t>(page)] == 0) free_.push_back(page);
}

void KvCache::copy(Context& ctx, std::int32_t to, std::int32_t from) const {
  for (const std::vector<Tensor>* layers : {&keys_, &values_}) {
    for (const Tensor& pages : *layers) {
      ctx.op().copy(ctx, pages.rows(to, 1), pages.rows(from, 1));
    }
  }
}

CachedSequence::CachedSequence(CachedSequence&& other) noexcept
    : cache_(other.cache_),
      pages_(std::exchange(other.pages_, {})),
      length_(std::exchange(other.length_, 0)) {}

CachedSequence& CachedSequence::operator=(CachedSequence&& other) noexcept {
  if (this == &other) return *this;
  truncate(0);
  cache_ = other.cache_;
  pages_ = std::exchange(other.pages_, {});
  length_ = std::exchange(other.length_, 0);
  return *this;
}

CachedSequence CachedSequence::fork(std::int64_t length) const {
  LUCIE_ASSERT(length >= 0 && length <= length_);
  CachedSequence copy(*cache_);
  copy.length_ = length;
  copy.pages_.assign(pages_.begin(), pages_.begin() + pages_of(length));
  for (const std::int32_t page : copy.pages_) {
    ++cache_->holders_[static_cast<std::size_t>(page)];
  }
  return copy;
}

void CachedSequence::truncate(std::int64_t length) {
  LUCIE_ASSERT(length >= 0 && length <= length_);
  length_ = length;
  while (static_cast<std::int64_t>(pages_.size()) > pages_of(length)) {
    cache_->release(pages_.back());
    pages_.pop_back();
  }
}

std::int64_t CachedSequence::pages_to_append(std::int64_t count) const {
  const bool into_shared = count > 0 && length_ % kCachePage != 0 &&
                           cache_->holders_[static_cast<std::size_t>(pages_.back())] > 1;
  return pages_of(length_ + count) - pages_of(length_) + (into_shared ? 1 : 0);
}

void CachedSequence::append(Context& ctx, std::int64_t count) {
  const std::int64_t wanted = pages_to_append(count);
  if (wanted > cache_->free_pages()) {
    fail(ErrorCode::kInvalidArgument,
         "the cache has room for " + std::to_string(cache_->positions()) + " positions, of which " +
             std::to_string(cache_->free_pages() * kCachePage) + " are free: not enough for " +
             std::to_string(count) + " more",
         "--ctx-size", "shorten the text or give a larger --ctx-size");
  }
  std::int64_t fresh = pages_of(length_ + count) - pages_of(length_);
  if (wanted > fresh) {  // the last page is shared: a copy of its own
    const std::int32_t shared = pages_.back();
    pages_.back() = cache_->take();
    cache_->copy(ctx, pages_.back(), shared);
    cache_->release(shared);
  }
  for (; fresh > 0; --fresh) pages_.push_back(cache_->take());
  length_ += count;
}

std::int32_t CachedSequence::slot(std::int64_t position) const {
  return pages_[static_cast<std::size_t>(position / kCachePage)] *
             static_cast<std::int32_t>(kCachePage) +
         static_cast<std::int32_t>(position % kCachePage);
}

}  // namespace lucie
