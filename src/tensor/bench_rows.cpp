// Operations without products: what limits them is memory, or the exponential.
#include "tensor/bench_cases.h"
#include "tensor/ops.h"

namespace lucie::bench {
namespace {

void add_norms(std::vector<BenchCase>& cases, DType type) {
  cases.push_back(
      {name_of("rmsnorm_forward", type, kB, kT, kC), [=](Context& ctx, double share) {
         const Shape shape{part(kB * kT, share), kC};
         const Tensor x = values(ctx, DType::kF32, shape), branch = values(ctx, type, shape);
         const Tensor w = values(ctx, DType::kF32, {kC}), y = ctx.zeros(type, shape);
         const Tensor h = ctx.zeros(DType::kF32, shape), rstd = ctx.zeros(DType::kF32, {shape[0]});
         return BenchCall{
             0.0, bytes_of({x, branch, y, h}),
             [=, &ctx] { ctx.op().rmsnorm_forward(ctx, y, h, rstd, x, branch, w, 1e-5f); }, y};
       }});
  cases.push_back(
      {name_of("rmsnorm_backward", type, kB, kT, kC), [=](Context& ctx, double share) {
         const Shape shape{part(kB * kT, share), kC};
         const Tensor h = values(ctx, DType::kF32, shape), dy = values(ctx, type, shape);
         const Tensor w = values(ctx, DType::kF32, {kC}), dw = ctx.zeros(DType::kF32, {kC});
         const Tensor dh = ctx.zeros(DType::kF32, shape),
                      rstd = values(ctx, DType::kF32, {shape[0]});
         return BenchCall{0.0, bytes_of({h, dy, dh, dh}),
                          [=, &ctx] { ctx.op().rmsnorm_backward(ctx, dh, dw, dy, h, rstd, w); },
                          dh};
       }});
}

void add_layernorms(std::vector<BenchCase>& cases, DType type) {
  cases.push_back({name_of("layernorm_forward", type, kB, kT, kC), [=](Context& ctx, double share) {
                     const Shape shape{part(kB * kT, share), kC};
                     const Tensor x = values(ctx, DType::kF32, shape),
                                  branch = values(ctx, type, shape);
                     const Tensor w = values(ctx, DType::kF32, {kC}),
                                  bias = values(ctx, DType::kF32, {kC});
                     const Tensor y = ctx.zeros(type, shape), h = ctx.zeros(DType::kF32, shape);
                     const Tensor mean = ctx.zeros(DType::kF32, {shape[0]});
                     const Tensor rstd = ctx.zeros(DType::kF32, {shape[0]});
                     return BenchCall{0.0, bytes_of({x, branch, y, h}),
                                      [=, &ctx] {
                                        ctx.op().layernorm_forward(ctx, y, h, mean, rstd, x, branch,
                                                                   w, bias, 1e-5f);
                                      },
                                      y};
                   }});
  cases.push_back(
      {name_of("layernorm_backward", type, kB, kT, kC), [=](Context& ctx, double share) {
         const Shape shape{part(kB * kT, share), kC};
         const Tensor h = values(ctx, DType::kF32, shape), dy = values(ctx, type, shape);
         const Tensor w = values(ctx, DType::kF32, {kC}), dw = ctx.zeros(DType::kF32, {kC});
         const Tensor dbias = ctx.zeros(DType::kF32, {kC}), dh = ctx.zeros(DType::kF32, shape);
         const Tensor mean = values(ctx, DType::kF32, {shape[0]});
         const Tensor rstd = values(ctx, DType::kF32, {shape[0]});
         return BenchCall{
             0.0, bytes_of({h, dy, dh, dh}),
             [=, &ctx] { ctx.op().layernorm_backward(ctx, dh, dw, dbias, dy, h, mean, rstd, w); },
             dh};
       }});
}

void add_gelu(std::vector<BenchCase>& cases, DType type, Gelu form) {
  const std::string name = form == Gelu::kErf ? "gelu_erf" : "gelu_tanh";
  cases.push_back(
      {name_of((name + "_forward").c_str(), type, kB, kT, kF), [=](Context& ctx, double share) {
         const Shape shape{part(kB * kT, share), kF};
         const Tensor x = values(ctx, type, shape), y = ctx.zeros(type, shape);
         return BenchCall{0.0, bytes_of({x, y}),
                          [=, &ctx] { ctx.op().gelu_forward(ctx, y, x, form); }, y};
       }});
  cases.push_back(
      {name_of((name + "_backward").c_str(), type, kB, kT, kF), [=](Context& ctx, double share) {
         const Shape shape{part(kB * kT, share), kF};
         const Tensor x = values(ctx, type, shape), dy = values(ctx, type, shape);
         const Tensor dx = ctx.zeros(type, shape);
         return BenchCall{0.0, bytes_of({x, dy, dx}),
                          [=, &ctx] { ctx.op().gelu_backward(ctx, dx, dy, x, form); }, dx};
       }});
}

void add_bias_backward(std::vector<BenchCase>& cases, DType type) {
  cases.push_back({name_of("bias_backward", type, kB, kT, kF), [=](Context& ctx, double share) {
                     const Shape shape{part(kB * kT, share), kF};
                     const Tensor dy = values(ctx, type, shape);
                     const Tensor dbias = ctx.zeros(DType::kF32, {kF});
                     return BenchCall{0.0, bytes_of({dy}),
                                      [=, &ctx] { ctx.op().bias_backward(ctx, dbias, dy); }, dbias};
                   }});
}

void add_row_operations(std::vector<BenchCase>& cases, DType type) {
  cases.push_back({name_of("swiglu_forward", type, kB, kT, kF), [=](Context& ctx, double share) {
                     const Shape shape{part(kB * kT, share), kF};
                     const Tensor gate = values(ctx, type, shape), up = values(ctx, type, shape);
                     const Tensor y = ctx.zeros(type, shape);
                     return BenchCall{0.0, bytes_of({gate, up, y}),
                                      [=, &ctx] { ctx.op().swiglu_forward(ctx, y, gate, up); }, y};
                   }});
  cases.push_back({name_of("swiglu_backward", type, kB, kT, kF), [=](Context& ctx, double share) {
                     const Shape shape{part(kB * kT, share), kF};
                     const Tensor gate = values(ctx, type, shape), up = values(ctx, type, shape);
                     const Tensor dy = values(ctx, type, shape), dgate = ctx.zeros(type, shape);
                     const Tensor dup = ctx.zeros(type, shape);
                     return BenchCall{
                         0.0, bytes_of({gate, up, dy, dgate, dup}),
                         [=, &ctx] { ctx.op().swiglu_backward(ctx, dgate, dup, dy, gate, up); },
                         dgate};
                   }});
  cases.push_back(
      {name_of("rope", type, kB, kT, kH * kD), [=](Context& ctx, double share) {
         const std::int64_t n = part(kB * kT, share);
         const Tensor x = values(ctx, type, {n, kH, kD});
         const Tensor table = ctx.zeros(DType::kF32, {kT, kD});
         ctx.op().fill(ctx, table, 0.70710678f);  // a turn: lengths stay
         const Tensor positions = indices(ctx, n, kT);
         return BenchCall{
             0.0, bytes_of({x, x}),
             [=, &ctx] { ctx.op().rope(ctx, x, positions, table, RopeStyle::kHalf, false); }, x};
       }});
  cases.push_back({name_of("gather_rows", type, kB, kT, kC), [=](Context& ctx, double share) {
                     const std::int64_t n = part(kB * kT, share);
                     const Tensor x = values(ctx, type, {kV, kC}), rows = indices(ctx, n, kV);
                     const Tensor y = ctx.zeros(type, {n, kC});
                     return BenchCall{0.0, bytes_of({y, y}),
                                      [=, &ctx] { ctx.op().gather_rows(ctx, y, x, rows); }, y};
                   }});
}

void add_optimizer(std::vector<BenchCase>& cases, DType type) {
  constexpr std::int64_t kParameters = 1 << 23;
  cases.push_back(
      {"adamw/" + std::string(dtype_info(type).name) + "/8Mi", [=](Context& ctx, double share) {
         const Shape shape{part(kParameters, share)};
         const Tensor p = values(ctx, DType::kF32, shape);
         const Tensor m = ctx.zeros(DType::kF32, shape);
         const Tensor v = ctx.zeros(DType::kF32, shape);
         const Tensor grad = values(ctx, DType::kF32, shape);
         const Tensor working = ctx.zeros(type, shape), one = ctx.zeros(DType::kF32, {1});
         ctx.op().fill(ctx, one, 1.0f);
         const AdamwStep step{1e-3f, 0.9f, 0.95f, 1e-5f, 0.1f, 1};
         return BenchCall{0.0, bytes_of({p, p, m, m, v, v, grad, working}),
                          [=, &ctx] { ctx.op().adamw(ctx, p, m, v, working, grad, one, step); }, p};
       }});
}

}  // namespace

void add_row_cases(std::vector<BenchCase>& cases, DType type) {
  add_norms(cases, type);
  add_layernorms(cases, type);
  add_row_operations(cases, type);
  for (const Gelu form : {Gelu::kErf, Gelu::kTanh}) add_gelu(cases, type, form);
  add_bias_backward(cases, type);
  add_optimizer(cases, type);
}

}  // namespace lucie::bench
