#include <cmath>

#include "tensor/op_cases.h"

namespace lucie {
namespace {

AttentionShape attention(std::int64_t batch, std::int64_t queries, std::int64_t heads,
                         std::int64_t kv_heads, std::int64_t head_dim) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  return {batch, queries, heads, kv_heads, head_dim, scale};
}

std::string detail(DType type, const AttentionShape& s) {
  std::string name = std::string(dtype_info(type).name) + "/";
  for (const std::int64_t n : {s.batch, s.queries, s.heads, s.kv_heads, s.head_dim}) {
    name += std::to_string(n) + ".";
  }
  return name;
}

Shape query_shape(const AttentionShape& s) {
  return {s.batch, s.queries, s.heads, s.head_dim};
}
Shape key_shape(const AttentionShape& s) {
  return {s.batch, s.queries, s.kv_heads, s.head_dim};
}

// The first keys of documents of several lengths, one after the other: within a block of 32 keys of
// the fast kernels, from its last key on, from its first, and over several. Other ones in each
// sequence.
Tensor document_starts(CaseRun& run, const AttentionShape& s) {
  constexpr std::int64_t kLengths[] = {3, 1, 27, 65, 12, 40};
  std::vector<std::int32_t> starts;
  std::size_t next = 0;
  for (std::int64_t b = 0; b < s.batch; ++b) {
    for (std::int64_t t = 0, end = 0, begin = 0; t < s.queries; ++t) {
      if (t == end) {
        begin = t;
        end += kLengths[next++ % std::size(kLengths)];
      }
      starts.push_back(static_cast<std::int32_t>(begin));
    }
  }
  return run.ctx().upload({s.batch, s.queries}, starts);
}

void forward_case(CaseRun& run, DType type, const AttentionShape& shape) {
  const Tensor q = run.normal(type, query_shape(shape));
  const Tensor k = run.normal(type, key_shape(shape)), v = run.normal(type, key_shape(shape));
  const Tensor o = run.unwritten(type, query_shape(shape));
  const Tensor lse = run.unwritten(DType::kF32, {shape.batch, shape.queries, shape.heads});
  run.op().attention_forward(run.ctx(), o, lse, q, k, v, Tensor(), Tensor(), shape);
  run.keep("o", o);
  run.keep("lse", lse);
  const Tensor again = run.unwritten(type, query_shape(shape));
  run.op().attention_forward(run.ctx(), again, Tensor(), q, k, v, Tensor(), Tensor(), shape);
  run.keep("o without lse", again);
  // As ALiBi's, in a table that has room for more keys.
  const Tensor bias = run.normal(DType::kF32, {shape.heads, shape.queries + 5}, 2.0f);
  run.op().attention_forward(run.ctx(), o, lse, q, k, v, bias, Tensor(), shape);
  run.keep("o with bias", o);
  run.keep("lse with bias", lse);
  const Tensor starts = document_starts(run, shape);
  run.op().attention_forward(run.ctx(), o, lse, q, k, v, bias, starts, shape);
  run.keep("o of documents", o);
  run.keep("lse of documents", lse);
}

enum class Extra { kNone, kBias, kDocuments };

void backward_case(CaseRun& run, DType type, const AttentionShape& shape, Extra extra) {
  const Tensor q = run.normal(type, query_shape(shape));
  const Tensor k = run.normal(type, key_shape(shape)), v = run.normal(type, key_shape(shape));
  const Tensor o = run.unwritten(type, query_shape(shape));
  const Tensor lse = run.unwritten(DType::kF32, {shape.batch, shape.queries, shape.heads});
  const Tensor bias = extra == Extra::kBias
                          ? run.normal(DType::kF32, {shape.heads, shape.queries + 5}, 2.0f)
                          : Tensor();
  const Tensor starts = extra == Extra::kDocuments ? document_starts(run, shape) : Tensor();
  run.op().attention_forward(run.ctx(), o, lse, q, k, v, bias, starts, shape);
  const Tensor d_o = run.normal(type, query_shape(shape));
  const Tensor dq = run.unwritten(type, query_shape(shape));
  const Tensor dk = run.unwritten(type, key_shape(shape));
  const Tensor dv = run.unwritten(type, key_shape(shape));
  run.op().attention_backward(run.ctx(), dq, dk, dv, d_o, o, lse, q, k, v, bias, starts, shape);
  // One position has no gradient but rounding: an error relative to zero says nothing.
  if (shape.queries > 1) {
    run.keep("dq", dq);
    run.keep("dk", dk);
  }
  run.keep("dv", dv);
}

}  // namespace

void add_attention_cases(std::vector<OpCase>& cases) {
  const AttentionShape shapes[] = {
      attention(1, 1, 1, 1, 4), attention(2, 7, 4, 2, 8), attention(2, 33, 3, 1, 10),
      attention(1, 70, 4, 2, 32), attention(3, 9, 6, 2, 64), attention(1, 130, 2, 2, 16),
      // Lengths at which row tiles of 6 and 14 leave a remainder, at several head widths.
      attention(1, 8, 2, 1, 32), attention(1, 16, 2, 1, 48), attention(1, 20, 2, 1, 32),
      attention(1, 44, 2, 1, 80), attention(1, 52, 2, 1, 16), attention(1, 31, 2, 1, 32),
      // So many kv heads that the backward pass takes each with its query heads, and an odd width.
      attention(4, 40, 4, 2, 32), attention(3, 67, 6, 3, 9),
      // Wide heads, as Pythia's.
      attention(1, 70, 2, 1, 80), attention(1, 66, 2, 2, 256),
      // More keys than the backward pass takes at a time.
      attention(1, 290, 2, 1, 16)};
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const AttentionShape& shape : shapes) {
      add_case(cases, "attention_forward", detail(type, shape),
               [=](CaseRun& run) { forward_case(run, type, shape); });
      add_case(cases, "attention_backward", detail(type, shape),
               [=](CaseRun& run) { backward_case(run, type, shape, Extra::kNone); });
      add_case(cases, "attention_backward", detail(type, shape) + "/bias",
               [=](CaseRun& run) { backward_case(run, type, shape, Extra::kBias); });
      add_case(cases, "attention_backward", detail(type, shape) + "/documents",
               [=](CaseRun& run) { backward_case(run, type, shape, Extra::kDocuments); });
    }
  }
}

}  // namespace lucie
