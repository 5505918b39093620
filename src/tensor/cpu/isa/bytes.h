// Vectors of bytes: four to each lane of vec.h, and products of them summed into the lanes.
// Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

#if defined(__AVX512VNNI__)
constexpr bool kBytesAreUnsigned = true;  // weights in dot(), which are then moved up by 128
#else
constexpr bool kBytesAreUnsigned = false;
#endif

typedef std::uint8_t VB __attribute__((vector_size(kLanes * 4)));
constexpr int kPieces = kLanes / 4;  // of 16 bytes in a vector

inline VB load_vector(const void* p) {
  VB v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

// The 16 bytes at each at(0) ... at(kPieces - 1).
template <typename At>
[[gnu::always_inline]] inline VB load_pieces(const At& at) {
#if defined(__AVX2__)
  const auto piece = [&](int i) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at(i)));
  };
  const auto pair = [&](int i) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(piece(i)), piece(i + 1), 1);
  };
#if defined(__AVX512F__)
  return (VB)_mm512_inserti64x4(_mm512_castsi256_si512(pair(0)), pair(2), 1);
#else
  return (VB)pair(0);
#endif
#else
  return load_vector(at(0));
#endif
}

inline VB set1_bytes(std::uint32_t four) {
  return (VB)(VU{} + four);
}

// All ones in the bytes whose bit is set: bit i of at(piece) is that of byte i of the piece.
template <typename At>
[[gnu::always_inline]] inline VB expand_bits(const At& at) {
#if defined(__AVX512BW__)
  const auto bits = [&](int i) { return static_cast<std::uint64_t>(at(i)) << 16 * i; };
  return (VB)_mm512_movm_epi8(bits(0) | bits(1) | bits(2) | bits(3));
#else
  VB v;
  for (int i = 0; i < kLanes * 4; ++i) {
    v[i] = static_cast<std::uint8_t>(-(at(i / 16) >> i % 16 & 1));
  }
  return v;
#endif
}

// table[i] for each byte i of 0 ... 15.
inline VB look_up_bytes(const std::uint8_t* table, VB index) {
#if defined(__AVX512BW__)
  const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return (VB)_mm512_shuffle_epi8(_mm512_broadcast_i32x4(values), (__m512i)index);
#elif defined(__AVX2__)
  const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return (VB)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(values), (__m256i)index);
#else
  VB v;
  for (int i = 0; i < kLanes * 4; ++i) v[i] = table[index[i]];
  return v;
#endif
}

// sum + the products of w and x, four to a lane. x is signed and never -128. w is at most 127, or
// if kWide of the whole range: unsigned where kBytesAreUnsigned, else signed.
template <bool kWide>
[[gnu::always_inline]] inline VI dot(VI sum, VB w, VB x) {
#if defined(__AVX512VNNI__)
  return (VI)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, (__m512i)x);
#elif defined(__AVX512BW__)
  __m512i size = (__m512i)w, value = (__m512i)x;
  if constexpr (kWide) {  // |w| times x with the sign of w: no pair leaves 16 bits
    size = _mm512_abs_epi8(size);
    value = _mm512_mask_sub_epi8(value, _mm512_movepi8_mask((__m512i)w), __m512i{}, value);
  }
  const __m512i pairs = _mm512_maddubs_epi16(size, value);
  return sum + (VI)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
#elif defined(__AVX2__)
  __m256i size = (__m256i)w, value = (__m256i)x;
  if constexpr (kWide) {
    size = _mm256_abs_epi8(size);
    value = _mm256_sign_epi8(value, (__m256i)w);
  }
  const __m256i pairs = _mm256_maddubs_epi16(size, value);
  return sum + (VI)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#else
  typedef std::int8_t Signed __attribute__((vector_size(kLanes * 4)));
  for (int i = 0; i < kLanes * 4; ++i) {
    sum[i / 4] += (kWide ? static_cast<int>(((Signed)w)[i]) : w[i]) * ((Signed)x)[i];
  }
  return sum;
#endif
}

// Lane i: the sum of the four lanes of piece i % kPieces of vector i / kPieces.
[[gnu::always_inline]] inline VI sum_pieces(const VI* vectors) {
#if defined(__AVX512F__)
  const auto add32 = [](VI a, VI b) {
    return (VI)_mm512_unpacklo_epi32((__m512i)a, (__m512i)b) +
           (VI)_mm512_unpackhi_epi32((__m512i)a, (__m512i)b);
  };
  const VI a = add32(vectors[0], vectors[1]), b = add32(vectors[2], vectors[3]);
  const VI sums = (VI)_mm512_unpacklo_epi64((__m512i)a, (__m512i)b) +
                  (VI)_mm512_unpackhi_epi64((__m512i)a, (__m512i)b);
  const VI order = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  return (VI)_mm512_permutexvar_epi32((__m512i)order, (__m512i)sums);
#elif defined(__AVX2__)
  const auto add = [](VI a, VI b) { return _mm256_hadd_epi32((__m256i)a, (__m256i)b); };
  const __m256i sums = _mm256_hadd_epi32(add(vectors[0], vectors[1]), add(vectors[2], vectors[3]));
  return (VI)_mm256_permutevar8x32_epi32(sums, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
#else
  VI sums;
  for (int i = 0; i < kLanes; ++i) {
    const VI v = vectors[i];
    sums[i] = (v[0] + v[1]) + (v[2] + v[3]);
  }
  return sums;
#endif
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
