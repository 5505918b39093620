#include <algorithm>
#include <array>
#include <utility>

#include "tensor/bench_cases.h"
#include "tensor/ops.h"

namespace lucie::bench {
namespace {

struct Projection {
  std::int64_t outputs, inputs, count;
};
// All projections of a model, in one tensor of each kind so that they do not fit in a cache.
struct Model {
  const char* name;
  std::array<Projection, 5> projections;
};
// Hidden 576, 3 kv heads of 64, ffn 1536, 30 layers, vocabulary 49152.
constexpr Model kSmall = {
    "smollm2-135m",
    {{{576, 576, 60}, {192, 576, 60}, {1536, 576, 60}, {576, 1536, 30}, {49152, 576, 1}}}};
// Two layers of hidden 2048, 8 kv heads of 64, ffn 8192, and a vocabulary of 32768.
constexpr Model kWide = {
    "2048x8192",
    {{{2048, 2048, 4}, {512, 2048, 4}, {8192, 2048, 4}, {2048, 8192, 2}, {32768, 2048, 1}}}};

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

BenchCall prepare(Context& ctx, const Model& model, DType x_type, const Variant& v, double share) {
  BenchCall call;
  std::vector<std::function<void()>> steps;
  for (const Projection& kind : model.projections) {
    const std::int64_t count = part(kind.count, share);
    const std::int64_t outputs =
        share < 1.0 ? std::min<std::int64_t>(kind.outputs, 1536) : kind.outputs;
    const Tensor x = values(ctx, x_type, {v.rows, kind.inputs});
    const Tensor y = ctx.zeros(x_type, {v.rows, outputs});
    const Tensor all = weights(ctx, v.w, count * outputs, kind.inputs);
    for (std::int64_t i = 0; i < count; ++i) {
      const Tensor w = all.rows(i * outputs, outputs);
      steps.push_back([=, &ctx] { ctx.op().matmul(ctx, y, x, w, Tensor(), false); });
      call.flops += product_flops(v.rows, outputs, kind.inputs);
      call.bytes += static_cast<double>(w.bytes());
    }
    call.output = y;
  }
  call.integers = v.products == Products::kRounded;
  call.run = [steps = std::move(steps), products = v.products, &ctx] {
    const Products before = ctx.products();
    ctx.set_products(products);
    for (const auto& step : steps) step();
    ctx.set_products(before);
  };
  return call;
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
