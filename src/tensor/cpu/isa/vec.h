// A vector of floats of the instruction set that this translation unit is compiled for, and the
// few operations on it that GCC's vector types do not spell the same everywhere.
//
// Everything is in an anonymous namespace: two instruction sets may not share a symbol, and an
// inline function with external linkage would be one.
#pragma once

#include <cstdint>

#include "tensor/cpu/kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

using i64 = std::int64_t;

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float V __attribute__((vector_size(kLanes * 4)));
typedef std::int32_t VI __attribute__((vector_size(kLanes * 4)));
typedef std::uint32_t VU __attribute__((vector_size(kLanes * 4)));
typedef std::uint16_t VH __attribute__((vector_size(kLanes * 2)));

inline V set1(float x) {
#if defined(__AVX512F__)
  return (V)_mm512_set1_ps(x);
#elif defined(__AVX2__)
  return (V)_mm256_set1_ps(x);
#else
  return V{x, x, x, x};
#endif
}

inline V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}

inline VH load_half(const std::uint16_t* p) {
  VH v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

inline V load(const Bf16* p) {
#if defined(__AVX512F__)
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return (V)_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16);
#elif defined(__AVX2__)
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return (V)_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16);
#else
  return (V)(__builtin_convertvector(load_half(&p->bits), VU) << 16);
#endif
}

inline float f16_to_f32(std::uint16_t bits) {
#if defined(__F16C__)
  return _cvtsh_ss(bits);
#else
  // Exponent and mantissa move over as they are; multiplying by 2^112 rebiases the exponent and
  // normalises subnormals; infinities and NaN are patched.
  const std::uint32_t sign = (bits & 0x8000u) << 16, rest = bits & 0x7FFFu;
  const std::uint32_t shifted = rest << 13;
  float value;
  __builtin_memcpy(&value, &shifted, 4);
  value *= 0x1p112f;
  std::uint32_t out;
  __builtin_memcpy(&out, &value, 4);
  if (rest >= 0x7C00u) out |= 0x7F800000u;
  out |= sign;
  __builtin_memcpy(&value, &out, 4);
  return value;
#endif
}

inline std::uint16_t f32_to_f16(float value) {
#if defined(__F16C__)
  return static_cast<std::uint16_t>(_cvtss_sh(value, 0));
#else
  std::uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  const std::uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<std::uint16_t>(sign | 0x7E00u);
  if (magnitude >= 0x477FF000u) return static_cast<std::uint16_t>(sign | 0x7C00u);
  if (magnitude < 0x38800000u) {  // subnormal half: adding 0.5 rounds to units of 2^-24
    float shifted;
    __builtin_memcpy(&shifted, &magnitude, 4);
    shifted += 0.5f;
    std::uint32_t rounded;
    __builtin_memcpy(&rounded, &shifted, 4);
    return static_cast<std::uint16_t>(sign | (rounded - 0x3F000000u));
  }
  const std::uint32_t rounded = magnitude + 0xFFFu + ((magnitude >> 13) & 1u) - 0x38000000u;
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
#endif
}

inline V load(const F16* p) {
#if defined(__AVX512F__)
  return (V)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__F16C__)
  return (V)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#else
  V v;
  for (int i = 0; i < kLanes; ++i) v[i] = f16_to_f32(p[i].bits);
  return v;
#endif
}

// Round to nearest even; NaN stays NaN.
[[maybe_unused]] inline VH to_bf16(V v) {
  const VU bits = (VU)v;
  const VU rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  const VU quiet = (bits >> 16) | 0x40u;
  return __builtin_convertvector(v == v ? rounded : quiet, VH);
}

inline void store(Bf16* p, V v) {
#if defined(__AVX512BF16__)  // the same rounding, except that subnormals become zero
  const __m256bh bits = _mm512_cvtneps_pbh((__m512)v);
#else
  const VH bits = to_bf16(v);
#endif
  __builtin_memcpy(p, &bits, sizeof bits);
}

inline void store(F16* p, V v) {
#if defined(__AVX512F__)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph((__m512)v, 0));
#elif defined(__F16C__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph((__m256)v, 0));
#else
  for (int i = 0; i < kLanes; ++i) p[i].bits = f32_to_f16(v[i]);
#endif
}

// Small integers: kLanes bytes, widened.
inline V load_bytes(const std::int8_t* p) {
#if defined(__AVX512F__)
  return (V)_mm512_cvtepi32_ps(
      _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#elif defined(__AVX2__)
  return (V)_mm256_cvtepi32_ps(
      _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
#else
  V v;
  for (int i = 0; i < kLanes; ++i) v[i] = static_cast<float>(p[i]);
  return v;
#endif
}
inline VI load_bytes(const std::uint8_t* p) {
#if defined(__AVX512F__)
  return (VI)_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#elif defined(__AVX2__)
  return (VI)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
#else
  VI v;
  for (int i = 0; i < kLanes; ++i) v[i] = p[i];
  return v;
#endif
}
inline V to_float(VI v) {
#if defined(__AVX512F__)
  return (V)_mm512_cvtepi32_ps((__m512i)v);
#elif defined(__AVX2__)
  return (V)_mm256_cvtepi32_ps((__m256i)v);
#else
  return __builtin_convertvector(v, V);
#endif
}

// table[i] for each i of 0 ... 15; the table is 64-byte aligned.
[[maybe_unused]] inline V look_up(const float* table, VI index) {
#if defined(__AVX512F__)
  return (V)_mm512_permutexvar_ps((__m512i)index, _mm512_load_ps(table));
#elif defined(__AVX2__)
  return (V)_mm256_i32gather_ps(table, (__m256i)index, 4);
#else
  V v;
  for (int i = 0; i < kLanes; ++i) v[i] = table[index[i]];
  return v;
#endif
}

// What the codes of the iq4 types stand for, denser around zero (ggml's kvalues_iq4nl).
[[maybe_unused]] alignas(64) constexpr float kUneven[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// The first n < kLanes elements, zeros after them.
template <typename T>
inline V load_some(const T* p, i64 n) {
  T buffer[kLanes] = {};
  for (i64 i = 0; i < n; ++i) buffer[i] = p[i];
  return load(buffer);
}
template <typename T>
inline void store_some(T* p, V v, i64 n) {
  T buffer[kLanes];
  store(buffer, v);
  for (i64 i = 0; i < n; ++i) p[i] = buffer[i];
}

// min(n, kLanes) elements, so that loops need no separate tail.
template <typename T>
inline V load_up_to(const T* p, i64 n) {
  return n >= kLanes ? load(p) : load_some(p, n);
}
template <typename T>
inline void store_up_to(T* p, V v, i64 n) {
  if (n >= kLanes) {
    store(p, v);
  } else {
    store_some(p, v, n);
  }
}

inline V fma(V a, V b, V c) {
#if defined(__AVX512F__)
  return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__)
  return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

inline V max(V a, V b) {
#if defined(__AVX512F__)
  return (V)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (V)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}

inline V sqrt(V a) {
#if defined(__AVX512F__)
  return (V)_mm512_sqrt_ps((__m512)a);
#elif defined(__AVX2__)
  return (V)_mm256_sqrt_ps((__m256)a);
#else
  for (int i = 0; i < kLanes; ++i) a[i] = __builtin_sqrtf(a[i]);
  return a;
#endif
}

// Halves are folded onto each other: one order, whatever the data.
inline float reduce_sum(V v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)v);
#else
  float lanes[kLanes];
  store(lanes, v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
#endif
}

inline float reduce_max(V v) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)v);
#else
  float lanes[kLanes];
  store(lanes, v);
  float best = lanes[0];
  for (int i = 1; i < kLanes; ++i) best = lanes[i] > best ? lanes[i] : best;
  return best;
#endif
}

// first, first + 1, ...: for masks.
inline VI iota(std::int32_t first) {
  VI v;
  for (int i = 0; i < kLanes; ++i) v[i] = first + i;
  return v;
}

// e^x, relative error below 2e-7; 0 below -87.3, and x is clamped to 88.3 above. NaN stays NaN.
// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor polynomial of degree 7, whose remainder
// (0.3466^8 / 8!) is below half a unit in the last place; ln 2 in two parts (Cody and Waite).
inline V exp(V x) {
  const V clamped = x > 88.3f ? set1(88.3f) : x;
  const V shifter = set1(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  const V shifted = fma(clamped, set1(1.44269504f), shifter);
  const V n = shifted - shifter;
  V r = fma(n, set1(-0.693145752f), clamped);
  r = fma(n, set1(-1.42860677e-6f), r);
  V p = set1(1.98412698e-4f);
  p = fma(p, r, set1(1.38888889e-3f));
  p = fma(p, r, set1(8.33333333e-3f));
  p = fma(p, r, set1(4.16666667e-2f));
  p = fma(p, r, set1(1.66666667e-1f));
  p = fma(p, r, set1(0.5f));
  p = fma(p, r, set1(1.0f));
  p = fma(p, r, set1(1.0f));
  const VI exponent = ((VI)shifted - (VI)shifter + 127) << 23;
  const V value = p * (V)exponent;
  return x < -87.3f ? V{} : value;
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
