// Keys and values of many sequences, for every layer, in pages of kCachePage positions. Sequences
// share pages by reference: a fork costs nothing until one of the two goes on, and then one page.
//
//   KvCache cache(ctx, config, 4096, DType::kF16);
//   CachedSequence one(cache), other = one.fork();
//   Batch batch = make_cached_batch(ctx, {{&one, ids}, {&other, more}});   // decoder.h
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/config.h"
#include "tensor/context.h"

namespace lucie {

// "f32", "f16", "bf16", "q8_0" or "q4_0" as the type of a cache of this model. An unknown one, or
// heads that are no whole blocks of it: Error{kInvalidArgument} with `place`.
DType cache_type(const std::string& name, const ModelConfig& config, const std::string& place);

class KvCache {
 public:
  // Room for `positions`, rounded up to pages; memory is touched when positions are written.
  KvCache(Context& ctx, const ModelConfig& config, std::int64_t positions, DType type);
  KvCache(const KvCache&) = delete;
  KvCache& operator=(const KvCache&) = delete;

  std::int64_t positions() const;  // all that there is room for
  std::int64_t free_pages() const { return static_cast<std::int64_t>(free_.size()); }
  // Bytes of such a cache: the planner's figure.
  static std::size_t bytes(const ModelConfig& config, std::int64_t positions, DType type);

  // For the decoder: a layer's keys and values (P, K, kCachePage, D).
  const Tensor& keys(std::int64_t layer) const { return keys_[static_cast<std::size_t>(layer)]; }
  const Tensor& values(std::int64_t layer) const {
    return values_[static_cast<std::size_t>(layer)];
  }

 private:
  friend class CachedSequence;
  std::int32_t take();
  void release(std::int32_t page);
  void copy(Context& ctx, std::int32_t to, std::int32_t from) const;

  std::vector<Tensor> keys_, values_;
  std::vector<std::int32_t> holders_, free_;  // sequences that hold each page; pages of none
};

// A sequence's positions in a cache, which must outlive it.
class CachedSequence {
 public:
  explicit CachedSequence(KvCache& cache) : cache_(&cache) {}
  CachedSequence(CachedSequence&& other) noexcept;
  CachedSequence& operator=(CachedSequence&& other) noexcept;
  ~CachedSequence() { truncate(0); }

  KvCache& cache() const { return *cache_; }
  std::int64_t length() const { return length_; }
  CachedSequence fork() const { return fork(length_); }
  CachedSequence fork(std::int64_t length) const;  // of the first `length` positions
  void truncate(std::int64_t length);              // keeps the first `length` positions

  // Free pages that `count` more positions take.
  std::int64_t pages_to_append(std::int64_t count) const;
  // Makes room for them; the next forward pass fills it. Not enough free pages: Error
  // {kInvalidArgument}, and nothing has changed.
  void append(Context& ctx, std::int64_t count);

  std::span<const std::int32_t> pages() const { return pages_; }
  std::int32_t slot(std::int64_t position) const;  // page * kCachePage + place in it

 private:
  KvCache* cache_;
  std::vector<std::int32_t> pages_;
  std::int64_t length_ = 0;
};

}  // namespace lucie
