#include "tensor/op_cases.h"

namespace lucie {
namespace {

constexpr DType kFloats[] = {DType::kF32, DType::kBF16};

struct Product {
  std::int64_t rows, out, in;
};
constexpr Product kProducts[] = {{1, 1, 1},   {1, 9, 33},   {3, 7, 9},     {7, 33, 31},
                                 {9, 16, 64}, {33, 65, 40}, {1, 130, 257}, {70, 200, 129}};
constexpr Product kBlockProducts[] = {{1, 1, 32}, {1, 33, 64}, {3, 7, 96}, {9, 70, 320}};
constexpr DType kBlockTypes[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0,
                                 DType::kQ5_1, DType::kQ8_0, DType::kIQ4_NL};
constexpr DType kBigBlockTypes[] = {DType::kQ2_K, DType::kQ3_K, DType::kQ4_K,
                                    DType::kQ5_K, DType::kQ6_K, DType::kIQ4_XS};
// Few rows and many; whole vectors of outputs and of runs, and parts of them.
constexpr Product kRoundedProducts[] = {{1, 1, 32},  {1, 33, 64},  {2, 17, 544},  {3, 130, 96},
                                        {4, 5, 576}, {9, 70, 320}, {13, 65, 1056}};
constexpr Product kRoundedBigProducts[] = {
    {1, 3, 256}, {2, 35, 512}, {3, 16, 768}, {4, 5, 256}, {11, 70, 1280}};
constexpr Product kBigBlockProducts[] = {{1, 2, 256}, {3, 7, 512}, {9, 70, 768}, {17, 33, 256}};

std::string detail(DType x, DType w, const Product& size) {
  return std::string(dtype_info(x).name) + "*" + dtype_info(w).name + "/" +
         std::to_string(size.rows) + "x" + std::to_string(size.out) + "x" + std::to_string(size.in);
}

void add_matmul_case(std::vector<OpCase>& cases, DType x, DType w, const Product& size) {
  add_case(cases, "matmul", detail(x, w, size), [=](CaseRun& run) {
    const Tensor input = run.normal(x, {size.rows, size.in});
    const Tensor weight = run.normal(w, {size.out, size.in});
    const Tensor y = run.unwritten(x, {size.rows, size.out});
    run.op().matmul(run.ctx(), y, input, weight, Tensor(), false);
    run.keep("y", y);
    const Tensor total = run.normal(DType::kF32, {size.rows, size.out});
    run.op().matmul(run.ctx(), total, input, weight, Tensor(), true);
    run.keep("accumulated", total);
    const Tensor bias = run.normal(DType::kF32, {size.out}, 8.0f);
    run.op().matmul(run.ctx(), y, input, weight, bias, false);
    run.keep("with bias", y);
    const Tensor other = run.normal(DType::kF32, {size.rows, size.out});
    run.op().matmul(run.ctx(), other, input, weight, bias, true);
    run.keep("accumulated with bias", other);
    const Tensor half = run.normal(DType::kF16, {size.out});
    run.op().matmul(run.ctx(), y, input, weight, half, true);
    run.keep("accumulated in its type", y);
  });
}

void add_rounded_case(std::vector<OpCase>& cases, DType x, DType w, const Product& size) {
  add_case(cases, "matmul", detail(x, w, size) + ", rounded", [=](CaseRun& run) {
    const Tensor input = run.normal(x, {size.rows, size.in}, 3.0f);
    const Tensor weight = run.normal(w, {size.out, size.in});
    const Tensor y = run.unwritten(x, {size.rows, size.out});
    const Tensor total = run.normal(DType::kF32, {size.rows, size.out});
    const Tensor bias = run.normal(DType::kF16, {size.out}, 8.0f);
    run.ctx().set_products(Products::kRounded);
    run.op().matmul(run.ctx(), y, input, weight, Tensor(), false);
    run.op().matmul(run.ctx(), total, input, weight, bias, true);
    run.ctx().set_products(Products::kExact);
    run.keep("y", y);
    run.keep("accumulated with bias", total);
  });
}

// Weights that are read alike stand together, and some do not.
void add_matmuls_case(std::vector<OpCase>& cases, DType x, const Product& size) {
  add_case(cases, "matmuls", detail(x, DType::kQ8_0, size), [=](CaseRun& run) {
    const Tensor input = run.normal(x, {size.rows, size.in}, 3.0f);
    const DType types[] = {DType::kQ8_0, DType::kQ8_0, DType::kQ4_0, DType::kBF16, DType::kBF16};
    for (const Products how : {Products::kExact, Products::kRounded}) {
      std::vector<Projection> products;
      for (const DType type : types) {
        const std::int64_t out = size.out + 20 * static_cast<std::int64_t>(products.size());
        const bool biased = products.size() % 2 == 1;
        products.push_back({run.unwritten(x, {size.rows, out}), run.normal(type, {out, size.in}),
                            biased ? run.normal(DType::kF32, {out}, 8.0f) : Tensor()});
      }
      run.ctx().set_products(how);
      run.op().matmuls(run.ctx(), products, input);
      run.ctx().set_products(Products::kExact);
      for (const Projection& p : products) run.keep("y", p.y);
    }
  });
}

void add_matmul_backward_cases(std::vector<OpCase>& cases, DType type, const Product& size) {
  const Shape x_shape{size.rows, size.in}, y_shape{size.rows, size.out};
  for (const DType w_type : kFloats) {
    add_case(cases, "matmul_dx", detail(type, w_type, size), [=](CaseRun& run) {
      const Tensor dy = run.normal(type, y_shape), w = run.normal(w_type, {size.out, size.in});
      const Tensor dx = run.unwritten(type, x_shape), total = run.normal(DType::kF32, x_shape);
      run.op().matmul_dx(run.ctx(), dx, dy, w, false);
      run.keep("dx", dx);
      run.op().matmul_dx(run.ctx(), total, dy, w, true);
      run.keep("accumulated", total);
    });
  }
  add_case(cases, "matmul_dw", detail(type, type, size), [=](CaseRun& run) {
    const Tensor dw = run.normal(DType::kF32, {size.out, size.in});
    run.op().matmul_dw(run.ctx(), dw, run.normal(type, y_shape), run.normal(type, x_shape));
    run.keep("dw", dw);
  });
  add_case(cases, "bias_backward", detail(type, type, size), [=](CaseRun& run) {
    const Tensor dbias = run.normal(DType::kF32, {size.out});
    run.op().bias_backward(run.ctx(), dbias, run.normal(type, y_shape));
    run.keep("dbias", dbias);
  });
}

// Targets with every third row masked.
Tensor masked_targets(CaseRun& run, std::int64_t rows, std::int64_t vocab) {
  std::vector<std::int32_t> targets;
  for (const float id : run.ctx().download(run.ids({rows}, vocab))) {
    const bool masked = targets.size() % 3 == 2;
    targets.push_back(masked ? -1 : static_cast<std::int32_t>(id));
  }
  return run.ctx().upload({rows}, targets);
}

void head_loss_case(CaseRun& run, DType type, const Product& size) {
  const Tensor x = run.normal(type, {size.rows, size.in});
  const Tensor w = run.normal(type, {size.out, size.in});
  const Tensor targets = masked_targets(run, size.rows, size.out);
  const Tensor dx = run.unwritten(type, {size.rows, size.in});
  const Tensor dw = run.normal(DType::kF32, {size.out, size.in});
  const Tensor loss = run.unwritten(DType::kF32, {size.rows});
  run.op().head_loss(run.ctx(), loss, dx, dw, x, w, targets, {0.25f});
  // A device may hold the gradient of the logits in the type of x.
  const double tolerance = type == DType::kF32 ? 1e-5 : 8e-3;
  run.keep("loss", loss);
  run.keep("dx", dx);
  run.keep("dw", dw, tolerance);
  const Tensor again = run.unwritten(DType::kF32, {size.rows});
  run.op().head_loss(run.ctx(), again, Tensor(), Tensor(), x, w, targets, {1.0f});
  run.keep("loss alone", again);
  const Tensor frozen = run.unwritten(type, {size.rows, size.in});
  run.op().head_loss(run.ctx(), again, frozen, Tensor(), x, w, targets, {0.25f});
  run.keep("dx, frozen head", frozen);
  run.op().head_loss(run.ctx(), again, dx, dw, x, w, targets, {0.25f, 0.01f});
  run.keep("loss beside z-loss", again);
  run.keep("dx with z-loss", dx);
  run.keep("dw with z-loss", dw, tolerance);
}

void add_head_loss_alone_case(std::vector<OpCase>& cases, DType x_type, DType w_type,
                              const Product& size) {
  add_case(cases, "head_loss", detail(x_type, w_type, size) + ", loss alone", [=](CaseRun& run) {
    const Tensor x = run.normal(x_type, {size.rows, size.in});
    const Tensor w = run.normal(w_type, {size.out, size.in});
    const Tensor loss = run.unwritten(DType::kF32, {size.rows});
    run.op().head_loss(run.ctx(), loss, Tensor(), Tensor(), x, w,
                       masked_targets(run, size.rows, size.out), {1.0f});
    run.keep("loss", loss);
  });
}

}  // namespace

void add_product_cases(std::vector<OpCase>& cases) {
  for (const DType type : kFloats) {
    for (const Product& size : kProducts) {
      for (const DType w : {DType::kF32, DType::kBF16, DType::kF16}) {
        add_matmul_case(cases, type, w, size);
      }
      add_matmul_backward_cases(cases, type, size);
      add_case(cases, "head_loss", detail(type, type, size),
               [=](CaseRun& run) { head_loss_case(run, type, size); });
    }
    for (const Product& size : kBlockProducts) {
      for (const DType w : kBlockTypes) add_matmul_case(cases, type, w, size);
      add_head_loss_alone_case(cases, type, DType::kQ4_0, size);
    }
    for (const Product& size : kBigBlockProducts) {
      for (const DType w : kBigBlockTypes) add_matmul_case(cases, type, w, size);
    }
    for (const Product& size : kProducts) add_rounded_case(cases, type, DType::kBF16, size);
    for (const Product& size : kRoundedProducts) {
      for (const DType w : kBlockTypes) add_rounded_case(cases, type, w, size);
      add_matmuls_case(cases, type, size);
    }
    for (const Product& size : kRoundedBigProducts) {
      for (const DType w : kBigBlockTypes) add_rounded_case(cases, type, w, size);
    }
  }
}

}  // namespace lucie
