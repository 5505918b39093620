// The weights of a model on their way into files: the tensors of its family's table, by rows, so
// that a model larger than memory passes through in pieces, on all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "model/parameters.h"

namespace lucie {

struct WeightValues {
  ThreadPool* pool = nullptr;  // that they may be read with
  // The type in which the values of tensor i are given.
  std::function<DType(std::size_t i)> type;
  // Puts rows [first, first + count) of tensor i to `to`. Several threads call it at once.
  std::function<void(std::size_t i, std::int64_t first, std::int64_t count, std::byte* to)> rows;
  explicit operator bool() const { return static_cast<bool>(rows); }
};

// Both arguments are used as long as the values are.
WeightValues values_of(Context& ctx, const Parameters& weights);
// Initial weights, made when they are asked for.
WeightValues random_values(ThreadPool& pool, const ModelConfig& config, std::uint64_t seed);

}  // namespace lucie
