// The fast device: glue between tensors and the kernels of one instruction set (kernels.h), over
// the thread pool. Included in tensor/ only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tensor/buffer.h"
#include "tensor/context.h"
#include "tensor/cpu/kernels.h"
#include "tensor/ops.h"

namespace lucie::cpu {

extern const Ops kOps;

// Memory of the calls of a training step beside their tensors.
std::size_t head_loss_scratch(Element type, const StepShape& step);
std::size_t attention_scratch(const AttentionShape& shape);         // of all threads together
std::size_t attention_thread_scratch(const AttentionShape& shape);  // of each

// A device on a given instruction set, for tests; make_cpu_device() takes the best one.
std::shared_ptr<Device> make_device_on(const Kernels& kernels);
const Kernels& kernels_of(Context& ctx);

// A tensor's memory as kernels take it.
Element element_of(DType type);            // of a type that decodes (DTypeInfo)
Array writable(const Tensor& x);           // null data when undefined
ConstArray readable(const Tensor& x);      // null data when undefined
std::int64_t element_bytes(Element type);  // of f32, bf16, f16
inline Array at(Array x, std::int64_t element) {
  return {static_cast<std::byte*>(x.data) + element * element_bytes(x.type), x.type};
}
inline ConstArray at(ConstArray x, std::int64_t element) {
  return {static_cast<const std::byte*>(x.data) + element * element_bytes(x.type), x.type};
}
inline ConstArray read(Array x) {
  return {x.data, x.type};
}

// dst(count, C) = rows begin ... begin + count - 1 of x(N, C), decoded.
void decode_rows(const Kernels& kernels, Array dst, const Tensor& x, std::int64_t begin,
                 std::int64_t count);

// body(begin, end) for ranges of `grain` that cover 0 ... count, on the pool.
template <typename Body>
void parallel_ranges(Context& ctx, std::int64_t count, std::int64_t grain, const Body& body) {
  const std::int64_t tasks = (count + grain - 1) / grain;
  if (tasks == 1) return body(std::int64_t{0}, count);
  ctx.pool().run(tasks, [&](std::int64_t task, int) {
    const std::int64_t begin = task * grain;
    body(begin, std::min(begin + grain, count));
  });
}

// Rows of `width` elements that make a task worth handing to a thread.
inline std::int64_t rows_per_task(std::int64_t width) {
  constexpr std::int64_t kElements = 16384;
  return std::max<std::int64_t>(1, kElements / std::max<std::int64_t>(1, width));
}

// Memory of the calling thread, 64-byte aligned, until its next call with the same slot.
enum class Slot { kWeights, kGemm, kAttention };  // kAttention is the last
void* thread_scratch(Slot slot, std::size_t bytes);

// Cuts the context's scratch memory into aligned pieces: ask for the total, then take.
class ScratchPieces {
 public:
  static std::size_t piece_bytes(Element type, std::int64_t elements) {
    const std::int64_t bytes = elements * element_bytes(type);
    return static_cast<std::size_t>((bytes + kAlignment - 1) / kAlignment * kAlignment);
  }
  ScratchPieces(Context& ctx, std::size_t bytes);
  Array take(Element type, std::int64_t elements);

 private:
  static constexpr std::int64_t kAlignment = 64;
  Tensor memory_;
  std::size_t used_ = 0;
};

// A vector of weights in f32: itself, or converted into `scratch`; null when undefined. Takes
// bytes_as_floats(w).
const float* as_floats(Context& ctx, ScratchPieces& scratch, const Tensor& w);
std::size_t bytes_as_floats(const Tensor& w);

void copy_from_host(Context&, const Tensor& dst, const void* src);
void copy_to_host(Context&, void* dst, const Tensor& src);
void fill(Context&, const Tensor& x, float value);
void copy(Context&, const Tensor& dst, const Tensor& src);
void gather_rows(Context&, const Tensor& y, const Tensor& x, const Tensor& rows);
void gather_rows_backward(Context&, const Tensor& dx, const Tensor& dy, const Tensor& rows);
void add(Context&, const Tensor& y, const Tensor& a, const Tensor& b);
void scale(Context&, const Tensor& x, float factor);
void rmsnorm_forward(Context&, const Tensor& y, const Tensor& h, const Tensor& rstd,
                     const Tensor& x, const Tensor& branch, const Tensor& w, float eps);
void rmsnorm_backward(Context&, const Tensor& dh, const Tensor& dw, const Tensor& dy,
                      const Tensor& h, const Tensor& rstd, const Tensor& w);
void layernorm_forward(Context&, const Tensor& y, const Tensor& h, const Tensor& mean,
                       const Tensor& rstd, const Tensor& x, const Tensor& branch, const Tensor& w,
                       const Tensor& bias, float eps);
void layernorm_backward(Context&, const Tensor& dh, const Tensor& dw, const Tensor& dbias,
                        const Tensor& dy, const Tensor& h, const Tensor& mean, const Tensor& rstd,
                        const Tensor& w);
void matmul(Context&, const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& bias,
            bool accumulate);
void matmuls(Context&, std::span<const Projection> products, const Tensor& x);
void matmul_dx(Context&, const Tensor& dx, const Tensor& dy, const Tensor& w, bool accumulate);
void matmul_dw(Context&, const Tensor& dw, const Tensor& dy, const Tensor& x);
void bias_backward(Context&, const Tensor& dbias, const Tensor& dy);
void rope(Context&, const Tensor& x, const Tensor& positions, const Tensor& table, RopeStyle style,
          bool inverse);
void attention_forward(Context&, const Tensor& o, const Tensor& lse, const Tensor& q,
                       const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                       const AttentionShape& shape);
void attention_backward(Context&, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                        const Tensor& d_o, const Tensor& o, const Tensor& lse, const Tensor& q,
                        const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                        const AttentionShape& shape);
void cache_store(Context&, const Tensor& pages, const Tensor& x, const Tensor& slots);
void cache_attention(Context&, const Tensor& o, const Tensor& q, const Tensor& keys,
                     const Tensor& values, const Tensor& tables, const Tensor& rows,
                     const Tensor& bias, const CacheShape& shape);
void swiglu_forward(Context&, const Tensor& y, const Tensor& gate, const Tensor& up);
void swiglu_backward(Context&, const Tensor& dgate, const Tensor& dup, const Tensor& dy,
                     const Tensor& gate, const Tensor& up);
void gelu_forward(Context&, const Tensor& y, const Tensor& x, Gelu form);
void gelu_backward(Context&, const Tensor& dx, const Tensor& dy, const Tensor& x, Gelu form);
void head_loss(Context&, const Tensor& loss, const Tensor& dx, const Tensor& dw, const Tensor& x,
               const Tensor& w, const Tensor& targets, const LossGradient& gradient);
void sum(Context&, const Tensor& out, const Tensor& x, bool accumulate);
void sum_of_squares(Context&, const Tensor& out, const Tensor& x, bool accumulate);
void clip_coefficient(Context&, const Tensor& coefficient, const Tensor& sum_of_squares,
                      float max_norm);
void adamw(Context&, const Tensor& p, const Tensor& m, const Tensor& v, const Tensor& working,
           const Tensor& grad, const Tensor& coefficient, const AdamwStep& step);

}  // namespace lucie::cpu
