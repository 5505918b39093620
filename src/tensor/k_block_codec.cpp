// Decodes the block types of 256 weights (ggml's k-quants). Weight 16 g + i is scale g times its
// code, minus minimum g where there is one; the scales are small integers times the block's d, the
// minima times its dmin. In bytes:
//
//   q2_k  scales[16], qs[64], d, dmin            scale: low nibble, minimum: high nibble
//   q3_k  hmask[32], qs[64], scales[12], d       scale: six bits, minus 32
//   q4_k  d, dmin, scales[12], qs[128]           scale and minimum: six bits, for 32 weights each
//   q5_k  d, dmin, scales[12], qh[32], qs[128]   as q4_k
//   q6_k  ql[128], qh[64], int8 scales[16], d    scale: eight bits, signed
//   iq4_xs  d, scales_h u16, scales_l[4], qs[128]  scale: six bits, minus 32, for 32 weights each;
//           codes as iq4_nl's
//
// Codes lie in runs of 32 weights: byte l of a run holds bits of weight l of several runs.
#include <array>

#include "base/error.h"
#include "tensor/block_codec.h"

namespace lucie {
namespace {

constexpr std::size_t kBlock = 256;
constexpr std::size_t kRun = 32;
constexpr std::size_t kGroup = 16;  // weights that share a scale, or half of those

struct Group {
  float scale = 0.0f, minimum = 0.0f;
};
using Groups = std::array<Group, kBlock / kGroup>;

// values[j] = scale * code(run, l) - minimum, for weight j = 32 run + l. Without a minimum the
// subtraction of zero changes nothing, not even the sign of a zero.
template <typename Code>
void decode_runs(const Groups& groups, float* values, const Code& code) {
  for (std::size_t j = 0; j < kBlock; ++j) {
    const Group& group = groups[j / kGroup];
    values[j] = group.scale * static_cast<float>(code(j / kRun, j % kRun)) - group.minimum;
  }
}

int bits_at(std::uint8_t byte, std::size_t shift, int mask) {
  return (byte >> shift) & mask;
}

// q2_k, q3_k: two bits of four runs in each byte, 32 bytes for half a block.
int two_bits(const std::uint8_t* qs, std::size_t run, std::size_t l) {
  return bits_at(qs[kRun * (run / 4) + l], 2 * (run % 4), 3);
}

void decode_q2_k(const std::uint8_t* block, float* values) {
  const std::uint8_t* qs = block + 16;
  const float d = read_f16(block + 80), dmin = read_f16(block + 82);
  Groups groups;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    groups[g] = {d * static_cast<float>(block[g] & 15), dmin * static_cast<float>(block[g] >> 4)};
  }
  decode_runs(groups, values, [&](std::size_t run, std::size_t l) { return two_bits(qs, run, l); });
}

void decode_q3_k(const std::uint8_t* block, float* values) {
  const std::uint8_t *hmask = block, *qs = block + 32, *scales = block + 96;
  const float d = read_f16(block + 108);
  Groups groups;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const int low = bits_at(scales[g % 8], 4 * (g / 8), 15);
    const int high = bits_at(scales[8 + g % 4], 2 * (g / 4), 3);
    groups[g].scale = d * static_cast<float>((low | high << 4) - 32);
  }
  decode_runs(groups, values, [&](std::size_t run, std::size_t l) {
    return two_bits(qs, run, l) + 4 * bits_at(hmask[l], run, 1) - 4;
  });
}

// q4_k, q5_k: eight scales and eight minima of six bits in twelve bytes. The first four of each
// have bytes of their own, whose top two bits belong to the last four.
Groups six_bit_groups(const std::uint8_t* block) {
  const float d = read_f16(block), dmin = read_f16(block + 2);
  const std::uint8_t* s = block + 4;
  Groups groups;
  for (std::size_t j = 0; j < 8; ++j) {
    const int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    const int minimum = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | (s[j] >> 6) << 4;
    groups[2 * j] = {d * static_cast<float>(scale), dmin * static_cast<float>(minimum)};
    groups[2 * j + 1] = groups[2 * j];
  }
  return groups;
}

int nibble(const std::uint8_t* qs, std::size_t run, std::size_t l) {
  return bits_at(qs[kRun * (run / 2) + l], 4 * (run % 2), 15);
}

void decode_q4_k(const std::uint8_t* block, float* values) {
  const std::uint8_t* qs = block + 16;
  decode_runs(six_bit_groups(block), values,
              [&](std::size_t run, std::size_t l) { return nibble(qs, run, l); });
}

void decode_q5_k(const std::uint8_t* block, float* values) {
  const std::uint8_t *qh = block + 16, *qs = block + 48;
  decode_runs(six_bit_groups(block), values, [&](std::size_t run, std::size_t l) {
    return nibble(qs, run, l) | bits_at(qh[l], run, 1) << 4;
  });
}

// In half a block the nibbles of runs 0 and 2 share bytes, as do those of runs 1 and 3.
void decode_q6_k(const std::uint8_t* block, float* values) {
  const std::uint8_t *ql = block, *qh = block + 128, *scales = block + 192;
  const float d = read_f16(block + 208);
  Groups groups;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    groups[g].scale = d * static_cast<float>(static_cast<std::int8_t>(scales[g]));
  }
  decode_runs(groups, values, [&](std::size_t run, std::size_t l) {
    const std::size_t half = run / 4, part = run % 4;
    const int low = bits_at(ql[64 * half + kRun * (part % 2) + l], 4 * (part / 2), 15);
    return (low | bits_at(qh[kRun * half + l], 2 * part, 3) << 4) - 32;
  });
}

// Byte l of a run holds weights l and l + 16 of it.
void decode_iq4_xs(const std::uint8_t* block, float* values) {
  const std::uint8_t *scales = block + 4, *qs = block + 8;
  const float d = read_f16(block);
  Groups groups;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::size_t run = g / 2;
    const int low = bits_at(scales[run / 2], 4 * (run % 2), 15);
    const int high = bits_at(block[2 + run / 4], 2 * (run % 4), 3);
    groups[g].scale = d * static_cast<float>((low | high << 4) - 32);
  }
  decode_runs(groups, values, [&](std::size_t run, std::size_t l) {
    const int code = bits_at(qs[kRun / 2 * run + l % kGroup], 4 * (l / kGroup), 15);
    return static_cast<int>(kUnevenCodes[static_cast<std::size_t>(code)]);
  });
}

}  // namespace

void decode_k_block(DType type, const std::uint8_t* block, float* values) {
  switch (type) {
    case DType::kQ2_K:
      return decode_q2_k(block, values);
    case DType::kQ3_K:
      return decode_q3_k(block, values);
    case DType::kQ4_K:
      return decode_q4_k(block, values);
    case DType::kQ5_K:
      return decode_q5_k(block, values);
    case DType::kQ6_K:
      return decode_q6_k(block, values);
    case DType::kIQ4_XS:
      return decode_iq4_xs(block, values);
    default:
      LUCIE_ASSERT(dtype_info(type).block == static_cast<int>(kBlock));
  }
}

}  // namespace lucie
