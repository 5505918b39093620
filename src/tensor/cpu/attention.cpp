#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

// Where the kv heads of a batch are fewer, each query head's backward pass is a task of its own:
// two threads would share three heads badly. A number of the shape, not of the threads.
constexpr std::int64_t kEnoughTasks = 8;

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
          .heads = shape.heads,
          .kv_heads = shape.kv_heads,
          .head_dim = shape.head_dim,
          .padded = round_up(shape.head_dim, kHeadDimStep),
          .scale = shape.scale};
}

// Packed rows of one head.
std::int64_t matrix_of(std::int64_t rows, std::int64_t head_dim) {
  return round_up(rows, kAttentionBlock) * round_up(head_dim, kHeadDimStep);
}

// Keys and values for the forward pass.
std::size_t bytes_of_packed(const AttentionShape& s) {
  const std::int64_t floats = s.batch * s.kv_heads * matrix_of(s.queries, s.head_dim);
  return 2 * ScratchPieces::piece_bytes(Element::kF32, floats);
}

// Heads that have a dk and dv of their own in the backward pass.
std::int64_t parts_of(const AttentionShape& s) {
  return s.batch * s.kv_heads < kEnoughTasks ? s.heads : s.kv_heads;
}
std::size_t bytes_of_parts(const AttentionShape& s) {
  if (parts_of(s) == s.kv_heads) return 0;
  return 2 * ScratchPieces::piece_bytes(Element::kF32, s.batch * s.queries * s.heads * s.head_dim);
}

std::int64_t floats_of_backward(const AttentionShape& s) {
  return 8 * matrix_of(s.queries, s.head_dim) + 2 * round_up(s.queries, kAttentionBlock) +
         4 * kAttentionBlock * kAttentionBlock;
}

float* thread_floats(std::int64_t floats) {
  return static_cast<float*>(
      thread_scratch(Slot::kAttention, static_cast<std::size_t>(floats) * sizeof(float)));
}

// y(B, T, K, D) = the sums of the heads' own (B, T, H, D) f32 that belong to each kv head.
void add_heads(Context& ctx, const Tensor& y, Array parts, const AttentionShape& shape) {
  const std::int64_t width = shape.head_dim, share = shape.heads / shape.kv_heads;
  const std::int64_t heads = shape.batch * shape.queries * shape.kv_heads;
  const Array out = writable(y);
  const ConstArray from = read(parts);
  parallel_ranges(ctx, heads, rows_per_task(width * share), [&](std::int64_t n, std::int64_t end) {
    auto* total = static_cast<float*>(
        thread_scratch(Slot::kAttention, static_cast<std::size_t>(width) * sizeof(float)));
    for (; n < end; ++n) {
      std::fill_n(total, width, 0.0f);
      kernels_of(ctx).sum_rows(total, from, width, n * share, (n + 1) * share);
      kernels_of(ctx).convert(at(out, n * width), {total, Element::kF32}, width);
    }
  });
}

}  // namespace

std::size_t attention_scratch(const AttentionShape& shape) {
  return std::max(bytes_of_packed(shape), bytes_of_parts(shape));
}

std::size_t attention_thread_scratch(const AttentionShape& shape) {
  return static_cast<std::size_t>(floats_of_backward(shape)) * sizeof(float);
}

void attention_forward(Context& ctx, const Tensor& o, const Tensor& lse, const Tensor& q,
                       const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                       const AttentionShape& shape) {
  const Attention op = describe(o, lse, q, k, v, bias, starts, shape);
  if (op.batch == 0 || op.queries == 0) return;
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t matrix = matrix_of(op.queries, op.head_dim);
  const std::int64_t pairs = op.batch * op.kv_heads;
  ScratchPieces scratch(ctx, bytes_of_packed(shape));
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
    float* memory = thread_floats(kAttentionBlock * (2 * op.padded + 2 * kAttentionBlock + 2));
    kernels.attention_forward(op, kt + pair * matrix, values + pair * matrix, memory, task);
  });
}

void attention_backward(Context& ctx, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                        const Tensor& d_o, const Tensor& o, const Tensor& lse, const Tensor& q,
                        const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                        const AttentionShape& shape) {
  const std::int64_t parts = parts_of(shape);
  AttentionBackward op{.forward = describe(o, Tensor(), q, k, v, bias, starts, shape),
                       .dq = writable(dq),
                       .dk = writable(dk),
                       .dv = writable(dv),
                       .parts = parts,
                       .d_o = readable(d_o),
                       .o = readable(o),
                       .lse = data<float>(lse)};
  const bool shared = parts == shape.kv_heads;
  ScratchPieces pieces(ctx, bytes_of_parts(shape));
  if (!shared) {
    const std::int64_t each = shape.batch * shape.queries * parts * shape.head_dim;
    op.dk = pieces.take(Element::kF32, each);
    op.dv = pieces.take(Element::kF32, each);
  }
  ctx.pool().run(shape.batch * parts, [&](std::int64_t task, int) {
    float* memory = thread_floats(floats_of_backward(shape));
    kernels_of(ctx).attention_backward(op, memory, task / parts, task % parts);
  });
  if (shared) return;
  add_heads(ctx, dk, op.dk, shape);
  add_heads(ctx, dv, op.dv, shape);
}

}  // namespace lucie::cpu
