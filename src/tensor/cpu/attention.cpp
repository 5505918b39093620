#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

// Fewer queries than this read the cache in place instead of packing it.
constexpr std::int64_t kFewQueries = 8;

std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

Attention describe(const Tensor& o, const Tensor& lse, const Tensor& q, const Tensor& k,
                   const Tensor& v, const Tensor& bias, const Tensor& starts,
                   const AttentionShape& shape) {
  return {.o = writable(o),
          .lse = lse.defined() ? data<float>(lse) : nullptr,
          .q = readable(q),
          .k = readable(k),
          .v = readable(v),
          .bias = bias.defined() ? data<float>(bias) : nullptr,
          .bias_stride = bias.defined() ? bias.shape().last() : 0,
          .starts = starts.defined() ? data<std::int32_t>(starts) : nullptr,
          .batch = shape.batch,
          .queries = shape.queries,
          .keys = shape.keys,
          .heads = shape.heads,
          .kv_heads = shape.kv_heads,
          .head_dim = shape.head_dim,
          .padded = round_up(shape.head_dim, kHeadDimStep),
          .scale = shape.scale};
}

float* attention_scratch(std::int64_t floats) {
  return static_cast<float*>(
      thread_scratch(Slot::kAttention, static_cast<std::size_t>(floats) * sizeof(float)));
}

void attend_few_queries(Context& ctx, const Attention& op) {
  const Kernels& kernels = kernels_of(ctx);
  ctx.pool().run(op.batch * op.heads, [&](std::int64_t task, int) {
    float* scratch = attention_scratch(op.keys + 2 * op.padded);
    kernels.attention_decode(op, scratch, task / op.heads, task % op.heads);
  });
}

}  // namespace

void attention_forward(Context& ctx, const Tensor& o, const Tensor& lse, const Tensor& q,
                       const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                       const AttentionShape& shape) {
  const Attention op = describe(o, lse, q, k, v, bias, starts, shape);
  if (op.batch == 0 || op.queries == 0) return;
  if (op.queries < kFewQueries) return attend_few_queries(ctx, op);
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t matrix = round_up(op.keys, kAttentionBlock) * op.padded;
  const std::int64_t pairs = op.batch * op.kv_heads;
  ScratchPieces scratch(ctx, 2 * ScratchPieces::piece_bytes(Element::kF32, pairs * matrix));
  auto* kt = static_cast<float*>(scratch.take(Element::kF32, pairs * matrix).data);
  auto* values = static_cast<float*>(scratch.take(Element::kF32, pairs * matrix).data);
  ctx.pool().run(pairs, [&](std::int64_t pair, int) {
    kernels.attention_pack(op, kt + pair * matrix, values + pair * matrix, pair / op.kv_heads,
                           pair % op.kv_heads);
  });
  const std::int64_t blocks = round_up(op.queries, kAttentionBlock) / kAttentionBlock;
  const std::int64_t group = op.heads / op.kv_heads;
  ctx.pool().run(op.batch * op.heads * blocks, [&](std::int64_t index, int) {
    const std::int64_t row = index / blocks, b = row / op.heads, head = row % op.heads;
    // The last block sees the most keys: it goes first, so that the short ones fill the end.
    const std::int64_t task[] = {b, head, blocks - 1 - index % blocks};
    const std::int64_t pair = b * op.kv_heads + head / group;
    float* memory = attention_scratch(kAttentionBlock * (2 * op.padded + kAttentionBlock + 2));
    kernels.attention_forward(op, kt + pair * matrix, values + pair * matrix, memory, task);
  });
}

void attention_backward(Context& ctx, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                        const Tensor& d_o, const Tensor& o, const Tensor& lse, const Tensor& q,
                        const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                        const AttentionShape& shape) {
  const AttentionBackward op{.forward = describe(o, Tensor(), q, k, v, bias, starts, shape),
                             .dq = writable(dq),
                             .dk = writable(dk),
                             .dv = writable(dv),
                             .d_o = readable(d_o),
                             .o = readable(o),
                             .lse = data<float>(lse)};
  const std::int64_t padded = op.forward.padded, kv_heads = shape.kv_heads;
  const std::int64_t rows = round_up(shape.queries, kAttentionBlock);
  ctx.pool().run(shape.batch * kv_heads, [&](std::int64_t task, int) {
    float* memory =
        attention_scratch(rows * (8 * padded + 2) + 2 * kAttentionBlock * kAttentionBlock);
    kernels_of(ctx).attention_backward(op, memory, task / kv_heads, task % kv_heads);
  });
}

}  // namespace lucie::cpu
