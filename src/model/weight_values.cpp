#include "model/weight_values.h"

#include "tensor/ops.h"

namespace lucie {

WeightValues values_of(Context& ctx, const Parameters& weights) {
  return {
      .pool = &ctx.pool(),
      .type = [&weights](std::size_t i) { return weights[i].dtype(); },
      .rows =
          [&ctx, &weights](std::size_t i, std::int64_t first, std::int64_t count, std::byte* to) {
            ctx.op().copy_to_host(ctx, to, weights[i].rows(first, count));
          }};
}

WeightValues random_values(ThreadPool& pool, const ModelConfig& config, std::uint64_t seed) {
  return {.pool = &pool,
          .type = [](std::size_t) { return DType::kF32; },
          .rows =
              [specs = family(config.architecture).tensors(config), seed](
                  std::size_t i, std::int64_t first, std::int64_t count, std::byte* to) {
                const std::int64_t width = specs[i].is_matrix() ? specs[i].shape.last() : 1;
                initial_rows(
                    specs[i], seed, first,
                    {reinterpret_cast<float*>(to), static_cast<std::size_t>(count * width)});
              }};
}

}  // namespace lucie
