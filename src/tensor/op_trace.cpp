#include "tensor/op_trace.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/error.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

double clock_s() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

double count(std::int64_t n) {
  return static_cast<double>(n);
}

// Which operation, as a type, so that overloads can tell.
template <auto kOp>
struct Op {};

// Multiplications and additions of a call; the first is for all that are of no account.
template <auto kOp>
double flops(Op<kOp>, const auto&...) {
  return 0.0;
}
double flops(Op<&Ops::matmul>, const Tensor& y, const Tensor&, const Tensor& w, const auto&...) {
  return 2.0 * count(y.numel()) * count(w.shape().last());
}
double flops(Op<&Ops::matmuls>, std::span<const Projection> products, const Tensor&) {
  double total = 0;
  for (const Projection& p : products) {
    total += 2.0 * count(p.y.numel()) * count(p.w.shape().last());
  }
  return total;
}
double flops(Op<&Ops::matmul_dx>, const Tensor& dx, const Tensor&, const Tensor& w,
             const auto&...) {
  return 2.0 * count(dx.numel()) * count(w.shape().rows());
}
double flops(Op<&Ops::matmul_dw>, const Tensor& dw, const Tensor&, const Tensor& x) {
  return 2.0 * count(dw.numel()) * count(x.shape().rows());
}
double flops(Op<&Ops::head_loss>, const Tensor&, const Tensor& dx, const Tensor& dw,
             const Tensor& x, const Tensor& w, const auto&...) {
  const int products = 1 + (dx.defined() ? 1 : 0) + (dw.defined() ? 1 : 0);
  return products * 2.0 * count(x.numel()) * count(w.shape().rows());
}
// Two products of D each over the scores that are seen, those behind a document mask included; 0
// for other arguments.
double attention_flops(const auto&) {
  return 0.0;
}
double attention_flops(const AttentionShape& s) {
  const double seen = 0.5 * count(s.queries) * (count(s.queries) + 1.0);
  return 4.0 * count(s.batch * s.heads * s.head_dim) * seen;
}
double flops(Op<&Ops::attention_forward>, const auto&... args) {
  return (attention_flops(args) + ...);
}
double flops(Op<&Ops::attention_backward>, const auto&... args) {
  return 2.5 * (attention_flops(args) + ...);  // five products where the forward pass has two
}

double bytes(const Tensor& x) {
  return x.defined() ? static_cast<double>(x.bytes()) : 0.0;
}
double bytes(std::span<const Projection> products) {
  double total = 0;
  for (const Projection& p : products) total += bytes(p.y) + bytes(p.w) + bytes(p.bias);
  return total;
}
double bytes(const auto&) {
  return 0.0;
}

template <std::size_t kSize>
struct Name {
  char text[kSize];
  constexpr Name(const char (&name)[kSize]) { std::copy_n(name, kSize, text); }
};

template <Name kName, auto kOp>
struct Traced;
template <Name kName, typename... Args, void (*Ops::*kOp)(Context&, Args...)>
struct Traced<kName, kOp> {
  static void call(Context& ctx, Args... args) {
    OpTrace& trace = *ctx.trace();
    const double start = trace.now();
    (ctx.device().ops().*kOp)(ctx, args...);
    trace.add({kName.text, start, trace.now() - start, flops(Op<kOp>(), args...),
               (0.0 + ... + bytes(args))});
  }
};
template <Name kName, auto kOp>
constexpr auto traced = &Traced<kName, kOp>::call;

constexpr Ops kTraced = {
    .copy_from_host = traced<"copy_from_host", &Ops::copy_from_host>,
    .copy_to_host = traced<"copy_to_host", &Ops::copy_to_host>,
    .fill = traced<"fill", &Ops::fill>,
    .copy = traced<"copy", &Ops::copy>,
    .gather_rows = traced<"gather_rows", &Ops::gather_rows>,
    .gather_rows_backward = traced<"gather_rows_backward", &Ops::gather_rows_backward>,
    .add = traced<"add", &Ops::add>,
    .scale = traced<"scale", &Ops::scale>,
    .rmsnorm_forward = traced<"rmsnorm_forward", &Ops::rmsnorm_forward>,
    .rmsnorm_backward = traced<"rmsnorm_backward", &Ops::rmsnorm_backward>,
    .layernorm_forward = traced<"layernorm_forward", &Ops::layernorm_forward>,
    .layernorm_backward = traced<"layernorm_backward", &Ops::layernorm_backward>,
    .matmul = traced<"matmul", &Ops::matmul>,
    .matmuls = traced<"matmuls", &Ops::matmuls>,
    .matmul_dx = traced<"matmul_dx", &Ops::matmul_dx>,
    .matmul_dw = traced<"matmul_dw", &Ops::matmul_dw>,
    .bias_backward = traced<"bias_backward", &Ops::bias_backward>,
    .rope = traced<"rope", &Ops::rope>,
    .attention_forward = traced<"attention_forward", &Ops::attention_forward>,
    .attention_backward = traced<"attention_backward", &Ops::attention_backward>,
    .cache_store = traced<"cache_store", &Ops::cache_store>,
    .cache_attention = traced<"cache_attention", &Ops::cache_attention>,
    .swiglu_forward = traced<"swiglu_forward", &Ops::swiglu_forward>,
    .swiglu_backward = traced<"swiglu_backward", &Ops::swiglu_backward>,
    .gelu_forward = traced<"gelu_forward", &Ops::gelu_forward>,
    .gelu_backward = traced<"gelu_backward", &Ops::gelu_backward>,
    .head_loss = traced<"head_loss", &Ops::head_loss>,
    .sum = traced<"sum", &Ops::sum>,
    .sum_of_squares = traced<"sum_of_squares", &Ops::sum_of_squares>,
    .clip_coefficient = traced<"clip_coefficient", &Ops::clip_coefficient>,
    .adamw = traced<"adamw", &Ops::adamw>,
};

}  // namespace

OpTrace::OpTrace(Context& ctx) : ctx_(ctx), began_(clock_s()) {
  LUCIE_ASSERT(ctx.trace() == nullptr);
  ctx.set_trace(this, &kTraced);
}

OpTrace::~OpTrace() {
  ctx_.set_trace(nullptr, nullptr);
}

double OpTrace::now() const {
  return clock_s() - began_;
}

std::vector<OpEvent> OpTrace::totals() const {
  std::map<std::string, OpEvent> by_name;
  for (const OpEvent& event : events_) {
    OpEvent& total =
        by_name.try_emplace(event.name, event.name, event.start_s, 0, 0, 0).first->second;
    total.seconds += event.seconds;
    total.flops += event.flops;
    total.bytes += event.bytes;
  }
  std::vector<OpEvent> totals;
  for (const auto& [name, total] : by_name) totals.push_back(total);
  std::stable_sort(totals.begin(), totals.end(),
                   [](const OpEvent& a, const OpEvent& b) { return a.seconds > b.seconds; });
  return totals;
}

Json OpTrace::chrome_trace() const {
  Json events = Json::array();
  for (const OpEvent& event : events_) {
    Json row = Json::object();
    row["name"] = event.name;
    row["ph"] = "X";
    row["pid"] = 1;
    row["tid"] = 1;
    row["ts"] = event.start_s * 1e6;
    row["dur"] = event.seconds * 1e6;
    row["args"]["flops"] = event.flops;
    row["args"]["bytes"] = event.bytes;
    events.push_back(std::move(row));
  }
  Json trace = Json::object();
  trace["traceEvents"] = std::move(events);
  return trace;
}

}  // namespace lucie
