#include "tensor/bench_cases.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/ops.h"

namespace lucie {
namespace bench {

std::int64_t part(std::int64_t whole, double share) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(whole) * share));
}

Tensor values(Context& ctx, DType type, Shape shape) {
  std::vector<float> host(static_cast<std::size_t>(shape.numel()));
  std::uint32_t state = 1;
  for (float& value : host) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
  }
  return ctx.upload(type, shape, host);
}

Tensor indices(Context& ctx, std::int64_t count, std::int64_t below) {
  std::vector<std::int32_t> host(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < host.size(); ++i) {
    host[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(i) * 7919 % below);
  }
  return ctx.upload({count}, host);
}

double bytes_of(std::initializer_list<Tensor> tensors) {
  double bytes = 0.0;
  for (const Tensor& tensor : tensors) bytes += static_cast<double>(tensor.bytes());
  return bytes;
}

std::string name_of(const char* op, DType type, std::int64_t m, std::int64_t n, std::int64_t k) {
  return std::string(op) + "/" + dtype_info(type).name + "/" + std::to_string(m) + "x" +
         std::to_string(n) + "x" + std::to_string(k);
}

double product_flops(std::int64_t m, std::int64_t n, std::int64_t k) {
  return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

}  // namespace bench

namespace {

using namespace bench;

void add_products(std::vector<BenchCase>& cases, DType type, std::int64_t outputs,
                  std::int64_t inputs) {
  const std::int64_t rows = kB * kT;
  cases.push_back({name_of("matmul", type, rows, outputs, inputs), [=](Context& ctx, double share) {
                     const std::int64_t n = part(rows, share);
                     const Tensor x = values(ctx, type, {n, inputs});
                     const Tensor w = values(ctx, type, {outputs, inputs});
                     const Tensor y = ctx.zeros(type, {n, outputs});
                     return BenchCall{product_flops(n, outputs, inputs), bytes_of({x, w, y}),
                                      [=, &ctx] { ctx.op().matmul(ctx, y, x, w, Tensor(), false); },
                                      y};
                   }});
  cases.push_back(
      {name_of("matmul_dx", type, rows, inputs, outputs), [=](Context& ctx, double share) {
         const std::int64_t n = part(rows, share);
         const Tensor dy = values(ctx, type, {n, outputs});
         const Tensor w = values(ctx, type, {outputs, inputs});
         const Tensor dx = ctx.zeros(type, {n, inputs});
         return BenchCall{product_flops(n, outputs, inputs), bytes_of({dy, w, dx}),
                          [=, &ctx] { ctx.op().matmul_dx(ctx, dx, dy, w, false); }, dx};
       }});
  cases.push_back(
      {name_of("matmul_dw", type, outputs, inputs, rows), [=](Context& ctx, double share) {
         const std::int64_t n = part(rows, share);
         const Tensor dy = values(ctx, type, {n, outputs});
         const Tensor x = values(ctx, type, {n, inputs});
         const Tensor dw = ctx.zeros(DType::kF32, {outputs, inputs});
         return BenchCall{product_flops(n, outputs, inputs), bytes_of({dy, x, dw, dw}),
                          [=, &ctx] { ctx.op().matmul_dw(ctx, dw, dy, x); }, dw};
       }});
}

void add_head_loss(std::vector<BenchCase>& cases, DType type) {
  cases.push_back(
      {name_of("head_loss", type, kB * kT, kV, kC), [=](Context& ctx, double share) {
         const std::int64_t n = part(kB * kT, share);
         const Tensor x = values(ctx, type, {n, kC}), w = values(ctx, type, {kV, kC});
         const Tensor targets = indices(ctx, n, kV), loss = ctx.zeros(DType::kF32, {n});
         const Tensor dx = ctx.zeros(type, {n, kC}), dw = ctx.zeros(DType::kF32, {kV, kC});
         return BenchCall{
             3.0 * product_flops(n, kV, kC), bytes_of({x, w, w, dx, dw, dw}),
             [=, &ctx] { ctx.op().head_loss(ctx, loss, dx, dw, x, w, targets, {1e-3f}); }, loss};
       }});
}

// Half of the square of scores is seen; the backward pass has five products where the forward pass
// has two.
struct AttentionInputs {
  AttentionShape shape;
  Tensor q, k, v, bias, starts, o, lse;
  double flops;
};

enum class Extra { kNone, kAlibi, kDocuments };
constexpr std::int64_t kDocuments = 8;  // in a sequence, of equal length

// What `Extra::kDocuments` sees: the start of each position's document.
Tensor document_starts(Context& ctx, std::int64_t batch, std::int64_t time) {
  std::vector<std::int32_t> starts;
  const std::int64_t length = time / kDocuments;
  for (std::int64_t n = 0; n < batch * time; ++n) {
    starts.push_back(static_cast<std::int32_t>(n % time / length * length));
  }
  return ctx.upload({batch, time}, starts);
}

// Sequences of such a case: as many as the micro batch has tokens for, but one at least.
std::int64_t sequences(std::int64_t time) {
  return std::max<std::int64_t>(1, kB * kT / time);
}

AttentionInputs attention_inputs(Context& ctx, DType type, std::int64_t time, Extra extra,
                                 double share) {
  const std::int64_t batch = part(sequences(time), share);
  if (kB * kT < time) time = part(time, share);  // a long sequence is checked on a piece of it
  AttentionInputs in{{batch, time, kH, kK, kD, 1.0f / std::sqrt(static_cast<float>(kD))},
                     values(ctx, type, {batch, time, kH, kD}),
                     values(ctx, type, {batch, time, kK, kD}),
                     values(ctx, type, {batch, time, kK, kD}),
                     extra == Extra::kAlibi ? values(ctx, DType::kF32, {kH, time}) : Tensor(),
                     extra == Extra::kDocuments ? document_starts(ctx, batch, time) : Tensor(),
                     ctx.zeros(type, {batch, time, kH, kD}),
                     ctx.zeros(DType::kF32, {batch, time, kH}),
                     0.0};
  const std::int64_t seen = extra == Extra::kDocuments ? time / kDocuments : time;
  in.flops = product_flops(batch * kH * time, seen, kD);
  return in;
}

void add_attention(std::vector<BenchCase>& cases, DType type, std::int64_t time, Extra extra) {
  const std::int64_t batch = sequences(time);
  constexpr const char* kSuffixes[] = {"", "/alibi", "/documents"};
  const std::string suffix = kSuffixes[static_cast<int>(extra)];
  cases.push_back({name_of("attention_forward", type, batch, time, kH * kD) + suffix,
                   [=](Context& ctx, double share) {
                     const AttentionInputs in = attention_inputs(ctx, type, time, extra, share);
                     return BenchCall{in.flops, bytes_of({in.q, in.k, in.v, in.o}),
                                      [=, &ctx] {
                                        ctx.op().attention_forward(ctx, in.o, in.lse, in.q, in.k,
                                                                   in.v, in.bias, in.starts,
                                                                   in.shape);
                                      },
                                      in.o};
                   }});
  cases.push_back(
      {name_of("attention_backward", type, batch, time, kH * kD) + suffix,
       [=](Context& ctx, double share) {
         const AttentionInputs in = attention_inputs(ctx, type, time, extra, share);
         const Tensor dq = ctx.zeros(type, in.q.shape()), dk = ctx.zeros(type, in.k.shape());
         const Tensor dv = ctx.zeros(type, in.v.shape()), d_o = values(ctx, type, in.q.shape());
         ctx.op().attention_forward(ctx, in.o, in.lse, in.q, in.k, in.v, in.bias, in.starts,
                                    in.shape);
         return BenchCall{2.5 * in.flops, bytes_of({in.q, in.k, in.v, in.o, d_o, dq, dk, dv}),
                          [=, &ctx] {
                            ctx.op().attention_backward(ctx, dq, dk, dv, d_o, in.o, in.lse, in.q,
                                                        in.k, in.v, in.bias, in.starts, in.shape);
                          },
                          dk};
       }});
}

}  // namespace

std::vector<BenchCase> bench_cases(bool bf16) {
  const DType type = bf16 ? DType::kBF16 : DType::kF32;
  std::vector<BenchCase> cases;
  for (const auto& [outputs, inputs] : std::initializer_list<std::pair<std::int64_t, std::int64_t>>{
           {kC, kC}, {kK * kD, kC}, {kF, kC}, {kC, kF}}) {
    add_products(cases, type, outputs, inputs);
  }
  add_head_loss(cases, type);
  add_attention(cases, type, kT, Extra::kNone);
  add_attention(cases, type, 4 * kT, Extra::kNone);
  add_attention(cases, type, 64 * kT, Extra::kNone);
  add_attention(cases, type, 4 * kT, Extra::kDocuments);
  add_attention(cases, type, kT, Extra::kAlibi);
  add_row_cases(cases, type);
  add_memory_cases(cases, type);
  add_inference_cases(cases, type);
  add_cache_cases(cases, type);
  return cases;
}

}  // namespace lucie
