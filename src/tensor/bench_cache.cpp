// Keys and values in pages, and the attention that reads them, at the shape of SmolLM2-135M.
#include <numeric>

#include "tensor/bench_cases.h"
#include "tensor/ops.h"

namespace lucie::bench {
namespace {

constexpr std::int64_t kHeads = 9, kKvHeads = 3, kWidth = 64;

// Rows of `sequences` answers or prompts, each the last `rows` of `keys` positions.
struct Window {
  const char* name;
  std::int64_t sequences, rows, keys;

  std::int64_t pages() const { return (keys + kCachePage - 1) / kCachePage; }
  Shape page_shape() const { return {sequences * pages(), kKvHeads, kCachePage, kWidth}; }
};

std::string name_of(const char* op, const Window& window, DType cache) {
  return std::string(op) + "/" + dtype_info(cache).name + "/" + window.name + "/" +
         std::to_string(window.sequences) + "x" + std::to_string(window.rows) + "x" +
         std::to_string(window.keys);
}

// All pages filled; values() in f32 first, so that any type of cache can be made of them.
Tensor filled(Context& ctx, DType cache, const Window& window) {
  const Shape shape = window.page_shape();
  const Tensor pages = ctx.zeros(cache, shape);
  const std::int64_t count = shape[0] * kCachePage;
  std::vector<std::int32_t> slots(static_cast<std::size_t>(count));
  std::iota(slots.begin(), slots.end(), 0);
  const Tensor x = values(ctx, DType::kF32, {count, kKvHeads, kWidth});
  ctx.op().cache_store(ctx, pages, x, ctx.upload({count}, slots));
  return pages;
}

BenchCall attend(Context& ctx, DType type, DType cache, const Window& window) {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(window.sequences * window.pages()));
  std::iota(numbers.begin(), numbers.end(), 0);
  std::vector<std::int32_t> places;
  double seen = 0.0;
  for (std::int64_t b = 0; b < window.sequences; ++b) {
    for (std::int64_t t = window.keys - window.rows; t < window.keys; ++t) {
      places.push_back(static_cast<std::int32_t>(b));
      places.push_back(static_cast<std::int32_t>(t));
      seen += static_cast<double>(t + 1);
    }
  }
  const std::int64_t n = window.sequences * window.rows;
  const Tensor keys = filled(ctx, cache, window), v = filled(ctx, cache, window);
  const Tensor q = values(ctx, type, {n, kHeads, kWidth}), o = ctx.zeros(type, q.shape());
  const Tensor tables = ctx.upload({window.sequences, window.pages()}, numbers);
  const Tensor rows = ctx.upload({n, 2}, places);
  const CacheShape shape{kHeads, kKvHeads, kWidth, 0, 0.125f};
  return {
      4.0 * seen * kHeads * kWidth, bytes_of({keys, v, q, o}),
      [=, &ctx] { ctx.op().cache_attention(ctx, o, q, keys, v, tables, rows, Tensor(), shape); },
      o};
}

BenchCall store(Context& ctx, DType type, DType cache, const Window& window) {
  const std::int64_t n = window.sequences * window.rows;
  const Tensor pages = ctx.zeros(cache, window.page_shape());
  const Tensor x = values(ctx, type, {n, kKvHeads, kWidth});
  const Tensor slots = indices(ctx, n, window.page_shape()[0] * kCachePage);
  const double written = bytes_of({pages}) * static_cast<double>(n) /
                         static_cast<double>(window.page_shape()[0] * kCachePage);
  return {0.0, bytes_of({x}) + written, [=, &ctx] { ctx.op().cache_store(ctx, pages, x, slots); },
          pages};
}

}  // namespace

void add_cache_cases(std::vector<BenchCase>& cases, DType type) {
  const Window answer{"answer", 1, 1, 2048}, answers{"answers", 16, 1, 2048};
  const Window prompt{"prompt", 1, 512, 512};
  for (const DType cache : {DType::kF16, DType::kQ8_0}) {
    for (const Window& window : {answer, answers, prompt}) {
      cases.push_back({name_of("cache_attention", window, cache), [=](Context& ctx, double share) {
                         Window some = window;
                         some.rows = part(window.rows, share);
                         some.sequences = part(window.sequences, share);
                         return attend(ctx, type, cache, some);
                       }});
    }
    cases.push_back({name_of("cache_store", prompt, cache), [=](Context& ctx, double share) {
                       Window some = prompt;
                       some.rows = part(prompt.rows, share);
                       return store(ctx, type, cache, some);
                     }});
  }
}

}  // namespace lucie::bench
