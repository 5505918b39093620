// For tests only: every operation of the table at awkward sizes, as runs that any device can be put
// through. The fake device must give the bits of ref; a fast device must agree with ref within each
// output's tolerance (for every instruction set it has).
//
//   for (const OpCase& op_case : op_cases()) {
//     SCOPED_TRACE(op_case.name);
//     expect_close(op_case.run(fast), op_case.run(reference));
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/context.h"
#include "tensor/ops.h"

namespace lucie {

struct OpOutput {
  std::string name;
  std::vector<float> values;
  // Of max|a - b| / max|b| between two right implementations: 1e-5 for f32, 8e-3 (an ulp) where
  // values are rounded to bf16 on the way.
  double tolerance;
};

struct OpCase {
  std::string op;    // name of the entry of the table
  std::string name;  // "matmul/bf16*q4_0/3x9x64"
  std::function<std::vector<OpOutput>(Context&)> run;
};

const std::vector<OpCase>& op_cases();

// max|a - b| / max|b|; 0 for two empty or all-zero vectors, infinite on a NaN or differing sizes.
double relative_error(const std::vector<float>& a, const std::vector<float>& b);
// GoogleTest failures, one per output that is off.
void expect_close(const std::vector<OpOutput>& actual, const std::vector<OpOutput>& expected);
void expect_identical(const std::vector<OpOutput>& actual, const std::vector<OpOutput>& expected);

// What a case writes with: inputs are a function of its name and their order.
class CaseRun {
 public:
  CaseRun(Context& ctx, std::string_view name) : ctx_(ctx), name_(name) {}

  Context& ctx() const { return ctx_; }
  const Ops& op() const { return ctx_.op(); }
  // Types that nothing encodes: random blocks of about that size, so that `scale` must be 1.
  Tensor normal(DType dtype, Shape shape, float scale = 1.0f);
  Tensor ids(Shape shape, std::int64_t below);
  Tensor unwritten(DType dtype, Shape shape);  // NaN, so that a gap shows
  void keep(std::string_view name, const Tensor& output, double tolerance = 0.0);  // 0: by type
  std::vector<OpOutput> take() { return std::move(outputs_); }

 private:
  Context& ctx_;
  std::string name_;
  std::uint64_t drawn_ = 0;
  std::vector<OpOutput> outputs_;
};

// Adds a case whose body fills a CaseRun.
void add_case(std::vector<OpCase>& cases, std::string op, const std::string& detail,
              std::function<void(CaseRun&)> body);

// Sizes of the operations on rows, and "bf16/70x31" for the names of their cases.
struct RowSize {
  std::int64_t rows, width;
};
inline constexpr RowSize kRowSizes[] = {{1, 1}, {3, 7}, {9, 9}, {2, 33}, {70, 31}, {5, 200}};
std::string row_detail(DType dtype, const RowSize& size);

// By theme; op_cases() calls them all.
void add_memory_cases(std::vector<OpCase>& cases);
void add_norm_cases(std::vector<OpCase>& cases);
void add_row_cases(std::vector<OpCase>& cases);      // activations, add, scale, rope
void add_product_cases(std::vector<OpCase>& cases);  // matmul, bias and head_loss
void add_attention_cases(std::vector<OpCase>& cases);
void add_cache_cases(std::vector<OpCase>& cases);
void add_optimizer_cases(std::vector<OpCase>& cases);

}  // namespace lucie
