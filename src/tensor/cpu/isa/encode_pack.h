// Codes of 256 weights to the bytes of k_blocks.h. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/k_blocks.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

using Byte = std::uint8_t;

// Two bits of four codes, 32 apart, in a byte.
inline void put_two_bits(const Byte* codes, int shift, Byte* q) {
  for (int half = 0; half < 2; ++half, codes += 128, q += 32) {
    for (int l = 0; l < 32; ++l) {
      const int a = codes[l] >> shift & 3, b = codes[l + 32] >> shift & 3;
      const int c = codes[l + 64] >> shift & 3, d = codes[l + 96] >> shift & 3;
      q[l] = static_cast<Byte>(a | b << 2 | c << 4 | d << 6);
    }
  }
}

// Four bits of two codes, `apart` from each other, in a byte.
inline void put_nibbles(const Byte* codes, int apart, Byte* q) {
  for (int first = 0; first < kBigBlock; first += 2 * apart, q += apart) {
    for (int l = 0; l < apart; ++l) {
      q[l] = static_cast<Byte>((codes[first + l] & 15) | (codes[first + l + apart] & 15) << 4);
    }
  }
}

// One bit of each code: bit `run` of byte l is that of code 32 run + l.
inline void put_bit(const Byte* codes, int bit, Byte* high) {
  for (int l = 0; l < 32; ++l) high[l] = 0;
  for (int run = 0; run < 8; ++run) {
    for (int l = 0; l < 32; ++l) {
      high[l] = static_cast<Byte>(high[l] | (codes[32 * run + l] >> bit & 1) << run);
    }
  }
}

inline void put_codes(const Byte* codes, Q2K& block) {
  put_two_bits(codes, 0, block.q);
}
inline void put_codes(const Byte* codes, Q3K& block) {
  put_two_bits(codes, 0, block.q);
  put_bit(codes, 2, block.high);
}
inline void put_codes(const Byte* codes, Q4K& block) {
  put_nibbles(codes, 32, block.q);
}
inline void put_codes(const Byte* codes, Q5K& block) {
  put_nibbles(codes, 32, block.q);
  put_bit(codes, 4, block.high);
}
inline void put_codes(const Byte* codes, Q6K& block) {
  put_nibbles(codes, 64, block.q);
  put_two_bits(codes, 4, block.high);
}
inline void put_codes(const Byte* codes, IQ4XS& block) {
  put_nibbles(codes, 16, block.q);
}

// Levels of scales, and of minima where the type has them.
inline void put_levels(const Byte* scales, const Byte* minima, Q2K& block) {
  for (int j = 0; j < 16; ++j) block.scales[j] = static_cast<Byte>(scales[j] | minima[j] << 4);
}
template <typename Block>  // Q4K, Q5K: six bits
inline void put_levels(const Byte* scales, const Byte* minima, Block& block) {
  Byte* s = block.scales;
  for (int j = 0; j < 4; ++j) {
    s[j] = static_cast<Byte>((scales[j] & 63) | scales[j + 4] >> 4 << 6);
    s[j + 4] = static_cast<Byte>((minima[j] & 63) | minima[j + 4] >> 4 << 6);
    s[j + 8] = static_cast<Byte>((scales[j + 4] & 15) | (minima[j + 4] & 15) << 4);
  }
}
inline void put_levels(const Byte* scales, Q3K& block) {
  for (int j = 0; j < 8; ++j) {
    block.scales[j] = static_cast<Byte>((scales[j] & 15) | (scales[j + 8] & 15) << 4);
  }
  for (int j = 0; j < 4; ++j) {
    const int a = scales[j] >> 4, b = scales[j + 4] >> 4;
    const int c = scales[j + 8] >> 4, d = scales[j + 12] >> 4;
    block.scales[8 + j] = static_cast<Byte>(a | b << 2 | c << 4 | d << 6);
  }
}
inline void put_levels(const Byte* scales, IQ4XS& block) {
  int high = 0;
  for (int j = 0; j < 8; ++j) high |= scales[j] >> 4 << 2 * j;
  block.high = static_cast<std::uint16_t>(high);
  for (int j = 0; j < 4; ++j) {
    block.scales[j] = static_cast<Byte>((scales[2 * j] & 15) | (scales[2 * j + 1] & 15) << 4);
  }
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
