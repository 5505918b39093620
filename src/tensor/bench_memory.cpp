// Operations that move values, scale or sum them.
#include <memory>

#include "tensor/bench_cases.h"
#include "tensor/ops.h"

namespace lucie::bench {
namespace {

constexpr std::int64_t kMany = 1 << 23;  // beyond the caches, as the parameters of a model are

std::string name_of(const char* op, DType type) {
  return std::string(op) + "/" + dtype_info(type).name + "/8Mi";
}

void add_copies(std::vector<BenchCase>& cases, DType type) {
  cases.push_back(
      {name_of("fill", type), [=](Context& ctx, double share) {
         const Tensor x = ctx.empty(type, {part(kMany, share)});
         return BenchCall{0.0, bytes_of({x}), [=, &ctx] { ctx.op().fill(ctx, x, 0.5f); }, x};
       }});
  cases.push_back({name_of("copy", type), [=](Context& ctx, double share) {
                     const Tensor from = values(ctx, DType::kF32, {part(kMany, share)});
                     const Tensor to = ctx.empty(type, from.shape());
                     return BenchCall{0.0, bytes_of({from, to}),
                                      [=, &ctx] { ctx.op().copy(ctx, to, from); }, to};
                   }});
  cases.push_back({name_of("host_copies", type), [=](Context& ctx, double share) {
                     const Tensor from = values(ctx, type, {part(kMany, share)});
                     const Tensor to = ctx.empty(type, from.shape());
                     const auto host = std::make_shared<std::vector<std::byte>>(from.bytes());
                     return BenchCall{0.0, 2.0 * bytes_of({from, to}),
                                      [=, &ctx] {
                                        ctx.op().copy_to_host(ctx, host->data(), from);
                                        ctx.op().copy_from_host(ctx, to, host->data());
                                      },
                                      to};
                   }});
}

void add_elementwise(std::vector<BenchCase>& cases, DType type) {
  cases.push_back(
      {bench::name_of("add", type, kB, kT, kC), [=](Context& ctx, double share) {
         const Shape shape{part(kB * kT, share), kC};
         const Tensor a = values(ctx, type, shape), b = values(ctx, type, shape);
         const Tensor y = ctx.empty(type, shape);
         return BenchCall{0.0, bytes_of({a, b, y}), [=, &ctx] { ctx.op().add(ctx, y, a, b); }, y};
       }});
  cases.push_back(
      {bench::name_of("scale", type, kB, kT, kC), [=](Context& ctx, double share) {
         const Tensor x = values(ctx, type, {part(kB * kT, share), kC});
         return BenchCall{0.0, bytes_of({x, x}), [=, &ctx] { ctx.op().scale(ctx, x, -1.0f); }, x};
       }});
  cases.push_back(
      {bench::name_of("gather_rows_backward", type, kB, kT, kC), [=](Context& ctx, double share) {
         const std::int64_t n = part(kB * kT, share);
         const Tensor dy = values(ctx, type, {n, kC}), rows = indices(ctx, n, kV);
         const Tensor dx = ctx.zeros(DType::kF32, {kV, kC});
         const double rows_of_dx = static_cast<double>(n * kC) * 4.0;
         return BenchCall{0.0, bytes_of({dy}) + 2.0 * rows_of_dx,
                          [=, &ctx] { ctx.op().gather_rows_backward(ctx, dx, dy, rows); }, dx};
       }});
}

void add_totals(std::vector<BenchCase>& cases) {
  constexpr auto kF32 = DType::kF32;
  for (const bool squares : {false, true}) {
    cases.push_back(
        {name_of(squares ? "sum_of_squares" : "sum", kF32), [=](Context& ctx, double share) {
           const Tensor x = values(ctx, kF32, {part(kMany, share)}), out = ctx.zeros(kF32, {1});
           const auto total = squares ? &Ops::sum_of_squares : &Ops::sum;
           return BenchCall{0.0, bytes_of({x}),
                            [=, &ctx] { (ctx.op().*total)(ctx, out, x, false); }, out};
         }});
  }
  cases.push_back({"clip_coefficient/f32/1", [=](Context& ctx, double) {
                     const Tensor squares = ctx.zeros(kF32, {1}), out = ctx.zeros(kF32, {1});
                     ctx.op().fill(ctx, squares, 9.0f);
                     return BenchCall{
                         0.0, bytes_of({squares, out}),
                         [=, &ctx] { ctx.op().clip_coefficient(ctx, out, squares, 1.0f); }, out};
                   }});
}

}  // namespace

void add_memory_cases(std::vector<BenchCase>& cases, DType type) {
  add_copies(cases, type);
  add_elementwise(cases, type);
  add_totals(cases);
}

}  // namespace lucie::bench
