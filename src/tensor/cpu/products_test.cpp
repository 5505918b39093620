// Products at sizes where several tiles are cut: too large for the shared cases.
#include "tensor/cpu/products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

// Few rows and many take different ways to the same bits, with any number of threads.
TEST(Products, of_rounded_rows_give_each_row_the_same_bits_in_any_batch) {
  ThreadPool one(1), three(3);
  for (const Kernels* kernels : available_kernels()) {
    Context alone(make_device_on(*kernels), one), trio(make_device_on(*kernels), three);
    for (const DType type :
         {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kIQ4_NL,
          DType::kQ2_K, DType::kQ3_K, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kIQ4_XS}) {
      for (const std::int64_t inputs : {256, 1792}) {
        std::vector<OpCase> cases;
        const std::string name = std::string(kernels->name) + " " + dtype_info(type).name;
        add_case(cases, "products", name + " " + std::to_string(inputs), [=](CaseRun& run) {
          const Tensor x = run.normal(DType::kF32, {33, inputs});
          const Tensor w = run.normal(type, {211, inputs});
          const Tensor bias = run.normal(DType::kF32, {211});
          const Tensor whole = run.unwritten(DType::kF32, {33, 211});
          const Tensor parts = run.unwritten(DType::kF32, {33, 211});
          run.ctx().set_products(Products::kRounded);
          run.op().matmul(run.ctx(), whole, x, w, bias, false);
          for (std::int64_t begin = 0, count = 1; begin < 33; begin += count++) {
            count = std::min<std::int64_t>(count, 33 - begin);
            run.op().matmul(run.ctx(), parts.rows(begin, count), x.rows(begin, count), w, bias,
                            false);
          }
          run.ctx().set_products(Products::kExact);
          run.keep("whole", whole);
          run.keep("parts", parts);
        });
        SCOPED_TRACE(cases.front().name);
        const std::vector<OpOutput> outputs = cases.front().run(alone);
        EXPECT_EQ(outputs[0].values, outputs[1].values);
        expect_identical(cases.front().run(trio), outputs);
      }
    }
  }
}

// What is no number in a row of x is none in its outputs, and stays out of the other rows.
TEST(Products, of_rounded_rows_keep_what_is_no_number) {
  ThreadPool pool(1);
  for (const Kernels* kernels : available_kernels()) {
    Context ctx(make_device_on(*kernels), pool);
    ctx.set_products(Products::kRounded);
    for (const std::int64_t rows : {2, 9}) {
      for (const float bad : {NAN, INFINITY, -INFINITY}) {
        std::vector<float> values(static_cast<std::size_t>(rows * 64), 0.5f);
        values[77] = bad;
        const Tensor x = ctx.upload(DType::kF32, {rows, 64}, values);
        const Tensor w =
            ctx.upload(DType::kQ8_0, {3, 64}, std::vector<float>(std::size_t{3 * 64}, 0.25f));
        const Tensor y = ctx.zeros(DType::kF32, {rows, 3});
        ctx.op().matmul(ctx, y, x, w, {}, false);
        const std::vector<float> result = ctx.download(y);
        for (std::size_t i = 0; i < result.size(); ++i) {
          EXPECT_EQ(std::isfinite(result[i]), i / 3 != 1) << kernels->name << " " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lucie::cpu
