// FlashAttention-2 (Dao 2023, algorithm 1): a block of queries goes over the blocks of keys with a
// running maximum and sum, so no (T, T) matrix exists. Blocks start at fixed positions.
#include "tensor/cpu/isa/attention_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {

void attention_pack(const Attention& op, float* kt, float* v, i64 b, i64 head) {
  with_mode(op, [&]<typename Mode>(Mode) {
    pack_transposed<Mode>(kt, head_rows(op.k, b * op.queries, op.kv_heads, head, op), op.queries);
    pack_upright<Mode>(v, head_rows(op.v, b * op.queries, op.kv_heads, head, op), op.queries);
  });
}

namespace {

// The running softmax of one block of queries.
struct Block {
  float *q, *o;            // (kTile, padded): the values of a mode, f32
  float *scores, *shares;  // (kTile, kTile): f32, the values of a mode; the same memory in f32
  float *top, *total;
  const float* bias;           // of the head, or null
  const std::int32_t* starts;  // the first key that each query sees, or null
  i64 queries;
  float scale;
};

// What a row sees of a block of keys: those from `hidden` on, as far as `visible`.
struct Sight {
  i64 first, hidden, visible;  // key of column 0; columns
};

// Row r: scores in, the bias of the keys added, those out of sight far down. Returns the maximum.
float mask_row(const Block& block, i64 r, const Sight& sight) {
  float* scores = block.scores + r * kTile;
  const V low = set1(-__builtin_inff());
  V best = low;
  for (i64 s = 0; s < kTile; s += kLanes) {
    V score = load(scores + s) * set1(block.scale);
    const i64 seen = sight.visible - s;
    if (block.bias != nullptr) score = score + load_up_to(block.bias + sight.first + s, seen);
    if (seen < kLanes) score = iota(0) < static_cast<std::int32_t>(seen) ? score : low;
    if (sight.hidden > s) {
      score = iota(0) >= static_cast<std::int32_t>(sight.hidden - s) ? score : low;
    }
    store(scores + s, score);
    best = max(best, score);
  }
  return reduce_max(best);
}

// Row r of the scores to shares, with what is already in o brought to the same maximum.
template <typename Mode>
void softmax_row(const Block& block, i64 r, const Sight& sight, i64 padded) {
  const float before = block.top[r], found = mask_row(block, r, sight);
  const float top = found > before ? found : before;
  auto* shares = reinterpret_cast<typename Mode::Value*>(block.shares) + r * kTile;
  V total = {};
  for (i64 s = 0; s < kTile; s += kLanes) {
    const V share = exp(load(block.scores + r * kTile + s) - set1(top));
    store(shares + s, share);
    total = total + share;
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

// The keys of columns 0 ... kTile - 1, of which the first query sees `visible`.
template <typename Mode>
void add_keys(const Attention& op, const Block& block, const float* kt, const float* v,
              const Sight& first_row) {
  constexpr i64 kUnits = kTile / Mode::kValues;
  const i64 padded = op.padded, rows = (block.queries + 3) / 4 * 4;  // those beyond are zeros
  small_product<typename Mode::Arithmetic, false>({block.scores, kTile, block.q,
                                                   padded / Mode::kValues, 1, kt, kTile, rows,
                                                   kTile, depth_of<Mode>(op)});
  for (i64 r = 0; r < block.queries; ++r) {
    Sight sight = first_row;
    sight.visible = sight.visible + r < kTile ? sight.visible + r : kTile;
    sight.hidden = block.starts == nullptr ? 0 : block.starts[r] - sight.first;
    if (sight.hidden >= kTile) {  // no key of this block, and there is no maximum of none
      clear(block.shares + r * kUnits, kUnits);
    } else {
      softmax_row<Mode>(block, r, sight, padded);
    }
  }
  small_product<typename Mode::Arithmetic, true>(
      {block.o, padded, block.shares, kUnits, 1, v, padded, rows, padded, kUnits});
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

template <typename Mode>
Block start(const Attention& op, float* scratch, const i64* task) {
  const i64 b = task[0], head = task[1], first = task[2] * kTile, left = op.queries - first;
  Block block = {};
  block.q = scratch;
  block.o = block.q + kTile * op.padded;
  block.scores = block.o + kTile * op.padded;
  block.shares = Mode::kValues == 1 ? block.scores : block.scores + kTile * kTile;
  block.top = block.scores + 2 * kTile * kTile;
  block.total = block.top + kTile;
  block.queries = left < kTile ? left : kTile;
  block.bias = bias_of(op, head);
  block.starts = op.starts == nullptr ? nullptr : op.starts + b * op.queries + first;
  block.scale = op.scale;
  pack_left<Mode>(block.q, head_rows(op.q, b * op.queries + first, op.heads, head, op), kTile,
                  block.queries);
  clear(block.o, kTile * op.padded);
  clear(block.shares, kTile * kTile / Mode::kValues);
  for (i64 r = 0; r < kTile; ++r) {
    block.top[r] = -__builtin_inff();
    block.total[r] = 0.0f;
  }
  return block;
}

}  // namespace

void attention_forward(const Attention& op, const float* kt, const float* v, float* scratch,
                       const i64* task) {
  const i64 first = task[2] * kTile;
  with_mode(op, [&]<typename Mode>(Mode) {
    const Block block = start<Mode>(op, scratch, task);
    // Blocks that even the first query does not see are passed over.
    const i64 begin = block.starts == nullptr ? 0 : block.starts[0] / kTile * kTile;
    for (i64 s = begin; s < first + block.queries; s += kTile) {
      const i64 offset = s * op.padded / Mode::kValues;
      add_keys<Mode>(op, block, kt + offset, v + offset, {s, 0, first + 1 - s});
    }
    finish(op, block, task[0] * op.queries + first, task[1]);
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
