// y(N, O) = x(N, I) w(O, I)^T for many rows of rounded activations. Weights of kPanel outputs are
// unpacked once, four bytes of each output side by side, one output to a lane, and meet some rows
// of x at a time: within a run of 32 in integers, which have no order, then in f32 in the order of
// the runs, as in rounded_matvec.cpp.
#include "tensor/cpu/isa/gemm_pack.h"
#include "tensor/cpu/isa/outputs.h"
#include "tensor/cpu/isa/run_factors.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Each output has an integer and a float sum in registers.
#if defined(__AVX512F__)
constexpr int kRows = 6, kVectors = 2;  // 24 of 32 registers
#else
constexpr int kRows = 2, kVectors = 2;  // 8 of 16
#endif
constexpr i64 kPanel = kVectors * kLanes;
constexpr int kUnits = kBlock / 4;  // of four bytes in a run

// A run of kPanel outputs, unpacked.
template <typename W>
struct PackedRun {
  static constexpr int kParts = kScaledHalves<W> ? 2 : 1;
  std::uint8_t bytes[kUnits][kPanel * 4];
  float scale[kParts][kPanel];
  float minimum[kRunsHaveMinimum<W> ? kParts : 1][kPanel];
};

template <typename W>
constexpr int kRunsOf = kElementsOf<W> / kBlock;

// kLanes runs of one output each in rows[lane]: unit u of run r to packed[r].
template <typename W>
[[gnu::always_inline]] inline void store_units(PackedRun<W>* packed, VB* rows, i64 column, int half,
                                               i64 runs) {
  V units[kLanes];
  for (int i = 0; i < kLanes; ++i) units[i] = (V)rows[i];
  transpose<kLanes / 2>(units);
  for (int i = 0; i < kLanes && i / 4 < runs; ++i) {
    store(reinterpret_cast<float*>(packed[i / 4].bytes[4 * half + i % 4] + column * 4), units[i]);
  }
}

template <typename W>
inline void store_factors(PackedRun<W>* packed, const Factors* of, i64 column, i64 runs) {
  for (int part = 0; part < PackedRun<W>::kParts; ++part) {
    V scale[kLanes], minimum[kLanes];
    for (int i = 0; i < kLanes; ++i) scale[i] = of[i].scale[part];
    transpose<kLanes / 2>(scale);
    for (int i = 0; i < kLanes && i < runs; ++i) store(packed[i].scale[part] + column, scale[i]);
    if constexpr (kRunsHaveMinimum<W>) {
      for (int i = 0; i < kLanes; ++i) minimum[i] = of[i].minimum[part];
      transpose<kLanes / 2>(minimum);
      for (int i = 0; i < kLanes && i < runs; ++i) {
        store(packed[i].minimum[part] + column, minimum[i]);
      }
    }
  }
}

// Runs first ... first + count - 1, at most kLanes, of kLanes outputs.
template <typename W>
void pack_runs(PackedRun<W>* packed, const W* const* outputs, i64 first, i64 count, i64 column) {
  Factors of[kLanes];
  for (int i = 0; i < kLanes; ++i) of[i] = factors(outputs[i], first);
  store_factors(packed, of, column, count);
#pragma GCC unroll 4
  for (int quarter = 0; quarter < 4; ++quarter) {
    const i64 left = count - quarter * kPieces;
    if (left <= 0) break;
    VB first_halves[kLanes], second_halves[kLanes];
    for (int i = 0; i < kLanes; ++i) {
      const Halves h = halves(outputs[i], first, quarter);
      first_halves[i] = h.first;
      second_halves[i] = h.second;
    }
    store_units(packed + quarter * kPieces, first_halves, column, 0, left);
    store_units(packed + quarter * kPieces, second_halves, column, 1, left);
  }
}

// The last runs of a row, with zeros behind them.
template <typename W>
[[gnu::noinline]] void pack_last_runs(PackedRun<W>* packed, const W* const* outputs, i64 first,
                                      i64 count, i64 column) {
  constexpr int kBlocks = kLanes / kRunsOf < W >> 0 ? kLanes / kRunsOf<W> : 1;
  W copies[kLanes][kBlocks] = {};
  const W* rows[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    const auto bytes = static_cast<std::size_t>(count / kRunsOf<W>) * sizeof(W);
    __builtin_memcpy(copies[i], outputs[i] + first / kRunsOf<W>, bytes);
    rows[i] = copies[i];
  }
  pack_runs(packed, rows, 0, count, column);
}

// kPanel outputs from `w` on; those from `outputs` on are copies of the last one.
template <typename W>
void pack_panel(PackedRun<W>* packed, const W* w, i64 outputs, i64 runs) {
  for (i64 column = 0; column < kPanel; column += kLanes) {
    const W* rows[kLanes];
    for (i64 i = 0; i < kLanes; ++i) {
      const i64 output = column + i < outputs ? column + i : outputs - 1;
      rows[i] = w + output * runs / kRunsOf<W>;
    }
    for (i64 first = 0; first < runs; first += kLanes) {
      if (first + kLanes <= runs) {
        pack_runs(packed + first, rows, first, kLanes, column);
      } else {
        pack_last_runs(packed + first, rows, first, runs - first, column);
      }
    }
  }
}

inline VB broadcast_unit(const std::int8_t* bytes) {
  std::uint32_t four;
  __builtin_memcpy(&four, bytes, sizeof four);
  return set1_bytes(four);
}

// What a run, or a half of it, adds to kCount rows. x: a run of the first row, `stride` runs from
// those of the next ones.
template <typename W, int kCount>
struct Multiplier {
  const RoundedRun* x;
  i64 stride;
  V values[kCount][kVectors];

  template <int kPart>  // 0 and 1: the halves, 2: the whole run
  [[gnu::always_inline]] void multiply(const PackedRun<W>& w) {
    constexpr int kFirst = kPart == 1 ? kUnits / 2 : 0, kLast = kPart == 0 ? kUnits / 2 : kUnits;
    VI sums[kCount][kVectors];
#pragma GCC unroll 8
    for (int i = 0; i < kCount; ++i) {
      const VI offset = VI{} + x[i * stride].offset[kPart];
      for (int j = 0; j < kVectors; ++j) sums[i][j] = offset;
    }
#pragma GCC unroll 8
    for (int unit = kFirst; unit < kLast; ++unit) {
      VB columns[kVectors];
      for (int j = 0; j < kVectors; ++j) {
        columns[j] = load_vector(w.bytes[unit] + j * kLanes * 4);
      }
#pragma GCC unroll 8
      for (int i = 0; i < kCount; ++i) {
        const VB four = broadcast_unit(x[i * stride].bytes + 4 * unit);
        for (int j = 0; j < kVectors; ++j) sums[i][j] = dot<kWide<W>>(sums[i][j], columns[j], four);
      }
    }
    add_part<kPart>(w, sums);
  }

  template <int kPart>
  [[gnu::always_inline]] void add_part(const PackedRun<W>& w, const VI (&sums)[kCount][kVectors]) {
    constexpr int kFactor = kPart == 1 ? 1 : 0;
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      const V scale = load(w.scale[kFactor] + j * kLanes);
#pragma GCC unroll 8
      for (int i = 0; i < kCount; ++i) {
        V value = to_float(sums[i][j]) * (scale * set1(x[i * stride].scale));
        if constexpr (kRunsHaveMinimum<W>) {
          const V minimum = load(w.minimum[kFactor] + j * kLanes);
          value = fma(minimum, set1(x[i * stride].total[kPart]), value);
        }
        values[i][j] = kPart == 1 ? values[i][j] + value : value;
      }
    }
  }
};

template <typename W, int kCount>
void multiply_rows(const RoundedGemm& op, const PackedRun<W>* packed, i64 n, i64 o) {
  const i64 runs = op.inputs / kBlock;
  V totals[kCount][kVectors] = {};
  Multiplier<W, kCount> step{op.x + n * runs, runs, {}};
  for (i64 run = 0; run < runs; ++run, ++step.x) {
    if constexpr (kScaledHalves<W>) {
      step.template multiply<0>(packed[run]);
      step.template multiply<1>(packed[run]);
    } else {
      step.template multiply<2>(packed[run]);
    }
    for (int i = 0; i < kCount; ++i) {
      for (int j = 0; j < kVectors; ++j) totals[i][j] = totals[i][j] + step.values[i][j];
    }
  }
  with_array(op.y, [&](auto* y) {
    for (int i = 0; i < kCount; ++i) {
      for (int j = 0; j < kVectors && o + j * kLanes < op.outputs; ++j) {
        const i64 column = o + j * kLanes;
        put_outputs(y + (n + i) * op.outputs + column, totals[i][j], op.outputs - column,
                    op.bias == nullptr ? nullptr : op.bias + column, op.accumulate);
      }
    }
  });
}

template <typename W, int kCount>
void multiply_last_rows(const RoundedGemm& op, const PackedRun<W>* packed, i64 n, i64 o) {
  if (op.rows - n == kCount) {
    multiply_rows<W, kCount>(op, packed, n, o);
  } else if constexpr (kCount > 1) {
    multiply_last_rows<W, kCount - 1>(op, packed, n, o);
  }
}

template <typename W>
void multiply_columns(const RoundedGemm& op, const W* w, PackedRun<W>* packed, i64 begin, i64 end) {
  const i64 runs = op.inputs / kBlock;
  for (i64 o = begin; o < end; o += kPanel) {
    pack_panel(packed + (o - begin) / kPanel * runs, w + o * runs / kRunsOf<W>, end - o, runs);
  }
  for (i64 n = 0; n < op.rows; n += kRows) {
    for (i64 o = begin; o < end; o += kPanel) {
      const PackedRun<W>* panel = packed + (o - begin) / kPanel * runs;
      if (n + kRows <= op.rows) {
        multiply_rows<W, kRows>(op, panel, n, o);
      } else {
        multiply_last_rows<W, kRows - 1>(op, panel, n, o);
      }
    }
  }
}

}  // namespace

void rounded_gemm(const RoundedGemm& op, void* scratch, i64 begin, i64 end) {
  static_assert(kRoundedColumns % kPanel == 0);
  with_weights(op.w, [&]<typename W>(const W* w) {
    if constexpr (kElementsOf < W >> 1) {
      static_assert(sizeof(PackedRun<W>) <= kPanel * kPackedRunBytes);
      multiply_columns(op, w, static_cast<PackedRun<W>*>(scratch), begin, end);
    }
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
