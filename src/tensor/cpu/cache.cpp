#include "base/error.h"
#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

static_assert(kCachePage == kAttentionBlock);

// Rows n, n + 1, ... that stand at positions t, t + 1, ... of one sequence, as many as a task
// takes.
std::vector<CacheQueries> runs_of(const Tensor& rows, std::int64_t most) {
  const auto* at = data<std::int32_t>(rows);
  std::vector<CacheQueries> runs;
  for (std::int64_t n = 0; n < rows.dim(0); ++n) {
    const std::int64_t sequence = at[2 * n], position = at[2 * n + 1];
    if (!runs.empty()) {
      CacheQueries& last = runs.back();
      if (last.sequence == sequence && last.position + last.count == position &&
          last.count < most) {
        ++last.count;
        continue;
      }
    }
    runs.push_back({n, 1, position, sequence, 0});
  }
  return runs;
}

// One row of keys or values of one head into its place.
void store_head(const Kernels& kernels, const Tensor& pages, std::int64_t row, ConstArray x) {
  const std::int64_t width = pages.dim(3);
  const std::size_t stride = row_bytes(pages.dtype(), width);
  std::byte* place = data<std::byte>(pages) + static_cast<std::size_t>(row) * stride;
  if (!dtype_info(pages.dtype()).quantized) {
    kernels.convert({place, element_of(pages.dtype())}, x, width);
    return;
  }
  if (x.type != Element::kF32) {
    const auto bytes = static_cast<std::size_t>(width) * sizeof(float);
    const Array floats{thread_scratch(Slot::kAttention, bytes), Element::kF32};
    kernels.convert(floats, x, width);
    x = read(floats);
  }
  encode_row(pages.dtype(), static_cast<const float*>(x.data), place, width);
}

}  // namespace

void cache_store(Context& ctx, const Tensor& pages, const Tensor& x, const Tensor& slots) {
  const std::int64_t heads = pages.dim(1), width = pages.dim(3);
  const auto* slot = data<std::int32_t>(slots);
  parallel_ranges(ctx, slots.numel(), rows_per_task(heads * width),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t n = begin; n < end; ++n) {
                      const std::int64_t page = slot[n] / kCachePage, place = slot[n] % kCachePage;
                      for (std::int64_t h = 0; h < heads; ++h) {
                        store_head(kernels_of(ctx), pages, (page * heads + h) * kCachePage + place,
                                   at(readable(x), (n * heads + h) * width));
                      }
                    }
                  });
}

void cache_attention(Context& ctx, const Tensor& o, const Tensor& q, const Tensor& keys,
                     const Tensor& values, const Tensor& tables, const Tensor& rows,
                     const Tensor& bias, const CacheShape& shape) {
  const std::int64_t padded = (shape.head_dim + kHeadDimStep - 1) / kHeadDimStep * kHeadDimStep;
  const CacheAttention op{
      .o = writable(o),
      .q = readable(q),
      .keys = readable(keys),
      .values = readable(values),
      .row_bytes = static_cast<std::int64_t>(row_bytes(keys.dtype(), shape.head_dim)),
      .tables = data<std::int32_t>(tables),
      .table_stride = tables.dim(1),
      .bias = bias.defined() ? data<float>(bias) : nullptr,
      .bias_stride = bias.defined() ? bias.shape().last() : 0,
      .heads = shape.heads,
      .kv_heads = shape.kv_heads,
      .head_dim = shape.head_dim,
      .padded = padded,
      .window = shape.window,
      .scale = shape.scale};
  const std::int64_t group = shape.heads / shape.kv_heads;
  const std::int64_t most = std::max<std::int64_t>(1, kAttentionBlock / group);
  const std::vector<CacheQueries> runs = runs_of(rows, most);
  const std::int64_t lines = most * group + 1;
  const std::int64_t floats =
      lines * (2 * padded + kAttentionBlock + 2) + 2 * kAttentionBlock * padded;
  const auto count = static_cast<std::int64_t>(runs.size());
  ctx.pool().run(count * shape.kv_heads, [&](std::int64_t task, int) {
    // The last rows of a prompt see the most keys: they go first, so that short ones fill the end.
    CacheQueries queries = runs[static_cast<std::size_t>(count - 1 - task / shape.kv_heads)];
    queries.kv_head = task % shape.kv_heads;
    auto* scratch = static_cast<float*>(
        thread_scratch(Slot::kAttention, static_cast<std::size_t>(floats) * sizeof(float)));
    kernels_of(ctx).cache_attention(op, queries, scratch);
  });
}

}  // namespace lucie::cpu
