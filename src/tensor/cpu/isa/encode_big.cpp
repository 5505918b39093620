// Weights to quantized blocks of 256 elements, by ggml's quantizers bit for bit: a search for the
// scale of each group of 16 or 32 (encode_fits.h), levels of few bits for those scales, then codes
// anew for the scales as they were rounded. Layouts: tensor/k_block_codec.cpp.
#include "tensor/cpu/isa/encode_fits.h"
#include "tensor/cpu/isa/encode_levels.h"
#include "tensor/cpu/isa/encode_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Weights that share a scale; such groups in a block; blocks whose groups are searched together.
template <typename Block>
constexpr int kSize = __is_same(Block, Q4K) || __is_same(Block, Q5K) || __is_same(Block, IQ4XS)
                          ? 32
                          : 16;
template <typename Block>
constexpr int kOwn = kBigBlock / kSize<Block>;
template <typename Block>
constexpr int kTogether = kGroups / kOwn<Block>;

// Importance of columns, null when all count the same.
struct Source {
  const float* x;
  const float* importance;
};

// Of each group, `factor` times the mean square of its block.
template <typename Block>
inline void mean_squares(const float* x, int blocks, float factor, float* sigma2) {
  for (int b = 0; b < blocks; ++b) {
    const float sum = factor * sum_of_squares_in_order(x + b * kBigBlock, kBigBlock);
    for (int g = 0; g < kOwn<Block>; ++g) sigma2[b * kOwn<Block> + g] = sum / kBigBlock;
  }
  for (int g = blocks * kOwn<Block>; g < kGroups; ++g) sigma2[g] = sigma2[0];
}

// Lays `blocks` blocks out and weighs their errors: by importance where there is one, else by
// plain(groups, at); then calls fit(groups, at).
template <typename Block, typename Plain, typename Fit>
inline void search_blocks(const Source& from, int blocks, const Plain& plain, const Fit& fit) {
  Groups<kSize<Block>> groups;
  alignas(64) float sigma2[kGroups] = {};
  const int count = blocks * kOwn<Block>;
  transpose<kSize<Block>>(from.x, count, groups.values);
  if (from.importance != nullptr) {
    transpose<kSize<Block>>(from.importance, count, groups.weights);
    if constexpr (!__is_same(Block, Q6K)) {  // which takes the importance as it is
      mean_squares<Block>(from.x, blocks, __is_same(Block, Q2K) ? 1.0f : 2.0f, sigma2);
    }
  }
  for (int at = 0; at < count; at += kLanes) {
    if (from.importance == nullptr) {
      plain(groups, at);
    } else if constexpr (!__is_same(Block, Q6K)) {
      weigh_by_importance(groups, at, load(sigma2 + at));
    }
    fit(groups, at);
  }
}

// What a search found for a block: groups first, first + 1, ... of the fits.
struct Found {
  const Fits& fits;
  int first;

  const float* scales() const { return fits.scale + first; }
  const float* minima() const { return fits.minimum + first; }
  const float* importance() const { return fits.importance + first; }
};

// A group's scale and minimum as the block keeps them.
struct Kept {
  float scale, minimum;
};

// Codes of group g by what is kept; those of the search where the scale is zero.
template <typename Block>
inline void put_group(const float* x, const Found& found, int g, Kept kept, Range range,
                      std::uint8_t* codes) {
  constexpr int kCount = kSize<Block>;
  x += g * kCount;
  codes += g * kCount;
  if (kept.scale != 0.0f) {
    codes_by_scale(x, kCount, kept.scale, kept.minimum, range, codes);
  } else {
    const int at = found.first + g;
    codes_by_search(x, kCount, found.fits.iscale[at], found.fits.base[at], range, codes);
  }
}

// Types with minima: q2_k, q4_k, q5_k.
template <typename Block>
struct Affine;
template <>
struct Affine<Q2K> {
  static constexpr Grid kPlain{3, -0.5f, 0.1f, 15, true};
  static constexpr int kTopLevel = 15;
};
template <>
struct Affine<Q4K> {
  static constexpr Grid kPlain{15, -1.0f, 0.1f, 20, false};
  static constexpr int kTopLevel = 63;
};
template <>
struct Affine<Q5K> {
  static constexpr Grid kPlain{31, -0.5f, 0.1f, 15, false};
  static constexpr int kTopLevel = 63;
};

template <typename Block>
void finish_affine(const float* x, const Found& found, bool weighted, Block& block) {
  constexpr int kTop = Affine<Block>::kTopLevel;
  const auto levels = [&](const float* values) {
    return weighted ? weighted_levels(values, found.importance(), kOwn<Block>, kTop)
                    : plain_levels(values, kOwn<Block>, kTop);
  };
  const Levels scales = levels(found.scales()), minima = levels(found.minima());
  block.d.bits = f32_to_f16(scales.d);
  block.dmin.bits = f32_to_f16(minima.d);
  put_levels(scales.codes, minima.codes, block);
  const float d = f16_to_f32(block.d.bits), dmin = f16_to_f32(block.dmin.bits);
  alignas(64) std::uint8_t codes[kBigBlock];
  for (int g = 0; g < kOwn<Block>; ++g) {
    const Kept kept{d * scales.codes[g], dmin * minima.codes[g]};
    put_group<Block>(x, found, g, kept, {0, Affine<Block>::kPlain.top}, codes);
  }
  put_codes(codes, block);
}

// Without importance, errors of q2_k count by the size of the weight, in the others by that and the
// root mean square of the group.
template <typename Block>
void encode_affine(const Source& from, Block* blocks, int count) {
  constexpr int kCount = kSize<Block>;
  Grid grid = Affine<Block>::kPlain;
  if (from.importance != nullptr) grid = {grid.top, -0.9f, 0.05f, 36, false};
  Fits fits;
  const auto plain = [](auto& groups, int at) {
    V average{};
    if constexpr (!__is_same(Block, Q2K)) {
      for (int i = 0; i < kCount; ++i) average += groups.value(i, at) * groups.value(i, at);
      average = sqrt(average / static_cast<float>(kCount));
    }
    weigh(groups, at, [=](V x, V) { return average + abs(x); });
  };
  search_blocks<Block>(from, count, plain,
                       [&](auto& groups, int at) { fit_affine(groups, at, grid, fits); });
  for (int b = 0; b < count; ++b) {
    const Found found{fits, b * kOwn<Block>};
    finish_affine(from.x + b * kBigBlock, found, from.importance != nullptr, blocks[b]);
  }
}

inline int signed_level(float x) {  // of six bits
  const int level = nearest(x);
  return level < -32 ? -32 : capped(level, 31);
}

// Levels -32 ... 31 of the scales of q3_k, stored from 0: by their greatest, or by a search of
// their own.
Levels q3_levels(const Found& found, bool weighted) {
  constexpr int kOwnScales = kOwn<Q3K>;
  Levels levels;
  if (weighted) {
    Groups<kOwnScales> one;
    Fits fit;
    transpose<kOwnScales>(found.scales(), 1, one.values);
    transpose<kOwnScales>(found.importance(), 1, one.weights);
    fit_symmetric(one, 0, 32, fit);
    codes_by_search(found.scales(), kOwnScales, fit.iscale[0], 0.0f, {-32, 31}, levels.codes);
    levels.d = fit.scale[0];
    return levels;
  }
  const float most = greatest_of(found.scales(), kOwnScales);
  if (most == 0.0f) return levels;
  const float iscale = -32.0f / most;
  for (int g = 0; g < kOwnScales; ++g) {
    levels.codes[g] = static_cast<std::uint8_t>(signed_level(iscale * found.scales()[g]) + 32);
  }
  levels.d = 1.0f / iscale;
  return levels;
}

void encode_block(const Source& from, Q3K& block) {
  const bool weighted = from.importance != nullptr;
  Fits fits;
  alignas(64) std::uint8_t codes[kBigBlock];
  search_blocks<Q3K>(
      from, 1, [](auto&, int) {},
      [&](auto& groups, int at) {
        if (weighted) {
          fit_symmetric(groups, at, 4, fits);
        } else {
          fit_by_descent(groups, at, fits, codes);
        }
      });
  const Found found{fits, 0};
  const Levels levels = q3_levels(found, weighted);
  block.d.bits = f32_to_f16(levels.d);
  put_levels(levels.codes, block);
  const float d = f16_to_f32(block.d.bits);
  for (int g = 0; g < kOwn<Q3K>; ++g) {
    const float scale = d * static_cast<float>(levels.codes[g] - 32);
    if (scale == 0.0f && !weighted) continue;  // the codes of the descent stay
    put_group<Q3K>(from.x, found, g, {scale, 0.0f}, {-4, 3}, codes);
  }
  put_codes(codes, block);
}

void encode_block(const Source& from, Q6K& block) {
  Fits fits;
  search_blocks<Q6K>(
      from, 1, [](auto& groups, int at) { weigh_by_squares(groups, at); },
      [&](auto& groups, int at) { fit_symmetric(groups, at, 32, fits); });
  const float most = greatest_of(fits.scale, kOwn<Q6K>);
  if (__builtin_fabsf(most) < kTiny) {
    block = {};
    return;
  }
  const float iscale = -128.0f / most;
  block.d.bits = f32_to_f16(1.0f / iscale);
  const float d = f16_to_f32(block.d.bits);
  alignas(64) std::uint8_t codes[kBigBlock];
  for (int g = 0; g < kOwn<Q6K>; ++g) {
    block.scales[g] = static_cast<std::int8_t>(capped(nearest(iscale * fits.scale[g]), 127));
    const Kept kept{d * static_cast<float>(block.scales[g]), 0.0f};
    put_group<Q6K>(from.x, {fits, 0}, g, kept, {-32, 31}, codes);
  }
  put_codes(codes, block);
}

// iq4_xs keeps levels -32 ... 31 from 0; here codes come from the unrounded scale.
void finish_uneven(const float* x, const float* scales, IQ4XS& block) {
  alignas(64) std::uint8_t codes[kBigBlock];
  std::uint8_t levels[kOwn<IQ4XS>];
  const float d = -greatest_of(scales, kOwn<IQ4XS>) / 32.0f, id = inverse(d);
  for (int g = 0; g < kOwn<IQ4XS>; ++g) {
    const int level = signed_level(id * scales[g]);
    const int at = g * kSize<IQ4XS>;
    uneven_codes(x + at, kSize<IQ4XS>, inverse(d * static_cast<float>(level)), codes + at);
    levels[g] = static_cast<std::uint8_t>(level + 32);
  }
  block.d.bits = f32_to_f16(d);
  put_levels(levels, block);
  put_codes(codes, block);
}

void encode_uneven(const Source& from, IQ4XS* blocks, int count) {
  Fits fits;
  search_blocks<IQ4XS>(
      from, count, [](auto& groups, int at) { weigh_by_squares(groups, at); },
      [&](auto& groups, int at) { fit_uneven(groups, at, fits); });
  for (int b = 0; b < count; ++b) {
    finish_uneven(from.x + b * kBigBlock, fits.scale + b * kOwn<IQ4XS>, blocks[b]);
  }
}

template <typename Block>
void encode_blocks(Source from, void* data, i64 count) {
  auto* blocks = static_cast<Block*>(data);
  while (count > 0) {
    const int some = count < kTogether<Block> ? static_cast<int>(count) : kTogether<Block>;
    if constexpr (__is_same(Block, IQ4XS)) {
      encode_uneven(from, blocks, some);
    } else if constexpr (__is_same(Block, Q3K) || __is_same(Block, Q6K)) {
      encode_block(from, *blocks);
    } else {
      encode_affine(from, blocks, some);
    }
    from.x += some * kBigBlock;
    if (from.importance != nullptr) from.importance += some * kBigBlock;
    blocks += some;
    count -= some;
  }
}

}  // namespace

void encode_big(Array blocks, const float* x, const float* importance, std::int64_t n) {
  const Source from{x, importance};
  const i64 count = n / kBigBlock;
  switch (blocks.type) {
    case Element::kQ2_K:
      return encode_blocks<Q2K>(from, blocks.data, count);
    case Element::kQ3_K:
      return encode_blocks<Q3K>(from, blocks.data, count);
    case Element::kQ4_K:
      return encode_blocks<Q4K>(from, blocks.data, count);
    case Element::kQ5_K:
      return encode_blocks<Q5K>(from, blocks.data, count);
    case Element::kQ6_K:
      return encode_blocks<Q6K>(from, blocks.data, count);
    default:
      return encode_blocks<IQ4XS>(from, blocks.data, count);
  }
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
