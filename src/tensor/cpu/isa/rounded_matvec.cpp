// y(N, O) = x(N, I) w(O, I)^T for few rows of rounded activations: weights are read once, in the
// order in which they stand and over the ends of rows, kLanes runs at a time, one run to a lane.
// What the runs of kLanes outputs come to is kept in scratch and then summed, one output to a lane:
// each sum is in the order of its runs, as in rounded_gemm.cpp, and has the same bits.
#include "tensor/cpu/isa/gemm_pack.h"
#include "tensor/cpu/isa/outputs.h"
#include "tensor/cpu/isa/run_factors.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Ahead, into the runs that follow: two pages, so that finding the next one in the page table is
// hidden too.
constexpr i64 kPrefetchBytes = 8192;

// sum * scale (+ minimum * total): what a run, or a half of it, adds to an output.
template <typename W>
[[gnu::always_inline]] inline V value_of(const Factors& f, VI sum, const RunPlanes& x, i64 at,
                                         int half) {
  const int part = kScaledHalves<W> ? half : 2;
  const VI whole = sum + (VI)load_vector(x.offset[part] + at);
  const V value = to_float(whole) * (f.scale[half] * load(x.scale + at));
  if constexpr (!kRunsHaveMinimum<W>) return value;
  return fma(f.minimum[half], load(x.total[part] + at), value);
}

// Runs first ... first + kLanes - 1 of w times those of x from `at` on.
template <typename W>
[[gnu::always_inline]] inline V multiply_runs(const W* w, i64 first, const RunPlanes& x, i64 at) {
  VI sums[4], others[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Halves h = halves(w, first, i);
    const i64 start = (at + i * kPieces) * 16;
    sums[i] = dot<kWide<W>>(VI{}, h.first, load_vector(x.first + start));
    others[i] =
        dot<kWide<W>>(kScaledHalves<W> ? VI{} : sums[i], h.second, load_vector(x.second + start));
  }
  const Factors f = factors(w, first);
  if constexpr (kScaledHalves<W>) {
    const V value = value_of<W>(f, sum_pieces(sums), x, at, 0);
    return value + value_of<W>(f, sum_pieces(others), x, at, 1);
  } else {
    return value_of<W>(f, sum_pieces(others), x, at, 0);
  }
}

template <typename W>
constexpr int kRunsOf = kElementsOf<W> / kBlock;  // in one W

template <typename W>
inline void prefetch_runs(const W* w, i64 first) {
  constexpr i64 kBytes = kLanes * static_cast<i64>(sizeof(W)) / kRunsOf<W>;
  const char* ahead = reinterpret_cast<const char*>(w + first / kRunsOf<W>) + kPrefetchBytes;
  for (i64 i = 0; i < kBytes; i += 64) __builtin_prefetch(ahead + i);
}

// The last runs of all, with zeros behind them.
template <typename W>
[[gnu::noinline]] V multiply_last_runs(const W* w, i64 first, i64 count, const RunPlanes& x,
                                       i64 at) {
  constexpr int kBlocks = kLanes / kRunsOf < W >> 0 ? kLanes / kRunsOf<W> : 1;
  W copy[kBlocks] = {};
  const i64 skip = first % kRunsOf<W>;
  const i64 blocks = (skip + count + kRunsOf<W> - 1) / kRunsOf<W>;
  __builtin_memcpy(copy, w + first / kRunsOf<W>, static_cast<std::size_t>(blocks) * sizeof(W));
  return multiply_runs(copy, skip, x, at);
}

template <typename W>
void multiply_all_runs(const W* w, i64 count, i64 runs, const RunPlanes& x, float* values) {
  i64 at = 0;
  for (i64 first = 0; first < count; first += kLanes) {
    V value;
    if (first + kLanes <= count) {
      value = multiply_runs(w, first, x, at);
      prefetch_runs(w, first);
    } else {
      value = multiply_last_runs(w, first, count - first, x, at);
    }
    store(values + first, value);
    at += kLanes;
    while (at >= runs) at -= runs;
  }
}

// Sums of kLanes rows of values(kLanes, runs), each in the order of its runs.
inline V sum_rows_of(const float* values, i64 runs) {
  V total = {};
  for (i64 run = 0; run < runs; run += kLanes) {
    V rows[kLanes];
    for (int i = 0; i < kLanes; ++i) rows[i] = load(values + i * runs + run);
    transpose<kLanes / 2>(rows);
    for (int i = 0; i < kLanes && run + i < runs; ++i) total = total + rows[i];
  }
  return total;
}

}  // namespace

void rounded_matvec(const RoundedMatvec& op, float* values, i64 begin, i64 end) {
  const i64 runs = op.inputs / kBlock;
  with_weights(op.w, [&]<typename W>(const W* weights) {
    if constexpr (kElementsOf < W >> 1) {
      for (i64 o = begin; o < end; o += kLanes) {
        const i64 outputs = end - o < kLanes ? end - o : kLanes;
        const W* w = weights + o * runs / kRunsOf<W>;
        for (i64 n = 0; n < op.rows; ++n) {
          multiply_all_runs(w, outputs * runs, runs, op.x[n], values);
          const V total = sum_rows_of(values, runs);
          const float* bias = op.bias == nullptr ? nullptr : op.bias + o;
          with_array(op.y, [&](auto* y) {
            put_outputs(y + n * op.outputs + o, total, outputs, bias, op.accumulate);
          });
        }
      }
    }
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
