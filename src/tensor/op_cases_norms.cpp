#include "tensor/op_cases.h"

namespace lucie {
namespace {

void rmsnorm_forward_case(CaseRun& run, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  const Tensor x = run.normal(DType::kF32, shape);
  const Tensor branch = run.normal(type, shape);
  const Tensor w = run.normal(DType::kF32, {size.width});
  const Tensor y = run.unwritten(type, shape), h = run.unwritten(DType::kF32, shape);
  const Tensor rstd = run.unwritten(DType::kF32, {size.rows});
  run.op().rmsnorm_forward(run.ctx(), y, h, rstd, x, branch, w, 1e-5f);
  run.keep("y", y);
  run.keep("h", h);
  run.keep("rstd", rstd);
  // Without a branch, and in place of the residual stream.
  const Tensor plain = run.unwritten(type, shape);
  run.op().rmsnorm_forward(run.ctx(), plain, Tensor(), rstd, x, Tensor(), w, 1e-5f);
  run.keep("plain", plain);
  run.op().rmsnorm_forward(run.ctx(), plain, x, rstd, x, branch, w, 1e-5f);
  run.keep("in place", x);
}

void rmsnorm_backward_case(CaseRun& run, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  const Tensor dh = run.normal(DType::kF32, shape), dw = run.normal(DType::kF32, {size.width});
  const Tensor dy = run.normal(type, shape), h = run.normal(DType::kF32, shape);
  const Tensor w = run.normal(DType::kF32, {size.width});
  const Tensor rstd = run.unwritten(DType::kF32, {size.rows});
  run.op().rmsnorm_forward(run.ctx(), run.unwritten(type, shape), Tensor(), rstd, h, Tensor(), w,
                           1e-5f);
  run.op().rmsnorm_backward(run.ctx(), dh, dw, dy, h, rstd, w);
  run.keep("dh", dh);
  run.keep("dw", dw);
  run.op().rmsnorm_backward(run.ctx(), dh, Tensor(), dy, h, rstd, w);
  run.keep("dh again", dh);
}

// Values far from zero: a variance as mean of squares less square of the mean would show.
Tensor far_from_zero(CaseRun& run, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  const Tensor x = run.normal(DType::kF32, shape), offset = run.ctx().empty(DType::kF32, shape);
  run.op().fill(run.ctx(), offset, 20.0f);
  run.op().add(run.ctx(), x, x, offset);
  return x;
}

void layernorm_forward_case(CaseRun& run, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  const Tensor x = far_from_zero(run, size), branch = run.normal(type, shape);
  const Tensor w = run.normal(DType::kF32, {size.width});
  const Tensor bias = run.normal(type, {size.width});
  const Tensor y = run.unwritten(type, shape), h = run.unwritten(DType::kF32, shape);
  const Tensor mean = run.unwritten(DType::kF32, {size.rows});
  const Tensor rstd = run.unwritten(DType::kF32, {size.rows});
  run.op().layernorm_forward(run.ctx(), y, h, mean, rstd, x, branch, w, bias, 1e-2f);
  run.keep("y", y);
  run.keep("h", h);
  run.keep("mean", mean);
  run.keep("rstd", rstd);
  // Nothing that may be left out; then in place of the residual stream.
  const Tensor plain = run.unwritten(type, shape);
  run.op().layernorm_forward(run.ctx(), plain, Tensor(), Tensor(), Tensor(), x, branch, w, Tensor(),
                             1e-2f);
  run.keep("plain", plain);
  run.op().layernorm_forward(run.ctx(), plain, Tensor(), mean, rstd, x, Tensor(), w, bias, 1e-2f);
  run.keep("no branch", plain);
  run.op().layernorm_forward(run.ctx(), plain, x, mean, rstd, x, branch, w, bias, 1e-2f);
  run.keep("in place", x);
  run.keep("y in place", plain);
}

void layernorm_backward_case(CaseRun& run, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  const Tensor dh = run.normal(DType::kF32, shape), dw = run.normal(DType::kF32, {size.width});
  const Tensor dbias = run.normal(DType::kF32, {size.width});
  const Tensor dy = run.normal(type, shape), h = far_from_zero(run, size);
  const Tensor w = run.normal(DType::kF32, {size.width});
  const Tensor mean = run.unwritten(DType::kF32, {size.rows});
  const Tensor rstd = run.unwritten(DType::kF32, {size.rows});
  run.op().layernorm_forward(run.ctx(), run.unwritten(type, shape), Tensor(), mean, rstd, h,
                             Tensor(), w, Tensor(), 1e-2f);
  run.op().layernorm_backward(run.ctx(), dh, dw, dbias, dy, h, mean, rstd, w);
  run.keep("dh", dh);
  run.keep("dw", dw);
  run.keep("dbias", dbias);
  run.op().layernorm_backward(run.ctx(), dh, Tensor(), dbias, dy, h, mean, rstd, w);
  run.keep("dbias alone", dbias);
  run.op().layernorm_backward(run.ctx(), dh, dw, Tensor(), dy, h, mean, rstd, w);
  run.keep("dw alone", dw);
  run.op().layernorm_backward(run.ctx(), dh, Tensor(), Tensor(), dy, h, mean, rstd, w);
  run.keep("dh again", dh);
}

}  // namespace

void add_norm_cases(std::vector<OpCase>& cases) {
  struct Kind {
    const char* op;
    void (*body)(CaseRun&, DType, const RowSize&);
  };
  constexpr Kind kKinds[] = {{"rmsnorm_forward", rmsnorm_forward_case},
                             {"rmsnorm_backward", rmsnorm_backward_case},
                             {"layernorm_forward", layernorm_forward_case},
                             {"layernorm_backward", layernorm_backward_case}};
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const RowSize& size : kRowSizes) {
      for (const Kind& kind : kKinds) {
        add_case(cases, kind.op, row_detail(type, size),
                 [=](CaseRun& run) { kind.body(run, type, size); });
      }
    }
  }
}

}  // namespace lucie
