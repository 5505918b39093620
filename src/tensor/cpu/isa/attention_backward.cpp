// FlashAttention-2's backward pass (Dao 2023, algorithm 2) for one kv head: blocks of keys outside,
// blocks of queries inside, scores recomputed from the log-sum-exp. The query heads that share the
// kv head add to its dk and dv one after the other.
#include "tensor/cpu/isa/attention_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Packed f32 (T rounded up, padded) matrices; kt and vt in blocks of (padded, kTile).
struct Packed {
  float *k, *kt, *vt, *dk, *dv;  // of the kv head
  float *q, *d_o, *dq;           // of the query head in hand; q holds scale * q
  float *delta, *lse;            // (T)
  float *p, *ds;                 // (kTile, kTile)
  const float* bias;             // (T) of the query head in hand, or null
  const std::int32_t* starts;    // (T): the first key that each query sees, or null
  i64 queries, rows;             // T, T rounded up
};

Packed carve(float* scratch, const Attention& op) {
  Packed at = {};
  at.queries = op.queries;
  at.rows = round_up(op.queries);
  const i64 matrix = at.rows * op.padded;
  float** const matrices[] = {&at.k, &at.kt, &at.vt, &at.dk, &at.dv, &at.q, &at.d_o, &at.dq};
  for (float** one : matrices) {
    *one = scratch;
    scratch += matrix;
  }
  at.delta = scratch;
  at.lse = at.delta + at.rows;
  at.p = at.lse + at.rows;
  at.ds = at.p + kTile * kTile;
  return at;
}

void clear(float* x, i64 n) {
  for (i64 i = 0; i < n; i += kLanes) store(x + i, V{});
}

// Rows beyond T are zeros with lse 0: their p is 1, but it only meets zeros.
void load_query_head(Packed& at, const AttentionBackward& op, i64 b, i64 head) {
  const Attention& shape = op.forward;
  const i64 row = b * shape.queries, padded = shape.padded;
  // dq holds the outputs until delta is known.
  pack_rows(at.dq, head_rows(op.o, row, shape.heads, head, shape), 1.0f, at.rows, shape.queries);
  pack_rows(at.d_o, head_rows(op.d_o, row, shape.heads, head, shape), 1.0f, at.rows, shape.queries);
  pack_rows(at.q, head_rows(shape.q, row, shape.heads, head, shape), shape.scale, at.rows,
            shape.queries);
  for (i64 t = 0; t < at.rows; ++t) {
    V sum = {};
    for (i64 d = 0; d < padded; d += kLanes) {
      sum = fma(load(at.dq + t * padded + d), load(at.d_o + t * padded + d), sum);
    }
    at.delta[t] = reduce_sum(sum);
    at.lse[t] = t < shape.queries ? op.lse[(row + t) * shape.heads + head] : 0.0f;
  }
  at.bias = bias_of(shape, head);
  clear(at.dq, at.rows * padded);
}

// p = e^(scores - lse), zero above the diagonal and before a query's first key; ds = p * (dp -
// delta), in place.
void weights_and_gradients(const Packed& at, i64 first_query, i64 first_key) {
  const bool diagonal = first_query == first_key;
  for (i64 r = 0; r < kTile; ++r) {
    const bool starts = at.starts != nullptr && first_query + r < at.queries;
    const auto hidden =
        static_cast<std::int32_t>(starts ? at.starts[first_query + r] - first_key : 0);
    const V lse = set1(at.lse[first_query + r]), delta = set1(at.delta[first_query + r]);
    for (i64 s = 0; s < kTile; s += kLanes) {
      float* p = at.p + r * kTile + s;
      float* ds = at.ds + r * kTile + s;
      V weight = exp(load(p) - lse);
      if (diagonal) {
        weight = iota(static_cast<std::int32_t>(s)) <= static_cast<std::int32_t>(r) ? weight : V{};
      }
      if (hidden > s) weight = iota(static_cast<std::int32_t>(s)) >= hidden ? weight : V{};
      store(p, weight);
      store(ds, weight * (load(ds) - delta));
    }
  }
}

// Queries i ... i + kTile - 1 against keys j ... j + kTile - 1.
void add_blocks(const Packed& at, i64 i, i64 j, i64 padded) {
  const float* q = at.q + i * padded;
  const float* d_o = at.d_o + i * padded;
  small_product<false>(
      {at.p, kTile, q, padded, 1, at.kt + j * padded, kTile, kTile, kTile, padded});
  small_product<false>(
      {at.ds, kTile, d_o, padded, 1, at.vt + j * padded, kTile, kTile, kTile, padded});
  add_bias(at.p, kTile, at.bias == nullptr ? at.bias : at.bias + j, at.queries - j);
  weights_and_gradients(at, i, j);
  small_product<true>(
      {at.dv + j * padded, padded, at.p, 1, kTile, d_o, padded, kTile, padded, kTile});
  small_product<true>(
      {at.dk + j * padded, padded, at.ds, 1, kTile, q, padded, kTile, padded, kTile});
  small_product<true>({at.dq + i * padded, padded, at.ds, kTile, 1, at.k + j * padded, padded,
                       kTile, padded, kTile});
}

}  // namespace

void attention_backward(const AttentionBackward& op, float* scratch, i64 b, i64 kv_head) {
  const Attention& shape = op.forward;
  Packed at = carve(scratch, shape);
  at.starts = shape.starts == nullptr ? nullptr : shape.starts + b * shape.queries;
  const i64 padded = shape.padded, row = b * shape.queries;
  // dk holds the packed values until they are transposed.
  pack_rows(at.dk, head_rows(shape.v, row, shape.kv_heads, kv_head, shape), 1.0f, at.rows,
            shape.queries);
  transpose_blocks(at.vt, at.dk, padded, at.rows);
  pack_rows(at.k, head_rows(shape.k, row, shape.kv_heads, kv_head, shape), 1.0f, at.rows,
            shape.queries);
  transpose_blocks(at.kt, at.k, padded, at.rows);
  clear(at.dk, at.rows * padded);
  clear(at.dv, at.rows * padded);

  const i64 group = shape.heads / shape.kv_heads;
  for (i64 head = kv_head * group; head < (kv_head + 1) * group; ++head) {
    load_query_head(at, op, b, head);
    for (i64 j = 0; j < at.rows; j += kTile) {
      for (i64 i = j; i < at.rows; i += kTile) {
        // From here on no query sees one of these keys.
        if (at.starts != nullptr && at.starts[i] >= j + kTile) break;
        add_blocks(at, i, j, padded);
      }
    }
    for (i64 n = 0; n < at.rows * padded; n += kLanes) {
      store(at.dq + n, load(at.dq + n) * set1(shape.scale));
    }
    unpack_rows(op.dq, (row * shape.heads + head) * shape.head_dim, shape.heads * shape.head_dim,
                shape.head_dim, at.dq, padded, shape.queries);
  }
  const i64 first = (row * shape.kv_heads + kv_head) * shape.head_dim;
  const i64 stride = shape.kv_heads * shape.head_dim;
  unpack_rows(op.dk, first, stride, shape.head_dim, at.dk, padded, shape.queries);
  unpack_rows(op.dv, first, stride, shape.head_dim, at.dv, padded, shape.queries);
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
