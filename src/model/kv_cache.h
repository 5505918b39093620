// Keys and values of one sequence, for every layer. Append by forward_layers, truncate to any
// length, fork by copying. Positions are rows; capacity is fixed at construction.
#pragma once

#include <cstdint>
#include <vector>

#include "model/config.h"
#include "tensor/context.h"

namespace lucie {

class KvCache {
 public:
  KvCache(Context& ctx, const ModelConfig& config, std::int64_t capacity, DType dtype);

  std::int64_t length() const { return length_; }
  std::int64_t capacity() const { return capacity_; }
  void truncate(std::int64_t length);  // keeps the first `length` positions
  KvCache fork(Context& ctx) const;    // an independent copy
  std::size_t bytes() const;

  // For forward_layers: keys and values (capacity, K, D) of a layer, and the step forward.
  const Tensor& keys(std::int64_t layer) const { return keys_[static_cast<std::size_t>(layer)]; }
  const Tensor& values(std::int64_t layer) const {
    return values_[static_cast<std::size_t>(layer)];
  }
  void advance(std::int64_t count);

 private:
  KvCache() = default;
  std::vector<Tensor> keys_, values_;
  std::int64_t length_ = 0, capacity_ = 0;
};

}  // namespace lucie
