#include "tensor/op_cases.h"

namespace lucie {
namespace {

void total_case(CaseRun& run, bool squares, DType type, std::int64_t n) {
  const Tensor x = run.normal(type, {n});
  const Tensor out = run.unwritten(DType::kF32, {1});
  const auto total = squares ? run.op().sum_of_squares : run.op().sum;
  total(run.ctx(), out, x, false);
  run.keep("out", out);
  total(run.ctx(), out, run.normal(DType::kF32, {n}), true);
  run.keep("accumulated", out);
}

void adamw_case(CaseRun& run, bool bf16_copy, std::int64_t n) {
  const Tensor p = run.normal(DType::kF32, {n}), m = run.normal(DType::kF32, {n}, 0.1f);
  const Tensor v = run.unwritten(DType::kF32, {n});
  run.op().fill(run.ctx(), v, 0.01f);
  const Tensor working = bf16_copy ? run.unwritten(DType::kBF16, {n}) : Tensor();
  const Tensor coefficient = run.unwritten(DType::kF32, {1});
  run.op().fill(run.ctx(), coefficient, 0.7f);
  const AdamwStep step{3e-3f, 0.9f, 0.95f, 1e-8f, 0.1f, 5};
  const Tensor grad = run.normal(DType::kF32, {n});
  run.op().adamw(run.ctx(), p, m, v, working, grad, coefficient, step);
  run.keep("p", p, 1e-6);
  run.keep("m", m, 1e-6);
  run.keep("v", v, 1e-6);
  if (bf16_copy) run.keep("working", working);
}

}  // namespace

void add_optimizer_cases(std::vector<OpCase>& cases) {
  for (const std::int64_t n : {1, 7, 33, 1000, 70001}) {
    for (const DType type : {DType::kF32, DType::kBF16}) {
      const std::string detail = std::string(dtype_info(type).name) + "/" + std::to_string(n);
      add_case(cases, "sum", detail, [=](CaseRun& run) { total_case(run, false, type, n); });
      add_case(cases, "sum_of_squares", detail,
               [=](CaseRun& run) { total_case(run, true, type, n); });
      add_case(cases, "adamw", detail,
               [=](CaseRun& run) { adamw_case(run, type == DType::kBF16, n); });
    }
  }
  for (const float max_norm : {0.5f, 1e6f}) {
    add_case(cases, "clip_coefficient", std::to_string(max_norm), [=](CaseRun& run) {
      const Tensor coefficient = run.unwritten(DType::kF32, {1});
      const Tensor squares = run.unwritten(DType::kF32, {1});
      run.op().fill(run.ctx(), squares, 9.0f);
      run.op().clip_coefficient(run.ctx(), coefficient, squares, max_norm);
      run.keep("coefficient", coefficient);
    });
  }
}

}  // namespace lucie
