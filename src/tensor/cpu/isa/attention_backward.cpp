// FlashAttention-2's backward pass (Dao 2023, algorithm 2) for query heads that share a kv head:
// some keys outside, blocks of queries inside, scores recomputed from the log-sum-exp. The query
// heads add to dk and dv one after the other.
#include "tensor/cpu/isa/attention_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Matrices of T rounded up to blocks; left and right sides as attention_pack.h has them.
struct Packed {
  float *k, *kt, *vt;                      // right sides, of the kv head
  float *q, *d_o;                          // left sides, of the query head in hand
  float *q_upright, *d_o_upright;          // right sides; in f32 the same memory
  float *dk, *dv, *dq;                     // (T, padded) f32
  float *delta, *lse;                      // (T)
  float *scores, *dp;                      // (kTile, kTile) f32
  float *p_across, *ds_across, *ds_along;  // (kTile, kTile); in f32 on top of scores and dp
  const float* bias;                       // (T) of the query head in hand, or null
  const std::int32_t* starts;              // (T): the first key that each query sees, or null
  i64 queries, rows;                       // T, T rounded up
  float scale;
};

template <typename Mode>
Packed carve(float* scratch, const Attention& op) {
  Packed at = {};
  at.queries = op.queries;
  at.rows = round_up(op.queries);
  at.scale = op.scale;
  const auto take = [&](i64 floats) {
    float* piece = scratch;
    scratch += floats;
    return piece;
  };
  const i64 matrix = at.rows * op.padded, side = matrix / Mode::kValues;
  for (float** one : {&at.k, &at.kt, &at.vt, &at.q, &at.d_o}) *one = take(side);
  for (float** one : {&at.dk, &at.dv, &at.dq}) *one = take(matrix);
  for (float** one : {&at.delta, &at.lse}) *one = take(at.rows);
  for (float** one : {&at.scores, &at.dp}) *one = take(kTile * kTile);
  at.q_upright = at.q;
  at.d_o_upright = at.d_o;
  at.p_across = at.scores;
  at.ds_across = at.ds_along = at.dp;
  if (Mode::kValues == 1) return at;
  for (float** one : {&at.q_upright, &at.d_o_upright}) *one = take(side);
  for (float** one : {&at.p_across, &at.ds_across, &at.ds_along}) *one = take(kTile * kTile / 2);
  return at;
}

template <typename Mode>
void load_kv_head(const Packed& at, const Attention& op, i64 b, i64 head) {
  const HeadRows k = head_rows(op.k, b * op.queries, op.kv_heads, head, op);
  const HeadRows v = head_rows(op.v, b * op.queries, op.kv_heads, head, op);
  pack_upright<Mode>(at.k, k, op.queries);
  pack_transposed<Mode>(at.kt, k, op.queries);
  pack_transposed<Mode>(at.vt, v, op.queries);
  clear(at.dk, at.rows * op.padded);
  clear(at.dv, at.rows * op.padded);
}

// delta(T) = sum over D of o and its gradient, which are of one type.
void load_delta(float* delta, const HeadRows& o, const HeadRows& d_o, i64 count) {
  with_array(o.x, [&]<typename T>(const T* from) {
    for (i64 t = 0; t < count; ++t) {
      const T* row = from + o.first + t * o.stride;
      const T* gradient = static_cast<const T*>(d_o.x.data) + d_o.first + t * d_o.stride;
      V sum = {};
      for (i64 d = 0; d < o.width; d += kLanes) {
        sum = fma(load_up_to(row + d, o.width - d), load_up_to(gradient + d, o.width - d), sum);
      }
      delta[t] = reduce_sum(sum);
    }
  });
}

// Rows beyond T are zeros with lse 0: their p is 1, but it only meets zeros.
template <typename Mode>
void load_query_head(Packed& at, const AttentionBackward& op, i64 b, i64 head) {
  const Attention& shape = op.forward;
  const i64 row = b * shape.queries;
  const HeadRows q = head_rows(shape.q, row, shape.heads, head, shape);
  const HeadRows d_o = head_rows(op.d_o, row, shape.heads, head, shape);
  pack_left<Mode>(at.q, q, at.rows, shape.queries);
  pack_left<Mode>(at.d_o, d_o, at.rows, shape.queries);
  if (Mode::kValues > 1) {
    pack_upright<Mode>(at.q_upright, q, shape.queries);
    pack_upright<Mode>(at.d_o_upright, d_o, shape.queries);
  }
  clear(at.delta, at.rows);
  clear(at.lse, at.rows);
  load_delta(at.delta, head_rows(op.o, row, shape.heads, head, shape), d_o, shape.queries);
  for (i64 t = 0; t < shape.queries; ++t) at.lse[t] = op.lse[(row + t) * shape.heads + head];
  at.bias = bias_of(shape, head);
  clear(at.dq, at.rows * shape.padded);
}

// Rows first_query + r and the columns from s on of a tile.
struct Place {
  i64 first_query, first_key, r, s;
};

// e^(scores - lse), zero above the diagonal and before the query's first key.
V share(const Packed& at, const Place& at_key, V bias) {
  const i64 query = at_key.first_query + at_key.r, key = at_key.first_key + at_key.s;
  const V score = load(at.scores + at_key.r * kTile + at_key.s);
  V value = exp(fma(score, set1(at.scale), bias - set1(at.lse[query])));
  const i64 seen = query + 1 - key;
  if (seen < kLanes) value = iota(0) < static_cast<std::int32_t>(seen) ? value : V{};
  if (at.starts == nullptr || query >= at.queries) return value;
  const i64 hidden = at.starts[query] - key;
  if (hidden > 0) value = iota(0) >= static_cast<std::int32_t>(hidden) ? value : V{};
  return value;
}

// p from the scores, and ds = p * (dp - delta), of which the scale is left for the end.
template <typename Mode>
void shares_and_gradients(const Packed& at, i64 first_query, i64 first_key) {
  for (i64 s = 0; s < kTile; s += kLanes) {
    const V bias =
        at.bias == nullptr ? V{} : load_up_to(at.bias + first_key + s, at.queries - first_key - s);
    for (i64 r = 0; r < kTile; r += 2) {
      V p[2], ds[2];
      for (i64 i = 0; i < 2; ++i) {
        p[i] = share(at, {first_query, first_key, r + i, s}, bias);
        ds[i] = p[i] * (load(at.dp + (r + i) * kTile + s) - set1(at.delta[first_query + r + i]));
        if (Mode::kValues > 1) {
          store(reinterpret_cast<typename Mode::Value*>(at.ds_along) + (r + i) * kTile + s, ds[i]);
        }
      }
      Mode::store_across(at.p_across, r, s, p[0], p[1]);
      Mode::store_across(at.ds_across, r, s, ds[0], ds[1]);
    }
  }
}

// Queries i ... i + kTile - 1 against keys j ... j + kTile - 1.
template <typename Mode>
void add_blocks(const Packed& at, i64 i, i64 j, const Attention& op) {
  using Arithmetic = typename Mode::Arithmetic;
  constexpr i64 kUnits = kTile / Mode::kValues;
  const i64 padded = op.padded, row = padded / Mode::kValues, depth = depth_of<Mode>(op);
  const i64 query = i * row, key = j * row;
  small_product<Arithmetic, false>(
      {at.scores, kTile, at.q + query, row, 1, at.kt + key, kTile, kTile, kTile, depth});
  small_product<Arithmetic, false>(
      {at.dp, kTile, at.d_o + query, row, 1, at.vt + key, kTile, kTile, kTile, depth});
  shares_and_gradients<Mode>(at, i, j);
  small_product<Arithmetic, true>({at.dv + j * padded, padded, at.p_across, 1, kTile,
                                   at.d_o_upright + query, padded, kTile, padded, kUnits});
  small_product<Arithmetic, true>({at.dk + j * padded, padded, at.ds_across, 1, kTile,
                                   at.q_upright + query, padded, kTile, padded, kUnits});
  small_product<Arithmetic, true>({at.dq + i * padded, padded, at.ds_along, kUnits, 1, at.k + key,
                                   padded, kTile, padded, kUnits});
}

// So many keys stay in the second-level cache while all queries pass by: their k, v, dk and dv take
// 224 KB at D = 64 in bf16. One block of keys at a time would read the queries four times as often.
constexpr i64 kKeys = 4 * kTile;

template <typename Mode>
void add_keys(const Packed& at, i64 first, const Attention& op) {
  for (i64 i = first; i < at.rows; i += kTile) {
    const i64 hidden = at.starts == nullptr ? 0 : at.starts[i];
    if (hidden >= first + kKeys) return;  // no query from here on sees one of these keys
    for (i64 j = first; j <= i && j < first + kKeys; j += kTile) {
      if (hidden < j + kTile) add_blocks<Mode>(at, i, j, op);
    }
  }
}

// A head of a gradient (B, T, heads, D) from its packed form, times a factor.
void unpack_head(Array out, const Attention& op, float* packed, float factor, const i64* head) {
  const i64 b = head[0], heads = head[1], which = head[2];
  for (i64 i = 0; i < op.queries * op.padded; i += kLanes) {
    store(packed + i, load(packed + i) * set1(factor));
  }
  unpack_rows(out, (b * op.queries * heads + which) * op.head_dim, heads * op.head_dim, op.head_dim,
              packed, op.padded, op.queries);
}

}  // namespace

void attention_backward(const AttentionBackward& op, float* scratch, i64 b, i64 part) {
  const Attention& shape = op.forward;
  const i64 group = shape.heads / op.parts, kv_head = part * shape.kv_heads / op.parts;
  with_mode(shape, [&]<typename Mode>(Mode) {
    Packed at = carve<Mode>(scratch, shape);
    at.starts = shape.starts == nullptr ? nullptr : shape.starts + b * shape.queries;
    load_kv_head<Mode>(at, shape, b, kv_head);
    for (i64 head = part * group; head < (part + 1) * group; ++head) {
      load_query_head<Mode>(at, op, b, head);
      for (i64 j = 0; j < at.rows; j += kKeys) add_keys<Mode>(at, j, shape);
      const i64 place[] = {b, shape.heads, head};
      unpack_head(op.dq, shape, at.dq, shape.scale, place);
    }
    const i64 place[] = {b, op.parts, part};
    unpack_head(op.dk, shape, at.dk, shape.scale, place);
    unpack_head(op.dv, shape, at.dv, 1.0f, place);
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
