#include <algorithm>
#include <array>
#include <cstddef>

#include "tensor/op_cases.h"

namespace lucie {
namespace {

std::string name_of(DType dtype) {
  return dtype_info(dtype).name;
}

void add_copy_cases(std::vector<OpCase>& cases) {
  constexpr DType kAll[] = {DType::kF32,    DType::kF16,  DType::kBF16,  DType::kQ4_0,
                            DType::kQ4_1,   DType::kQ5_0, DType::kQ5_1,  DType::kQ8_0,
                            DType::kIQ4_NL, DType::kQ2_K, DType::kQ3_K,  DType::kQ4_K,
                            DType::kQ5_K,   DType::kQ6_K, DType::kIQ4_XS};
  for (const DType from : kAll) {
    for (const DType to : {DType::kF32, DType::kBF16, DType::kF16}) {
      add_case(cases, "copy", name_of(from) + "-" + name_of(to), [=](CaseRun& run) {
        const std::int64_t width = dtype_info(from).block == 256 ? 768 : 96;
        const Tensor src = run.normal(from, {3, width});
        const Tensor dst = run.unwritten(to, {3, width});
        run.op().copy(run.ctx(), dst, src);
        run.keep("dst", dst, 1e-30);  // a conversion is exact
      });
    }
  }
  add_case(cases, "copy", "odd", [](CaseRun& run) {
    const Tensor src = run.normal(DType::kF32, {7, 9});
    const Tensor dst = run.unwritten(DType::kBF16, {7, 9});
    run.op().copy(run.ctx(), dst, src);
    run.keep("dst", dst, 1e-30);
  });
}

void add_gather_cases(std::vector<OpCase>& cases) {
  for (const DType type :
       {DType::kF32, DType::kBF16, DType::kF16, DType::kQ4_1, DType::kQ8_0, DType::kQ6_K}) {
    for (const DType to : {DType::kF32, DType::kBF16}) {
      add_case(cases, "gather_rows", name_of(type) + "-" + name_of(to), [=](CaseRun& run) {
        const std::int64_t width = std::max(32, dtype_info(type).block);
        const Tensor x = run.normal(type, {9, width});
        const Tensor y = run.unwritten(to, {13, width});
        run.op().gather_rows(run.ctx(), y, x, run.ids({13}, 9));
        run.keep("y", y, 1e-30);
      });
    }
  }
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const std::int64_t width : {1, 7, 33}) {
      add_case(cases, "gather_rows_backward", name_of(type) + "/" + std::to_string(width),
               [=](CaseRun& run) {
                 const Tensor dx = run.normal(DType::kF32, {5, width});
                 const Tensor dy = run.normal(type, {31, width});
                 run.op().gather_rows_backward(run.ctx(), dx, dy, run.ids({31}, 5));
                 run.keep("dx", dx);
               });
    }
  }
}

}  // namespace

void add_memory_cases(std::vector<OpCase>& cases) {
  add_case(cases, "copy_from_host", "bf16", [](CaseRun& run) {
    const Tensor x = run.unwritten(DType::kBF16, {3, 3});
    const std::array<std::uint16_t, 9> bits = {0, 0x3f80, 0xbf80, 1, 0x7f80, 2, 3, 4, 0x4000};
    run.op().copy_from_host(run.ctx(), x, bits.data());
    run.keep("x", x.rows(0, 1), 1e-30);
  });
  add_case(cases, "copy_to_host", "f32", [](CaseRun& run) {
    const Tensor x = run.normal(DType::kF32, {7, 9});
    std::vector<float> values(63);
    run.op().copy_to_host(run.ctx(), values.data(), x);
    run.keep("x", run.ctx().upload(DType::kF32, {63}, values), 1e-30);
  });
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16, DType::kI32}) {
    add_case(cases, "fill", name_of(type), [=](CaseRun& run) {
      const Tensor x = run.ctx().empty(type, {33, 7});
      run.op().fill(run.ctx(), x, 3.0f);
      run.op().fill(run.ctx(), x.rows(32, 1), -5.0f);
      run.keep("x", x, 1e-30);
    });
  }
  add_copy_cases(cases);
  add_gather_cases(cases);
}

}  // namespace lucie
