#include "model/kv_cache.h"

#include <string>

#include "base/error.h"
#include "tensor/ops.h"

namespace lucie {

KvCache::KvCache(Context& ctx, const ModelConfig& config, std::int64_t capacity, DType dtype)
    : capacity_(capacity) {
  const Shape shape{capacity, config.num_key_value_heads, config.head_dim};
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    keys_.push_back(ctx.empty(dtype, shape));
    values_.push_back(ctx.empty(dtype, shape));
  }
}

void KvCache::truncate(std::int64_t length) {
  LUCIE_ASSERT(length >= 0 && length <= length_);
  length_ = length;
}

KvCache KvCache::fork(Context& ctx) const {
  KvCache copy;
  copy.length_ = length_;
  copy.capacity_ = capacity_;
  const auto duplicate = [&](const Tensor& from) {
    Tensor to = ctx.empty(from.dtype(), from.shape());
    if (length_ > 0) ctx.op().copy(ctx, to.rows(0, length_), from.rows(0, length_));
    return to;
  };
  for (const Tensor& keys : keys_) copy.keys_.push_back(duplicate(keys));
  for (const Tensor& values : values_) copy.values_.push_back(duplicate(values));
  return copy;
}

std::size_t KvCache::bytes() const {
  return keys_.empty() ? 0 : 2 * keys_.size() * keys_.front().bytes();
}

void KvCache::advance(std::int64_t count) {
  if (length_ + count > capacity_) {
    fail(ErrorCode::kInvalidArgument,
         "the text needs " + std::to_string(length_ + count) + " positions, the window has " +
             std::to_string(capacity_),
         "--ctx-size", "shorten the text or give a larger --ctx-size");
  }
  length_ += count;
}

}  // namespace lucie
