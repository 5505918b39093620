#include <algorithm>

#include "tensor/cpu/products.h"

namespace lucie::cpu {
namespace {

// The output projection with all its parts in the type that is multiplied in.
struct Head {
  Element type;
  ConstArray x, w;  // (N, C), (V, C)
  std::int64_t rows, width, vocab;
};

// Rows whose logits are held at once: many enough that dw is worth going over for each chunk, few
// enough for 64 MB.
std::int64_t chunk_rows(std::int64_t rows, std::int64_t vocab) {
  constexpr std::int64_t kLogits = 1 << 24;
  const std::int64_t fitting = kLogits / std::max<std::int64_t>(1, vocab) / 64 * 64;
  return std::min(rows, std::clamp<std::int64_t>(fitting, 64, 1024));
}

void project(Context& ctx, const Head& head, Array logits, std::int64_t begin, std::int64_t count) {
  parallel_gemm(ctx,
                {.c = logits,
                 .c_stride = head.vocab,
                 .a = {at(head.x, begin * head.width), head.width, 1},
                 .b = {head.w, 1, head.width},
                 .m = count,
                 .n = head.vocab,
                 .k = head.width,
                 .accumulate = false},
                {std::min<std::int64_t>(count, 128), std::min<std::int64_t>(head.vocab, 4096)});
}

void gradient_of_x(Context& ctx, const Head& head, const Tensor& dx, ConstArray dlogits,
                   std::int64_t begin, std::int64_t count) {
  parallel_gemm(ctx,
                {.c = at(writable(dx), begin * head.width),
                 .c_stride = head.width,
                 .a = {dlogits, head.vocab, 1},
                 .b = {head.w, head.width, 1},
                 .m = count,
                 .n = head.width,
                 .k = head.vocab,
                 .accumulate = false},
                {std::min<std::int64_t>(count, 128), std::min<std::int64_t>(head.width, 512)});
}

void gradient_of_w(Context& ctx, const Head& head, const Tensor& dw, ConstArray dlogits,
                   std::int64_t begin, std::int64_t count) {
  parallel_gemm(
      ctx,
      {.c = writable(dw),
       .c_stride = head.width,
       .a = {dlogits, 1, head.vocab},
       .b = {at(head.x, begin * head.width), head.width, 1},
       .m = head.vocab,
       .n = head.width,
       .k = count,
       .accumulate = true},
      {std::min<std::int64_t>(head.vocab, 512), std::min<std::int64_t>(head.width, 1024)});
}

// x in f32 when that is what is multiplied in and it is something else.
ConstArray converted(Context& ctx, ScratchPieces& scratch, const Tensor& x, Element type) {
  if (element_of(x.dtype()) == type) return readable(x);
  const Array copy = scratch.take(type, x.numel());
  const std::int64_t width = x.shape().last();
  parallel_ranges(ctx, x.shape().rows(), rows_per_task(width),
                  [&](std::int64_t begin, std::int64_t end) {
                    decode_rows(kernels_of(ctx), at(copy, begin * width), x, begin, end - begin);
                  });
  return read(copy);
}

std::size_t converted_bytes(const Tensor& x, Element type) {
  return element_of(x.dtype()) == type ? 0 : ScratchPieces::piece_bytes(type, x.numel());
}

}  // namespace

// In bf16 the gradient of the logits is rounded to bf16 between the softmax and the two products,
// as every other gradient that crosses a projection is.
void head_loss(Context& ctx, const Tensor& loss, const Tensor& dx, const Tensor& dw,
               const Tensor& x, const Tensor& w, const Tensor& targets, float grad_scale) {
  Head head{};
  head.type = multiplies_bf16(ctx, x.dtype(), w.dtype()) ? Element::kBF16 : Element::kF32;
  head.rows = x.shape().rows();
  head.width = w.shape().last();
  head.vocab = w.shape().rows();
  if (head.rows == 0) return;
  const std::int64_t chunk = chunk_rows(head.rows, head.vocab), logits_size = chunk * head.vocab;
  const bool separate = head.type == Element::kBF16 && dx.defined();
  std::size_t bytes = ScratchPieces::piece_bytes(Element::kF32, logits_size);
  if (separate) bytes += ScratchPieces::piece_bytes(head.type, logits_size);
  bytes += converted_bytes(x, head.type) + converted_bytes(w, head.type);
  ScratchPieces scratch(ctx, bytes);
  const Array logits = scratch.take(Element::kF32, logits_size);
  Array dlogits = separate ? scratch.take(head.type, logits_size) : logits;
  if (!dx.defined()) dlogits.data = nullptr;
  head.x = converted(ctx, scratch, x, head.type);
  head.w = converted(ctx, scratch, w, head.type);

  for (std::int64_t begin = 0; begin < head.rows; begin += chunk) {
    const std::int64_t count = std::min(chunk, head.rows - begin);
    project(ctx, head, logits, begin, count);
    const SoftmaxLoss op{.logits = static_cast<const float*>(logits.data),
                         .loss = data<float>(loss) + begin,
                         .dlogits = dlogits,
                         .targets = data<std::int32_t>(targets) + begin,
                         .grad_scale = grad_scale,
                         .width = head.vocab};
    parallel_ranges(ctx, count, rows_per_task(head.vocab), [&](std::int64_t from, std::int64_t to) {
      kernels_of(ctx).softmax_loss(op, from, to);
    });
    if (!dx.defined()) continue;
    gradient_of_x(ctx, head, dx, read(dlogits), begin, count);
    if (dw.defined()) gradient_of_w(ctx, head, dw, read(dlogits), begin, count);
  }
}

}  // namespace lucie::cpu
