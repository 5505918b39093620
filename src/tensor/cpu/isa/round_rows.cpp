// Activations rounded to integers, 32 at a time (Products::kRounded in tensor/ops.h), and the speed
// at which integers are multiplied.
#include "tensor/cpu/isa/runs.h"
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr int kVectors = kBlock / kLanes;  // in a run

typedef std::int8_t NarrowBytes __attribute__((vector_size(kLanes)));

inline std::int32_t reduce(VI v, bool greatest) {
  std::int32_t lanes[kLanes];
  __builtin_memcpy(lanes, &v, sizeof v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) {
      const std::int32_t other = lanes[i + half];
      lanes[i] = greatest ? (other > lanes[i] ? other : lanes[i]) : lanes[i] + other;
    }
  }
  return lanes[0];
}
inline std::int32_t greatest_lane(VI v) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_epi32((__m512i)v);
#else
  return reduce(v, true);
#endif
}
inline std::int32_t sum_of_lanes(VI v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_epi32((__m512i)v);
#else
  return reduce(v, false);
#endif
}

// kHalves: sums of the halves are asked for, else only those of the whole.
template <bool kHalves, typename T>
inline void round_run(RoundedRun& run, const T* x, int zero) {
  V values[kVectors];
  VI greatest = {};  // of |x| as bits, among which NaN is the greatest
  for (int i = 0; i < kVectors; ++i) {
    values[i] = load(x + i * kLanes);
    const VI size = (VI)values[i] & 0x7FFFFFFF;
    greatest = size > greatest ? size : greatest;
  }
  const std::int32_t bits = greatest_lane(greatest);
  float most;
  __builtin_memcpy(&most, &bits, sizeof most);
  const bool nothing = most < 0x1p-100f;  // where 127 / most may be infinite
  run.scale = nothing ? 0.0f : most / 127.0f;
  const V factor = set1(nothing ? 0.0f : 127.0f / most);
  const V shifter = set1(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  VI sums[2] = {};
  for (int i = 0; i < kVectors; ++i) {
    const VI rounded = (VI)(values[i] * factor + shifter) - (VI)shifter;
    const NarrowBytes bytes = __builtin_convertvector(rounded, NarrowBytes);
    __builtin_memcpy(run.bytes + i * kLanes, &bytes, sizeof bytes);
    sums[2 * i / kVectors] += __builtin_convertvector(bytes, VI);  // no number rounds to any int
  }
  std::int32_t sum[3] = {0, 0, 0};
  if constexpr (kHalves) {
    for (int i = 0; i < 2; ++i) sum[i] = sum_of_lanes(sums[i]);
  } else {
    sum[2] = sum_of_lanes(sums[0] + sums[1]);
  }
  for (int i = 0; i < 3; ++i) {
    run.offset[i] = -zero * sum[i];
    run.total[i] = run.scale * static_cast<float>(sum[i]);
  }
}

}  // namespace

void round_rows(RoundedRun* runs, ConstArray x, Element w, i64 begin, i64 end) {
  with_weights({nullptr, w}, [&]<typename W>(const W*) {
    with_array(x, [&](const auto* values) {
      for (i64 run = begin; run < end; ++run) {
        round_run<kScaledHalves<W>>(runs[run], values + run * kBlock, kZero<W>);
      }
    });
  });
}

i64 spin_bytes(i64 times) {
  constexpr int kSums = 8;  // side by side, they hide the latency
  VI sums[kSums] = {};
  VB w = set1_bytes(0x01020304), x = w;
  for (i64 n = 0; n < times; ++n) {
    __asm__ volatile("" : "+m"(w), "+m"(x));  // else the loop is one multiplication
#pragma GCC unroll 16
    for (int k = 0; k < 16; ++k) {
#pragma GCC unroll 8
      for (int i = 0; i < kSums; ++i) sums[i] = dot<false>(sums[i], w, x);
    }
  }
  for (VI& sum : sums) __asm__ volatile("" : "+m"(sum));
  return times * 16 * kSums * kLanes * 4 * 2;
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
