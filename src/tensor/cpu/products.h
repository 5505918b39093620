// Matrix products cut into tiles for the pool.
//
// Tiles are fixed by the shape and each runs on one thread, so bits do not depend on how many there
// are. A row's result may differ in its last bits between a product of few rows (matvec kernels,
// which read weights as they are stored) and one of many (gemm kernels): both sum in f32, in
// different orders. Within either it does not depend on the other rows.
#pragma once

#include "tensor/cpu/device.h"

namespace lucie::cpu {

// Tile by tile over the pool. a is f32, or bf16 where b is too and has_bf16_products().
void parallel_gemm(Context& ctx, const Gemm& product);

// The type in which the rows of a meet b: bf16 only where nothing is lost by it.
Element type_of_rows(Context& ctx, const Tensor& a, const Tensor& b);

// Products of one x, whose w are of one type and width: y = x w^T + bias, or y +=.
struct Projections {
  const Tensor& x;
  std::span<const Projection> each;
  bool accumulate;

  const Tensor& w() const { return each.front().w; }
  std::size_t bias_bytes() const;  // as floats
};

// With quantized w where ctx.products() is kRounded.
void rounded_matmul(Context& ctx, const Projections& products);

// body(product, begin, end) for ranges of `grain` outputs that cover each product, in one run.
template <typename Body>
void parallel_outputs(Context& ctx, const Projections& products, std::int64_t grain,
                      const Body& body) {
  std::int64_t tasks = 0;
  for (const Projection& p : products.each) tasks += (p.w.shape().rows() + grain - 1) / grain;
  ctx.pool().run(tasks, [&](std::int64_t task, int) {
    std::size_t i = 0;
    std::int64_t begin = task * grain, outputs = products.each[0].w.shape().rows();
    while (begin >= outputs) {
      begin -= (outputs + grain - 1) / grain * grain;
      outputs = products.each[++i].w.shape().rows();
    }
    body(i, begin, std::min(begin + grain, outputs));
  });
}

// x itself when it is of this type already, else converted. Takes bytes_as_type().
ConstArray as_type(Context& ctx, ScratchPieces& scratch, const Tensor& x, Element type);
std::size_t bytes_as_type(const Tensor& x, Element type);

}  // namespace lucie::cpu
