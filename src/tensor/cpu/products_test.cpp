// Products at sizes where several tiles are cut: too large for the shared cases.
#include "tensor/cpu/products.h"

#include <gtest/gtest.h>

#include "tensor/cpu/isa.h"
#include "tensor/op_cases.h"

namespace lucie::cpu {
namespace {

struct Size {
  std::int64_t rows, outputs, inputs;
};

OpCase product_case(DType x_type, DType w_type, const Size& size) {
  std::vector<OpCase> cases;
  const std::string detail = std::string(dtype_info(x_type).name) + "*" + dtype_info(w_type).name +
                             "/" + std::to_string(size.rows);
  add_case(cases, "products", detail, [=](CaseRun& run) {
    const Tensor x = run.normal(x_type, {size.rows, size.inputs});
    const Tensor w = run.normal(w_type, {size.outputs, size.inputs});
    const Tensor bias = run.normal(DType::kF32, {size.outputs}, 8.0f);
    const Tensor y = run.unwritten(DType::kF32, {size.rows, size.outputs});
    run.op().matmul(run.ctx(), y, x, w, bias, false);
    run.keep("y", y);
    if (dtype_info(w_type).quantized) return;
    const Tensor dy = run.normal(x_type, {size.rows, size.outputs});
    const Tensor dx = run.unwritten(DType::kF32, {size.rows, size.inputs});
    const Tensor dw = run.normal(DType::kF32, {size.outputs, size.inputs});
    run.op().matmul_dx(run.ctx(), dx, dy, w, false);
    run.op().matmul_dw(run.ctx(), dw, dy, x);
    run.keep("dx", dx);
    run.keep("dw", dw);
  });
  return cases.front();
}

TEST(Products, agree_with_ref_over_several_tiles_on_any_number_of_threads) {
  ThreadPool one(1), three(3);
  Context reference(make_ref_device(), one);
  for (const DType x : {DType::kF32, DType::kBF16}) {
    for (const DType w :
         {DType::kF32, DType::kBF16, DType::kQ8_0, DType::kQ5_0, DType::kQ4_1, DType::kQ4_K}) {
      // The last three sum over several blocks of k: in y, in dx and in dw.
      for (const Size& size : {Size{3, 600, 256}, Size{17, 300, 256}, Size{600, 136, 256},
                               Size{33, 70, 1792}, Size{19, 1701, 256}, Size{1701, 23, 256}}) {
        const OpCase op_case = product_case(x, w, size);
        SCOPED_TRACE(op_case.name);
        const std::vector<OpOutput> expected = op_case.run(reference);
        for (const Kernels* kernels : available_kernels()) {
          Context alone(make_device_on(*kernels), one), trio(make_device_on(*kernels), three);
          const std::vector<OpOutput> actual = op_case.run(alone);
          expect_close(actual, expected);
          expect_identical(op_case.run(trio), actual);
        }
      }
    }
  }
}

// A prompt's rows are alike whether they come together or in parts, as long as many come at once.
TEST(Products, of_many_rows_give_each_row_the_same_bits) {
  ThreadPool pool(2);
  Context ctx(make_cpu_device(), pool);
  for (const DType type : {DType::kF32, DType::kBF16}) {
    std::vector<OpCase> cases;
    add_case(cases, "products", dtype_info(type).name, [=](CaseRun& run) {
      const Tensor x = run.normal(type, {700, 200}), w = run.normal(type, {96, 200});
      const Tensor bias = run.normal(DType::kF32, {96});
      const Tensor whole = run.unwritten(DType::kF32, {700, 96});
      const Tensor parts = run.unwritten(DType::kF32, {700, 96});
      run.op().matmul(run.ctx(), whole, x, w, bias, false);
      for (const std::int64_t begin : {0, 16, 33, 200, 513}) {
        const std::int64_t end = begin == 0     ? 16
                                 : begin == 16  ? 33
                                 : begin == 33  ? 200
                                 : begin == 200 ? 513
                                                : 700;
        run.op().matmul(run.ctx(), parts.rows(begin, end - begin), x.rows(begin, end - begin), w,
                        bias, false);
      }
      run.keep("whole", whole);
      run.keep("parts", parts);
    });
    const std::vector<OpOutput> outputs = cases.front().run(ctx);
    EXPECT_EQ(outputs[0].values, outputs[1].values) << dtype_info(type).name;
  }
}

}  // namespace
}  // namespace lucie::cpu
