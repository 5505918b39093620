// FlashAttention-2 (Dao 2023, algorithm 1): a block of queries goes over the blocks of keys with a
// running maximum and sum, so no (T, S) matrix exists. Blocks start at fixed positions.
#include "tensor/cpu/isa/attention_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {

void attention_pack(const Attention& op, float* kt, float* v, i64 b, i64 head) {
  const i64 rows = round_up(op.keys);
  // v is the packed form of the keys for a moment, then that of the values.
  pack_rows(v, head_rows(op.k, b * op.keys, op.kv_heads, head, op), 1.0f, rows, op.keys);
  transpose_blocks(kt, v, op.padded, rows);
  pack_rows(v, head_rows(op.v, b * op.keys, op.kv_heads, head, op), 1.0f, rows, op.keys);
}

namespace {

// The running softmax of one block of queries.
struct Block {
  float *q, *o, *p;  // (kTile, padded) twice, (kTile, kTile)
  float *top, *total;
  const std::int32_t* starts;  // the first key that each query sees, or null
  i64 queries;
};

// The keys of a block that a query does not see, at its front.
void hide_front(float* scores, i64 hidden) {
  for (i64 s = 0; s < hidden; s += kLanes) {
    const auto seen = iota(static_cast<std::int32_t>(s)) >= static_cast<std::int32_t>(hidden);
    store(scores + s, seen ? load(scores + s) : set1(-__builtin_inff()));
  }
}

// Row r of p: scores in, weights out, of which the first `visible` count.
void softmax_row(const Block& block, i64 r, i64 visible, i64 padded) {
  float* p = block.p + r * kTile;
  const V low = set1(-__builtin_inff());
  V best = low;
  for (i64 s = 0; s < kTile; s += kLanes) {
    V score = load(p + s);
    if (visible < s + kLanes) {
      score = iota(static_cast<std::int32_t>(s)) < static_cast<std::int32_t>(visible) ? score : low;
      store(p + s, score);
    }
    best = max(best, score);
  }
  const float before = block.top[r], found = reduce_max(best);
  const float top = found > before ? found : before;
  V total = {};
  for (i64 s = 0; s < kTile; s += kLanes) {
    const V weight = exp(load(p + s) - set1(top));
    store(p + s, weight);
    total = total + weight;
  }
  block.top[r] = top;
  if (top == before) {
    block.total[r] += reduce_sum(total);
    return;
  }
  const V shrink = exp(set1(before - top));
  block.total[r] = block.total[r] * shrink[0] + reduce_sum(total);
  float* o = block.o + r * padded;
  for (i64 d = 0; d < padded; d += kLanes) store(o + d, load(o + d) * shrink);
}

// A block of keys from `first` on; its bias may be null, and is of `left` keys at most.
struct Keys {
  const float *kt, *v, *bias;
  i64 first, left;
};

void add_keys(const Block& block, const Keys& keys, i64 first_visible, i64 padded) {
  const i64 rows = (block.queries + 3) / 4 * 4;  // those beyond are zeros
  small_product<false>({block.p, kTile, block.q, padded, 1, keys.kt, kTile, rows, kTile, padded});
  add_bias(block.p, rows, keys.bias, keys.left);
  for (i64 r = 0; r < block.queries; ++r) {
    const i64 visible = first_visible + r;
    const i64 hidden = block.starts == nullptr ? 0 : block.starts[r] - keys.first;
    if (hidden >= kTile) {  // no key of this block, and there is no maximum of none
      for (i64 s = 0; s < kTile; s += kLanes) store(block.p + r * kTile + s, V{});
      continue;
    }
    hide_front(block.p + r * kTile, hidden);
    softmax_row(block, r, visible < kTile ? visible : kTile, padded);
  }
  small_product<true>({block.o, padded, block.p, kTile, 1, keys.v, padded, rows, padded, kTile});
}

void finish(const Attention& op, const Block& block, i64 row, i64 head) {
  for (i64 r = 0; r < block.queries; ++r) {
    float* o = block.o + r * op.padded;
    const V inverse = set1(1.0f / block.total[r]);
    for (i64 d = 0; d < op.padded; d += kLanes) store(o + d, load(o + d) * inverse);
    if (op.lse == nullptr) continue;
    op.lse[(row + r) * op.heads + head] = block.top[r] + __builtin_logf(block.total[r]);
  }
  unpack_rows(op.o, (row * op.heads + head) * op.head_dim, op.heads * op.head_dim, op.head_dim,
              block.o, op.padded, block.queries);
}

}  // namespace

void attention_forward(const Attention& op, const float* kt, const float* v, float* scratch,
                       const i64* task) {
  const i64 b = task[0], head = task[1], first = task[2] * kTile;
  const i64 left = op.queries - first;
  Block block = {};
  block.q = scratch;
  block.o = block.q + kTile * op.padded;
  block.p = block.o + kTile * op.padded;
  block.top = block.p + kTile * kTile;
  block.total = block.top + kTile;
  block.queries = left < kTile ? left : kTile;
  const i64 row = b * op.queries + first;
  pack_rows(block.q, head_rows(op.q, row, op.heads, head, op), op.scale, kTile, block.queries);
  for (i64 i = 0; i < kTile * op.padded; i += kLanes) store(block.o + i, V{});
  for (i64 r = 0; r < kTile; ++r) {
    block.top[r] = -__builtin_inff();
    block.total[r] = 0.0f;
  }
  const i64 visible = op.keys - op.queries + first + 1;  // to the block's first query
  const float* bias = bias_of(op, head);
  block.starts = op.starts == nullptr ? nullptr : op.starts + b * op.queries + first;
  // Blocks that even the first query does not see are passed over.
  const i64 begin = block.starts == nullptr ? 0 : block.starts[0] / kTile * kTile;
  for (i64 s = begin; s < visible + block.queries - 1; s += kTile) {
    const Keys keys{kt + s * op.padded, v + s * op.padded, bias == nullptr ? bias : bias + s, s,
                    op.keys - s};
    add_keys(block, keys, visible - s, op.padded);
  }
  finish(op, block, row, head);
}

namespace {

// scores(count) = q . rows of keys, four at a time to keep the loads going.
template <typename K>
void score_keys(float* scores, const float* q, const K* keys, i64 stride, i64 width, i64 count) {
  for (i64 s = 0; s < count; s += 4) {
    const i64 some = count - s < 4 ? count - s : 4;
    V sums[4] = {};
    for (i64 d = 0; d < width; d += kLanes) {
      const V query = load(q + d);
      for (i64 i = 0; i < some; ++i) {
        sums[i] = fma(query, load_up_to(keys + (s + i) * stride + d, width - d), sums[i]);
      }
    }
    for (i64 i = 0; i < some; ++i) scores[s + i] = reduce_sum(sums[i]);
  }
}

// scores(count) += bias(count)
void add_each(float* scores, const float* bias, i64 count) {
  for (i64 s = 0; s < count; s += kLanes) {
    const i64 left = count - s;
    store_up_to(scores + s, load_up_to(scores + s, left) + load_up_to(bias + s, left), left);
  }
}

// weights in place of scores; returns their sum.
float softmax(float* scores, float* top, i64 count) {
  float best = scores[0];
  for (i64 s = 1; s < count; ++s) best = scores[s] > best ? scores[s] : best;
  V total = {};
  for (i64 s = 0; s < count; s += kLanes) {
    V weight = exp(load_up_to(scores + s, count - s) - set1(best));
    if (count - s < kLanes) weight = iota(0) < static_cast<std::int32_t>(count - s) ? weight : V{};
    store_up_to(scores + s, weight, count - s);
    total = total + weight;
  }
  *top = best;
  return reduce_sum(total);
}

template <typename T>
void weigh_values(float* o, const float* weights, const T* values, i64 stride, i64 width,
                  i64 count) {
  constexpr i64 kStep = 4 * kLanes;
  i64 d = 0;
  for (; d + kStep <= width; d += kStep) {
    V sums[4] = {};
    for (i64 s = 0; s < count; ++s) {
      const V weight = set1(weights[s]);
      for (int i = 0; i < 4; ++i) {
        sums[i] = fma(weight, load(values + s * stride + d + i * kLanes), sums[i]);
      }
    }
    for (int i = 0; i < 4; ++i) store(o + d + i * kLanes, sums[i]);
  }
  for (; d < width; d += kLanes) {
    V sum = {};
    for (i64 s = 0; s < count; ++s) {
      sum = fma(set1(weights[s]), load_up_to(values + s * stride + d, width - d), sum);
    }
    store(o + d, sum);
  }
}

}  // namespace

void attention_decode(const Attention& op, float* scratch, i64 b, i64 head) {
  float* q = scratch;
  float* o = q + op.padded;
  float* scores = o + op.padded;
  const float* bias = bias_of(op, head);
  const i64 kv = head / (op.heads / op.kv_heads), stride = op.kv_heads * op.head_dim;
  const i64 first_key = b * op.keys * stride + kv * op.head_dim;
  for (i64 t = 0; t < op.queries; ++t) {
    const i64 row = b * op.queries + t, visible = op.keys - op.queries + t + 1;
    const i64 begin = op.starts == nullptr ? 0 : op.starts[row], count = visible - begin;
    const i64 first_seen = first_key + begin * stride;
    float top = 0.0f, total = 0.0f;
    pack_rows(q, head_rows(op.q, row, op.heads, head, op), op.scale, 1, 1);
    with_float_array(op.k, [&](const auto* k) {
      score_keys(scores, q, k + first_seen, stride, op.head_dim, count);
    });
    if (bias != nullptr) add_each(scores, bias + begin, count);
    total = softmax(scores, &top, count);
    with_float_array(op.v, [&](const auto* v) {
      weigh_values(o, scores, v + first_seen, stride, op.head_dim, count);
    });
    for (i64 d = 0; d < op.padded; d += kLanes) store(o + d, load(o + d) * set1(1.0f / total));
    unpack_rows(op.o, (row * op.heads + head) * op.head_dim, 0, op.head_dim, o, op.padded, 1);
    if (op.lse != nullptr) op.lse[row * op.heads + head] = top + __builtin_logf(total);
  }
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
