#include <cmath>

#include "tensor/op_cases.h"

namespace lucie {
namespace {

constexpr DType kFloats[] = {DType::kF32, DType::kBF16};

void swiglu_cases(std::vector<OpCase>& cases, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  add_case(cases, "swiglu_forward", row_detail(type, size), [=](CaseRun& run) {
    const Tensor y = run.unwritten(type, shape);
    const Tensor gate = run.normal(type, shape, 8.0f);
    run.op().swiglu_forward(run.ctx(), y, gate, run.normal(type, shape));
    run.keep("y", y);
  });
  add_case(cases, "swiglu_backward", row_detail(type, size), [=](CaseRun& run) {
    const Tensor dgate = run.unwritten(type, shape), dup = run.unwritten(type, shape);
    const Tensor dy = run.normal(type, shape), gate = run.normal(type, shape, 8.0f);
    run.op().swiglu_backward(run.ctx(), dgate, dup, dy, gate, run.normal(type, shape));
    run.keep("dgate", dgate);
    run.keep("dup", dup);
  });
}

void gelu_cases(std::vector<OpCase>& cases, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  for (const Gelu form : {Gelu::kErf, Gelu::kTanh}) {
    const std::string name = row_detail(type, size) + (form == Gelu::kErf ? "/erf" : "/tanh");
    add_case(cases, "gelu_forward", name, [=](CaseRun& run) {
      const Tensor x = run.normal(type, shape, 3.0f), y = run.unwritten(type, shape);
      const Tensor wide = run.unwritten(DType::kF32, shape);
      run.op().gelu_forward(run.ctx(), y, x, form);
      run.keep("y", y);
      run.op().gelu_forward(run.ctx(), wide, x, form);
      run.keep("y f32", wide);
      run.op().gelu_forward(run.ctx(), x, x, form);
      run.keep("in place", x);
    });
    add_case(cases, "gelu_backward", name, [=](CaseRun& run) {
      const Tensor x = run.normal(type, shape, 3.0f), dy = run.normal(type, shape);
      const Tensor dx = run.unwritten(type, shape), wide = run.unwritten(DType::kF32, shape);
      run.op().gelu_backward(run.ctx(), dx, dy, x, form);
      run.keep("dx", dx);
      run.op().gelu_backward(run.ctx(), wide, dy, x, form);
      run.keep("dx f32", wide);
      run.op().gelu_backward(run.ctx(), dy, dy, x, form);
      run.keep("in place", dy);
    });
  }
}

void elementwise_cases(std::vector<OpCase>& cases, DType type, const RowSize& size) {
  const Shape shape{size.rows, size.width};
  add_case(cases, "add", row_detail(type, size), [=](CaseRun& run) {
    const Tensor a = run.normal(DType::kF32, shape), b = run.normal(type, shape);
    const Tensor y = run.unwritten(type, shape);
    run.op().add(run.ctx(), y, a, b);
    run.keep("y", y);
    run.op().add(run.ctx(), a, a, b);
    run.keep("in place", a);
  });
  add_case(cases, "scale", row_detail(type, size), [=](CaseRun& run) {
    const Tensor x = run.normal(type, shape);
    run.op().scale(run.ctx(), x, 0.3f);
    run.keep("x", x);
  });
}

struct RopeCase {
  std::int64_t rows, heads, width, rotary;
};

void rope_case(CaseRun& run, DType type, const RopeCase& size, RopeStyle style, bool inverse) {
  std::vector<float> angles;
  const std::int64_t half = size.rotary / 2, positions = 40;
  for (std::int64_t p = 0; p < positions; ++p) {
    for (std::int64_t i = 0; i < size.rotary; ++i) {
      const double angle = static_cast<double>(p) / std::pow(10.0, static_cast<double>(i % half));
      angles.push_back(static_cast<float>(i < half ? std::cos(angle) : std::sin(angle)));
    }
  }
  const Tensor table = run.ctx().upload(DType::kF32, {positions, size.rotary}, angles);
  const Tensor x = run.normal(type, {size.rows, size.heads, size.width});
  run.op().rope(run.ctx(), x, run.ids({size.rows}, positions), table, style, inverse);
  run.keep("x", x);
}

void add_rope_cases(std::vector<OpCase>& cases, DType type) {
  constexpr RopeCase kRopes[] = {
      {1, 1, 2, 2}, {3, 3, 8, 8}, {7, 2, 18, 18}, {5, 3, 64, 64}, {9, 2, 16, 6}};
  for (const RopeCase& size : kRopes) {
    for (const RopeStyle style : {RopeStyle::kHalf, RopeStyle::kInterleaved}) {
      for (const bool inverse : {false, true}) {
        const std::string name = row_detail(type, {size.rows * size.heads, size.width}) + "r" +
                                 std::to_string(size.rotary) +
                                 (style == RopeStyle::kHalf ? "/half" : "/interleaved") +
                                 (inverse ? "/inverse" : "");
        add_case(cases, "rope", name,
                 [=](CaseRun& run) { rope_case(run, type, size, style, inverse); });
      }
    }
  }
}

}  // namespace

void add_row_cases(std::vector<OpCase>& cases) {
  for (const DType type : kFloats) {
    for (const RowSize& size : kRowSizes) {
      swiglu_cases(cases, type, size);
      gelu_cases(cases, type, size);
      elementwise_cases(cases, type, size);
    }
    add_rope_cases(cases, type);
  }
}

}  // namespace lucie
