// Attention over a paged cache: the running softmax of FlashAttention-2 (Dao 2023, algorithm 1)
// with a page as its block of keys. One row or many, each line (a query at a head) goes through the
// same sums in the same order: a page is decoded once into cache, transposed, and multiplied by
// however many lines there are.
#include "tensor/cpu/isa/attention_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Line g * count + i is query i at the g-th head of the kv head.
struct Lines {
  float *q, *o, *p;    // (M, padded) twice, (M, kTile)
  float *top, *total;  // (M)
  float *kt, *tile;    // (padded, kTile), (kTile, padded)
  i64 count, even;     // M as it is, and rounded up to 2: nobody reads the line beyond
};

Lines carve(float* scratch, const CacheAttention& op, i64 count) {
  Lines at = {};
  at.count = count;
  at.even = (count + 1) / 2 * 2;
  at.q = scratch;
  at.o = at.q + at.even * op.padded;
  at.p = at.o + at.even * op.padded;
  at.kt = at.p + at.even * kTile;
  at.tile = at.kt + kTile * op.padded;
  at.top = at.tile + kTile * op.padded;
  at.total = at.top + at.even;
  return at;
}

// The rows of one query head.
HeadRows rows_of(ConstArray x, const CacheAttention& op, const CacheQueries& queries, i64 g) {
  const i64 head = queries.kv_head * (op.heads / op.kv_heads) + g;
  return {x, (queries.row * op.heads + head) * op.head_dim, op.heads * op.head_dim, op.head_dim,
          op.padded};
}

void load_queries(const Lines& at, const CacheAttention& op, const CacheQueries& queries) {
  for (i64 m = at.count; m < at.even; ++m) {
    for (i64 d = 0; d < op.padded; d += kLanes) store(at.q + m * op.padded + d, V{});
  }
  for (i64 g = 0; g < op.heads / op.kv_heads; ++g) {
    pack_rows(at.q + g * queries.count * op.padded, rows_of(op.q, op, queries, g), op.scale,
              queries.count, queries.count);
  }
  for (i64 i = 0; i < at.even * op.padded; i += kLanes) store(at.o + i, V{});
  for (i64 m = 0; m < at.even; ++m) {
    at.top[m] = -__builtin_inff();
    at.total[m] = 0.0f;
  }
}

// tile(kTile, padded) = a page of one head; only the first `keys` rows need to be right.
void load_page(float* tile, ConstArray pages, i64 first_row, const CacheAttention& op, i64 keys) {
  const char* rows = static_cast<const char*>(pages.data) + first_row * op.row_bytes;
  if (op.head_dim == op.padded) {
    convert({tile, Element::kF32}, {rows, pages.type}, keys * op.head_dim);
    return;
  }
  for (i64 s = 0; s < keys; ++s) {
    float* row = tile + s * op.padded;
    for (i64 d = op.head_dim / kLanes * kLanes; d < op.padded; d += kLanes) store(row + d, V{});
    convert({row, Element::kF32}, {rows + s * op.row_bytes, pages.type}, op.head_dim);
  }
}

// kt(D, kTile) = the keys of a page of one head, transposed.
void load_keys(const Lines& at, i64 first_row, const CacheAttention& op, i64 keys) {
  const auto transpose = [&]<typename T>(const T* rows, i64 stride) {
    pack(at.kt, kTile, Lanes<Singles<T>>{rows, stride, 1, keys, op.head_dim});
  };
  const char* rows = static_cast<const char*>(op.keys.data) + first_row * op.row_bytes;
  switch (op.keys.type) {
    case Element::kF32:
    case Element::kBF16:
    case Element::kF16:
      return with_float_array({rows, op.keys.type},
                              [&](const auto* x) { transpose(x, op.head_dim); });
    default:
      load_page(at.tile, op.keys, first_row, op, keys);
      transpose(static_cast<const float*>(at.tile), op.padded);
  }
}

// What a line sees of a page: its keys begin ... end - 1, with a bias or null, of which `left`
// stand.
struct Seen {
  i64 begin, end;
  const float* bias;
  i64 left;
};

// Scores of line m in, weights out.
void softmax_line(const Lines& at, i64 m, const Seen& seen, i64 padded) {
  const auto [begin, end, bias, left] = seen;
  float* p = at.p + m * kTile;
  if (begin >= end || begin >= kTile) {  // there is no maximum of none
    for (i64 s = 0; s < kTile; s += kLanes) store(p + s, V{});
    return;
  }
  const V low = set1(-__builtin_inff());
  V best = low;
  for (i64 s = 0; s < kTile; s += kLanes) {
    V score = load(p + s);
    if (bias != nullptr && s < left) score = score + load_up_to(bias + s, left - s);
    if (begin > s || end < s + kLanes) {
      const VI key = iota(static_cast<std::int32_t>(s));
      score = key >= static_cast<std::int32_t>(begin) ? score : low;
      score = key < static_cast<std::int32_t>(end) ? score : low;
    }
    store(p + s, score);
    best = max(best, score);
  }
  const float before = at.top[m], found = reduce_max(best);
  const float top = found > before ? found : before;
  V total = {};
  for (i64 s = 0; s < kTile; s += kLanes) {
    const V weight = exp(load(p + s) - set1(top));
    store(p + s, weight);
    total = total + weight;
  }
  const V shrink = exp(set1(before - top));
  at.top[m] = top;
  at.total[m] = at.total[m] * shrink[0] + reduce_sum(total);
  if (top == before) return;
  float* o = at.o + m * padded;
  for (i64 d = 0; d < padded; d += kLanes) store(o + d, load(o + d) * shrink);
}

void add_page(const Lines& at, const CacheAttention& op, const CacheQueries& queries, i64 page) {
  const i64 first = page * kTile, seen = queries.position + queries.count - first;
  const i64 keys = seen < kTile ? seen : kTile, group = op.heads / op.kv_heads;
  const i64 number = op.tables[queries.sequence * op.table_stride + page];
  const i64 row = (number * op.kv_heads + queries.kv_head) * kTile;
  load_keys(at, row, op, keys);
  small_product<Singly, false>(
      {at.p, kTile, at.q, op.padded, 1, at.kt, kTile, at.even, kTile, op.head_dim});
  for (i64 m = 0; m < at.count; ++m) {
    const i64 end = queries.position + m % queries.count + 1 - first;
    const i64 head = queries.kv_head * group + m / queries.count;
    const float* bias = op.bias == nullptr ? nullptr : op.bias + head * op.bias_stride + first;
    softmax_line(
        at, m,
        {op.window > 0 && end > op.window ? end - op.window : 0, end, bias, op.bias_stride - first},
        op.padded);
  }
  load_page(at.tile, op.values, row, op, keys);
  small_product<Singly, true>(
      {at.o, op.padded, at.p, kTile, 1, at.tile, op.padded, at.even, op.padded, keys});
}

}  // namespace

void cache_attention(const CacheAttention& op, const CacheQueries& queries, float* scratch) {
  const i64 group = op.heads / op.kv_heads;
  const Lines at = carve(scratch, op, queries.count * group);
  load_queries(at, op, queries);
  const i64 hidden = op.window > 0 ? queries.position + 1 - op.window : 0;
  const i64 last = (queries.position + queries.count - 1) / kTile;
  for (i64 page = hidden > 0 ? hidden / kTile : 0; page <= last; ++page) {
    add_page(at, op, queries, page);
  }
  for (i64 g = 0; g < group; ++g) {
    for (i64 i = 0; i < queries.count; ++i) {
      const i64 m = g * queries.count + i;
      float* o = at.o + m * op.padded;
      const V inverse = set1(1.0f / at.total[m]);
      for (i64 d = 0; d < op.padded; d += kLanes) store(o + d, load(o + d) * inverse);
    }
    const HeadRows rows = rows_of({op.o.data, op.o.type}, op, queries, g);
    unpack_rows(op.o, rows.first, rows.stride, op.head_dim, at.o + g * queries.count * op.padded,
                op.padded, queries.count);
  }
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
