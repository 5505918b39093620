#include <algorithm>

#include "tensor/cpu/products.h"

namespace lucie::cpu {
namespace {

// The output projection.
struct Head {
  Element type;     // of x and of the gradient of the logits where they are rows of a product
  ConstArray x, w;  // (N, C), (V, C)
  std::int64_t rows, width, vocab;
};

// Rows of a multiple of 64 whose logits are at most `elements`, within bounds.
std::int64_t rows_within(std::int64_t elements, std::int64_t vocab, std::int64_t least,
                         std::int64_t most) {
  return std::clamp(elements / std::max<std::int64_t>(1, vocab) / 64 * 64, least, most);
}

// Rows whose gradient is held at once: many enough that dw is worth going over for each chunk, few
// enough for 64 MB. Of them, as many have their logits held as stay near the caches.
struct Chunks {
  std::int64_t rows, part;
};
Chunks chunks_of(const Head& head, bool separate) {
  const std::int64_t rows = std::min(head.rows, rows_within(1 << 24, head.vocab, 64, 1024));
  if (!separate) return {rows, rows};
  return {rows, std::min(rows, rows_within(1 << 20, head.vocab, 128, 256))};
}

void project(Context& ctx, const Head& head, Array logits, std::int64_t begin, std::int64_t count) {
  parallel_gemm(ctx, {.c = logits,
                      .c_stride = head.vocab,
                      .a = {at(head.x, begin * head.width), head.width, 1},
                      .b = {head.w, 1, head.width},
                      .m = count,
                      .n = head.vocab,
                      .k = head.width,
                      .accumulate = false});
}

void gradient_of_x(Context& ctx, const Head& head, const Tensor& dx, ConstArray dlogits,
                   std::int64_t begin, std::int64_t count) {
  parallel_gemm(ctx, {.c = at(writable(dx), begin * head.width),
                      .c_stride = head.width,
                      .a = {dlogits, head.vocab, 1},
                      .b = {head.w, head.width, 1},
                      .m = count,
                      .n = head.width,
                      .k = head.vocab,
                      .accumulate = false});
}

void gradient_of_w(Context& ctx, const Head& head, const Tensor& dw, ConstArray dlogits,
                   std::int64_t begin, std::int64_t count) {
  parallel_gemm(ctx, {.c = writable(dw),
                      .c_stride = head.width,
                      .a = {dlogits, 1, head.vocab},
                      .b = {at(head.x, begin * head.width), head.width, 1},
                      .m = head.vocab,
                      .n = head.width,
                      .k = count,
                      .accumulate = true});
}

std::size_t bytes_of(const Head& head, bool separate) {
  const auto [chunk, part] = chunks_of(head, separate);
  const std::size_t gradient =
      separate ? ScratchPieces::piece_bytes(head.type, chunk * head.vocab) : 0;
  return ScratchPieces::piece_bytes(Element::kF32, part * head.vocab) + gradient;
}

}  // namespace

std::size_t head_loss_scratch(Element type, const StepShape& step) {
  const Head head{
      .type = type, .x = {}, .w = {}, .rows = step.rows, .width = step.width, .vocab = step.vocab};
  return bytes_of(head, type == Element::kBF16);
}

// In bf16 the gradient of the logits is rounded to bf16 between the softmax and the two products,
// as every other gradient that crosses a projection is.
void head_loss(Context& ctx, const Tensor& loss, const Tensor& dx, const Tensor& dw,
               const Tensor& x, const Tensor& w, const Tensor& targets,
               const LossGradient& gradient) {
  Head head{};
  head.type = type_of_rows(ctx, x, w);
  head.rows = x.shape().rows();
  head.width = w.shape().last();
  head.vocab = w.shape().rows();
  if (head.rows == 0) return;
  const bool separate = head.type == Element::kBF16 && dx.defined();
  const auto [chunk, part] = chunks_of(head, separate);
  std::size_t bytes = bytes_of(head, separate);
  // The product reads f32 and bf16 as they are stored.
  const Element stored = w.dtype() == DType::kBF16 ? Element::kBF16 : Element::kF32;
  bytes += bytes_as_type(x, head.type) + bytes_as_type(w, stored);
  ScratchPieces scratch(ctx, bytes);
  const Array logits = scratch.take(Element::kF32, part * head.vocab);
  Array dlogits = separate ? scratch.take(head.type, chunk * head.vocab) : logits;
  if (!dx.defined()) dlogits.data = nullptr;
  head.x = as_type(ctx, scratch, x, head.type);
  head.w = as_type(ctx, scratch, w, stored);

  for (std::int64_t begin = 0; begin < head.rows; begin += chunk) {
    const std::int64_t count = std::min(chunk, head.rows - begin);
    for (std::int64_t done = 0; done < count; done += part) {
      const std::int64_t first = begin + done, rows = std::min(part, count - done);
      project(ctx, head, logits, first, rows);
      const SoftmaxLoss op{.logits = static_cast<const float*>(logits.data),
                           .loss = data<float>(loss) + first,
                           .dlogits = dx.defined() ? at(dlogits, done * head.vocab) : dlogits,
                           .targets = data<std::int32_t>(targets) + first,
                           .grad_scale = gradient.scale,
                           .z_loss = gradient.z_loss,
                           .width = head.vocab};
      parallel_ranges(
          ctx, rows, rows_per_task(head.vocab),
          [&](std::int64_t from, std::int64_t to) { kernels_of(ctx).softmax_loss(op, from, to); });
    }
    if (!dx.defined()) continue;
    gradient_of_x(ctx, head, dx, read(dlogits), begin, count);
    if (dw.defined()) gradient_of_w(ctx, head, dw, read(dlogits), begin, count);
  }
}

}  // namespace lucie::cpu
