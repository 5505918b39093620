// The scales of a block of 256 weights in few bits: levels 0 ... top times one number d. Anonymous
// for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/encode_lanes.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

struct Levels {
  float d = 0.0f;
  std::uint8_t codes[kGroups] = {};
};

// The greatest of the scales, none of which is negative, gets the top.
inline Levels plain_levels(const float* scales, int count, int top) {
  Levels levels;
  float most = 0.0f;
  for (int j = 0; j < count; ++j) most = scales[j] > most ? scales[j] : most;
  const float inverse = most > 0.0f ? static_cast<float>(top) / most : 0.0f;
  for (int j = 0; j < count; ++j) {
    const auto code = static_cast<std::uint8_t>(nearest(inverse * scales[j]));
    levels.codes[j] = code < top ? code : static_cast<std::uint8_t>(top);
  }
  levels.d = most / static_cast<float>(top);
  return levels;
}

// Sums of a least squares fit of one number to levels l.
struct LevelSums {
  float xl = 0.0f, l2 = 0.0f;

  void add(float w, float x, int level) {
    const auto l = static_cast<float>(level);
    xl += w * x * l;
    l2 += w * l * l;
  }
  LevelSums without(float w, float x, int level) const {
    const auto l = static_cast<float>(level);
    return {xl - w * x * l, l2 - w * l * l};
  }
  bool better_than(const LevelSums& other) const {
    return xl * xl * other.l2 > other.xl * other.xl * l2;
  }
};

inline int capped(int level, int top) {
  return level < top ? level : top;
}

inline float level_error(const float* scales, const float* weights, int count, const int* levels,
                         float d) {
  float error = 0.0f;
  for (int j = 0; j < count; ++j) {
    const float off = scales[j] - d * static_cast<float>(levels[j]);
    error += weights[j] * off * off;
  }
  return error;
}

// top / most, or the one of eight factors about it with the least weighted squared error.
inline float best_factor(const float* scales, const float* weights, int count, int top,
                         float most) {
  int levels[kGroups];
  float best = static_cast<float>(top) / most, best_error = 0.0f;
  for (int n = 0; n < 9; ++n) {
    const int step = n <= 4 ? (n == 0 ? 0 : n - 5) : n - 4;  // 0, -4 ... -1, 1 ... 4
    const float factor = (0.1f * static_cast<float>(step) + static_cast<float>(top)) / most;
    for (int j = 0; j < count; ++j) levels[j] = capped(nearest(factor * scales[j]), top);
    const float error = level_error(scales, weights, count, levels, 1.0f / factor);
    if (n > 0 && !(error < best_error)) continue;
    best_error = error;
    best = factor;
  }
  return best;
}

// For the least squared error, weighted by the groups' importance: from the best factor, levels are
// improved one after another until none changes, five times at most.
inline Levels weighted_levels(const float* scales, const float* weights, int count, int top) {
  Levels levels;
  float most = 0.0f;
  for (int j = 0; j < count; ++j) most = most > scales[j] ? most : scales[j];
  if (most < 1e-15f) return levels;
  const float factor = best_factor(scales, weights, count, top, most);
  LevelSums sums;
  for (int j = 0; j < count; ++j) {
    const int level = capped(nearest(factor * scales[j]), top);
    levels.codes[j] = static_cast<std::uint8_t>(level);
    sums.add(weights[j], scales[j], level);
  }
  bool changed = true;
  for (int pass = 0; pass < 5 && changed; ++pass) {
    changed = false;
    for (int j = 0; j < count; ++j) {
      const float x = scales[j], w = weights[j];
      LevelSums moved = sums.without(w, x, levels.codes[j]);
      if (!(moved.xl > 0.0f && moved.l2 > 0.0f)) continue;
      const int level = capped(nearest(x * moved.l2 / moved.xl), top);
      if (level == levels.codes[j]) continue;
      moved.add(w, x, level);
      if (!moved.better_than(sums)) continue;
      levels.codes[j] = static_cast<std::uint8_t>(level);
      sums = moved;
      changed = true;
    }
  }
  levels.d = sums.l2 > 0.0f ? sums.xl / sums.l2 : 0.0f;
  return levels;
}

// Of the scales, that of greatest magnitude, the first of equals.
inline float greatest_of(const float* scales, int count) {
  float magnitude = 0.0f, value = 0.0f;
  for (int j = 0; j < count; ++j) {
    const float size = __builtin_fabsf(scales[j]);
    if (size > magnitude) {
      magnitude = size;
      value = scales[j];
    }
  }
  return value;
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
