// Groups of weights laid side by side in the lanes of vectors, and codes by ggml's rounding: what
// the encoders of all block types share. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

typedef std::uint8_t LaneBytes __attribute__((vector_size(kLanes)));

inline V abs(V x) {
  return (V)((VI)x & 0x7FFFFFFF);
}
inline bool any(VI mask) {
  for (int i = 0; i < kLanes; ++i) {
    if (mask[i] != 0) return true;
  }
  return false;
}

// The nearest integer, of two the even one, by the bits of x + 1.5 * 2^23; beyond 2^22 it wraps, as
// ggml's does. NaN gives 0.
inline VI nearest(V x) {
  return ((VI)(x + 12582912.0f) & 0x7FFFFF) - 0x400000;
}
inline int nearest(float x) {
  const float shifted = x + 12582912.0f;
  std::int32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  return (bits & 0x7FFFFF) - 0x400000;
}

inline VI code(V x, int lowest, int highest) {
  const VI l = nearest(x), low = VI{} + lowest, high = VI{} + highest;
  const VI capped = l < high ? l : high;
  return capped > low ? capped : low;
}

inline float inverse(float d) {
  return d != 0.0f ? 1.0f / d : 0.0f;
}

inline void store_bytes(std::uint8_t* p, VI v) {
  const LaneBytes bytes = __builtin_convertvector(v, LaneBytes);
  __builtin_memcpy(p, &bytes, sizeof bytes);
}

// The most groups that are searched together; a multiple of kLanes everywhere.
constexpr int kGroups = 16;

// Weight i of group g, and how much its error counts, at [i][g].
template <int N>
struct alignas(64) Groups {
  float values[N][kGroups], weights[N][kGroups];

  V value(int i, int at) const { return load(&values[i][at]); }
  V weight(int i, int at) const { return load(&weights[i][at]); }
};

// Lays out `count` groups that follow each other in memory. The lanes after them, up to a whole
// vector, repeat the first.
template <int N>
inline void transpose(const float* x, int count, float (*to)[kGroups]) {
  const int lanes = (count + kLanes - 1) / kLanes * kLanes;
  for (int g = 0; g < lanes; ++g) {
    const float* group = x + (g < count ? g : 0) * N;
    for (int i = 0; i < N; ++i) to[i][g] = group[i];
  }
}

// Sets the weights to weight(value, what stood there), in kLanes groups.
template <int N, typename Weight>
inline void weigh(Groups<N>& groups, int at, const Weight& weight) {
  for (int i = 0; i < N; ++i) {
    store(&groups.weights[i][at], weight(groups.value(i, at), groups.weight(i, at)));
  }
}
template <int N>
inline void weigh_by_squares(Groups<N>& groups, int at) {
  weigh(groups, at, [](V x, V) { return x * x; });
}
// An important column counts more, and more so where its weight is large.
template <int N>
inline void weigh_by_importance(Groups<N>& groups, int at, V sigma2) {
  weigh(groups, at, [=](V x, V importance) { return importance * sqrt(sigma2 + x * x); });
}

struct Range {
  int lowest, highest;  // the former is stored as 0
};

// Codes of n values (a multiple of kLanes): their rounding to multiples of d above -shift.
inline void codes_by_scale(const float* x, int n, float d, float shift, Range range,
                           std::uint8_t* codes) {
  for (int i = 0; i < n; i += kLanes) {
    const VI l = code((load(x + i) + shift) / set1(d), range.lowest, range.highest);
    store_bytes(codes + i, l - range.lowest);
  }
}

// Codes as a search leaves them, iscale * (x - base); all zero where iscale is, which is how a
// search says that there is nothing to scale.
inline void codes_by_search(const float* x, int n, float iscale, float base, Range range,
                            std::uint8_t* codes) {
  for (int i = 0; i < n; i += kLanes) {
    const VI l = code(set1(iscale) * (load(x + i) - set1(base)), range.lowest, range.highest);
    store_bytes(codes + i, iscale == 0.0f ? VI{} : l - range.lowest);
  }
}

// In ggml's order: one after another.
inline float sum_of_squares_in_order(const float* x, i64 n) {
  float sum = 0.0f;
  for (i64 i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
