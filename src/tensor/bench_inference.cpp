#include <algorithm>
#include <initializer_list>
#include <utility>

#include "tensor/bench_cases.h"
#include "tensor/ops.h"

namespace lucie::bench {
namespace {

struct Model {
  const char* name;
  std::int64_t width, kv, ffn, layers, vocab;
};
constexpr Model kSmall = {"smollm2-135m", 576, 192, 1536, 30, 49152};
constexpr Model kWide = {"2048x8192", 2048, 512, 8192, 2, 32768};

struct Variant {
  std::int64_t rows;
  DType w;
  Products products;
};

// Some rows, again and again: encoding them all would take minutes.
Tensor weights(Context& ctx, DType type, std::int64_t rows, std::int64_t width) {
  const std::int64_t some = std::min<std::int64_t>(rows, 96);
  const Tensor pattern = values(ctx, type, {some, width}), all = ctx.empty(type, {rows, width});
  for (std::int64_t row = 0; row < rows; row += some) {
    const std::int64_t count = std::min(some, rows - row);
    ctx.op().copy(ctx, all.rows(row, count), pattern.rows(0, count));
  }
  return all;
}

// The matrices of one kind in all layers, in one tensor so that they do not fit in a cache, taken
// one after the other.
class Matrices {
 public:
  Matrices(Context& ctx, DType type, std::int64_t rows, std::int64_t width)
      : all_(weights(ctx, type, rows, width)) {}
  Tensor take(std::int64_t rows) { return all_.rows(std::exchange(taken_, taken_ + rows), rows); }

 private:
  Tensor all_;
  std::int64_t taken_ = 0;
};

// The projections of a model, as its decoder asks for them.
class Pass {
 public:
  Pass(Context& ctx, DType x_type, const Variant& v) : ctx_(ctx), x_type_(x_type), v_(v) {}

  // Of one input.
  void add(std::int64_t width, std::initializer_list<Tensor> matrices) {
    std::vector<Projection> products;
    for (const Tensor& w : matrices) {
      const std::int64_t outputs = w.shape().rows();
      products.push_back({ctx_.zeros(x_type_, {v_.rows, outputs}), w, Tensor()});
      call_.flops += product_flops(v_.rows, outputs, width);
      call_.bytes += static_cast<double>(w.bytes());
    }
    call_.output = products.back().y;
    const Tensor x = values(ctx_, x_type_, {v_.rows, width});
    steps_.push_back([products = std::move(products), x, &ctx = ctx_] {
      if (products.size() > 1) return ctx.op().matmuls(ctx, products, x);
      ctx.op().matmul(ctx, products[0].y, x, products[0].w, Tensor(), false);
    });
  }

  BenchCall call() && {
    call_.integers = v_.products == Products::kRounded;
    call_.run = [steps = std::move(steps_), products = v_.products, &ctx = ctx_] {
      const Products before = ctx.products();
      ctx.set_products(products);
      for (const auto& step : steps) step();
      ctx.set_products(before);
    };
    return std::move(call_);
  }

 private:
  Context& ctx_;
  DType x_type_;
  Variant v_;
  BenchCall call_;
  std::vector<std::function<void()>> steps_;
};

BenchCall prepare(Context& ctx, const Model& model, DType x_type, const Variant& v, double share) {
  const std::int64_t layers = part(model.layers, share), vocab = part(model.vocab, share);
  const std::int64_t width = model.width;
  Matrices square(ctx, v.w, 2 * layers * width, width), kv(ctx, v.w, 2 * layers * model.kv, width);
  Matrices up(ctx, v.w, 2 * layers * model.ffn, width), down(ctx, v.w, layers * width, model.ffn);
  Pass pass(ctx, x_type, v);
  for (std::int64_t i = 0; i < layers; ++i) {
    pass.add(width, {square.take(width), kv.take(model.kv), kv.take(model.kv)});
    pass.add(width, {square.take(width)});
    pass.add(width, {up.take(model.ffn), up.take(model.ffn)});
    pass.add(model.ffn, {down.take(width)});
  }
  pass.add(width, {weights(ctx, v.w, vocab, width)});
  return std::move(pass).call();
}

void add_case(std::vector<BenchCase>& cases, const Model& model, DType x_type, const Variant& v) {
  const std::string name = std::string(v.rows == 1 ? "decode/" : "prompt/") + dtype_info(v.w).name +
                           "/" + model.name + (v.products == Products::kRounded ? "/rounded" : "");
  cases.push_back({name, [=, &model](Context& ctx, double share) {
                     Variant some = v;
                     some.rows = part(v.rows, share);
                     return prepare(ctx, model, x_type, some, share);
                   }});
}

}  // namespace

void add_inference_cases(std::vector<BenchCase>& cases, DType type) {
  constexpr std::int64_t kPrompt = 512;
  for (const DType w : {DType::kF32, DType::kBF16, DType::kF16}) {
    add_case(cases, kSmall, type, {1, w, Products::kExact});
  }
  for (const DType w : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1, DType::kQ5_0}) {
    add_case(cases, kSmall, type, {1, w, Products::kExact});
    add_case(cases, kSmall, DType::kF32, {1, w, Products::kRounded});
    add_case(cases, kSmall, DType::kF32, {kPrompt, w, Products::kRounded});
  }
  for (const DType w : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K}) {
    if (!dtype_info(w).encodes) continue;
    add_case(cases, kWide, DType::kF32, {1, w, Products::kRounded});
    add_case(cases, kWide, DType::kF32, {kPrompt, w, Products::kRounded});
  }
}

}  // namespace lucie::bench
