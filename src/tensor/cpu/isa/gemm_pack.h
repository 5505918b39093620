// Copies a piece of a matrix into the order in which gemm.cpp multiplies it: unit after unit of k,
// and of each unit its lanes (rows of a, columns of b) side by side. A unit is 32 bits: one value
// in f32, or two of successive k in bf16. Anonymous for the reason given in vec.h.
#pragma once

#include <utility>

#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// How values become units. Vectors hold units, whatever is in them.
template <typename T>
struct Singles {  // T to f32
  using Value = T;
  static constexpr i64 kValues = 1;
  static V along_k(const T* p) { return load(p); }
  static V across_k(const T* p, const T*) { return load(p); }
  static float one(const T* p, const T*) { return load_one(p); }
};

#if defined(__AVX512BF16__)
struct Pairs {  // bf16 to pairs
  using Value = Bf16;
  static constexpr i64 kValues = 2;
  static V along_k(const Bf16* p) { return (V)_mm512_loadu_si512(p); }
  static V across_k(const Bf16* low, const Bf16* high) {
    const auto wide = [](const Bf16* p) {
      return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    };
    return (V)_mm512_or_si512(wide(low), _mm512_slli_epi32(wide(high), 16));
  }
  static float one(const Bf16* low, const Bf16* high) {
    const std::uint32_t bits = static_cast<std::uint32_t>(high == nullptr ? 0 : high->bits) << 16;
    return __builtin_bit_cast(float, bits | low->bits);
  }
};
#endif

// One stage of a transposition: of two rows `kStep` apart, the parts off the diagonal change
// places.
template <int kStep, int... kLane>
inline void exchange(V& upper, V& lower, std::integer_sequence<int, kLane...>) {
  const V a = upper, b = lower;
  upper = __builtin_shufflevector(a, b, ((kLane & kStep) == 0 ? kLane : kLanes + kLane - kStep)...);
  lower = __builtin_shufflevector(a, b, ((kLane & kStep) == 0 ? kLane + kStep : kLanes + kLane)...);
}
template <int kStep>
inline void transpose(V* rows) {
  for (int i = 0; i < kLanes; ++i) {
    if ((i & kStep) == 0) {
      exchange<kStep>(rows[i], rows[i + kStep], std::make_integer_sequence<int, kLanes>());
    }
  }
  if constexpr (kStep > 1) transpose<kStep / 2>(rows);
}

// A piece of a matrix: `lanes` lanes of `depth` values; strides in values, one of them 1.
template <typename Form>
struct Lanes {
  const typename Form::Value* values;
  i64 lane_stride, k_stride;
  i64 lanes, depth;

  i64 whole_units() const { return depth / Form::kValues; }
  i64 units() const { return (depth + Form::kValues - 1) / Form::kValues; }
  const auto* at(i64 lane, i64 unit) const {
    return values + lane * lane_stride + unit * Form::kValues * k_stride;
  }
  // One unit of any lane; zero beyond the lanes.
  float one(i64 lane, i64 unit) const {
    if (lane >= lanes) return 0.0f;
    return Form::one(at(lane, unit), unit < whole_units() ? at(lane, unit) + k_stride : nullptr);
  }
};

template <typename Form>
inline void pack_one_by_one(float* dst, i64 stride, const Lanes<Form>& src, i64 lane, i64 unit) {
  for (; unit < src.units(); ++unit) {
    for (i64 i = 0; i < kLanes; ++i) dst[unit * stride + i] = src.one(lane + i, unit);
  }
}

// kLanes lanes whose values stand side by side along k.
template <typename Form>
inline void pack_transposed(float* dst, i64 stride, const Lanes<Form>& src, i64 lane) {
  i64 unit = 0;
  if (lane + kLanes <= src.lanes) {
    for (; unit + kLanes <= src.whole_units(); unit += kLanes) {
      V rows[kLanes];
      for (int i = 0; i < kLanes; ++i) {
        rows[i] = Form::along_k(src.at(lane + i, unit));
        __builtin_prefetch(src.at(lane + i, unit) + kLanes * src.lane_stride);
      }
      transpose<kLanes / 2>(rows);
      for (int i = 0; i < kLanes; ++i) store(dst + (unit + i) * stride, rows[i]);
    }
  }
  pack_one_by_one(dst, stride, src, lane, unit);
}

// The lanes in groups, one group after the other; the last is filled up with zeros.
template <typename Form>
inline void pack(float* dst, i64 group, const Lanes<Form>& src) {
  const i64 units = src.units(), padded = (src.lanes + group - 1) / group * group;
  const auto start = [=](i64 lane) { return dst + lane / group * group * units + lane % group; };
  constexpr i64 kAhead =
      8 * Form::kValues;  // rows, which are too short for the hardware to foresee
  const bool across = src.lane_stride == 1;
  const i64 side_by_side = across ? src.lanes / kLanes * kLanes : 0;
  for (i64 unit = 0; unit < src.whole_units(); ++unit) {  // row after row, as they stand
    const auto* low = src.at(0, unit);
    for (i64 first = 0; first < side_by_side; first += group) {
      float* to = dst + first * units + unit * group;
      const i64 end = side_by_side - first < group ? side_by_side - first : group;
      for (i64 lane = 0; lane < end; lane += kLanes) {
        const auto* at = low + first + lane;
        store(to + lane, Form::across_k(at, at + src.k_stride));
        __builtin_prefetch(at + kAhead * src.k_stride);
        if constexpr (Form::kValues == 2) __builtin_prefetch(at + (kAhead + 1) * src.k_stride);
      }
    }
  }
  for (i64 lane = 0; lane < padded; lane += kLanes) {
    if (across) {
      pack_one_by_one(start(lane), group, src, lane, lane < side_by_side ? src.whole_units() : 0);
    } else {
      pack_transposed(start(lane), group, src, lane);
    }
  }
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
