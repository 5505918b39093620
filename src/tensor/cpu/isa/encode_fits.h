// The searches behind ggml's quantizers: for each group of weights the scale, and where the type
// has one the minimum, of least weighted squared error over a grid of candidates. Groups lie side
// by side in the lanes, so each group's sums run in the order of ggml's scalar code, and the bits
// are the same in every instruction set. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/encode_lanes.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// What was found for each group. The codes are those of codes_by_search with `iscale` and `base`.
struct alignas(64) Fits {
  float scale[kGroups];
  float minimum[kGroups];     // of affine types: weight = scale * code - minimum
  float importance[kGroups];  // sum of the group's error weights
  float iscale[kGroups], base[kGroups];
};

// Candidates (start + step * i + top) / range, i = 0 ... steps, where codes are 0 ... top.
struct Grid {
  int top;
  float start, step;
  int steps;
  bool absolute_error;  // instead of squared
};

// Sums of a least squares fit of scale and minimum to codes l, with the errors' weights w.
struct AffineSums {
  V w, x, l, l2, xl;

  V determinant() const { return w * l2 - l * l; }
  V scale() const { return (w * xl - x * l) / determinant(); }
  V minimum() const { return (l2 * x - l * xl) / determinant(); }
};

template <int N>
inline V affine_error(const Groups<N>& groups, int at, const V* codes, V scale, V base,
                      bool absolute) {
  V error{};
  for (int i = 0; i < N; ++i) {
    const V off = scale * codes[i] + base - groups.value(i, at);
    error += groups.weight(i, at) * (absolute ? abs(off) : off * off);
  }
  return error;
}

// Codes 0 ... top from a base of at most zero. Once a candidate is better, its base is the one that
// the next candidates start from.
template <int N>
inline void fit_affine(const Groups<N>& groups, int at, const Grid& grid, Fits& fits) {
  V lowest = groups.value(0, at), highest = lowest;
  AffineSums sums{groups.weight(0, at), groups.weight(0, at) * groups.value(0, at), {}, {}, {}};
  for (int i = 1; i < N; ++i) {
    const V x = groups.value(i, at), w = groups.weight(i, at);
    lowest = x < lowest ? x : lowest;
    highest = x > highest ? x : highest;
    sums.w += w;
    sums.x += w * x;
  }
  lowest = lowest > 0.0f ? V{} : lowest;
  const VI flat = highest == lowest;
  const float top = static_cast<float>(grid.top);
  V codes[N];
  V base = lowest, iscale = set1(top) / (highest - base), scale = set1(1.0f) / iscale;
  for (int i = 0; i < N; ++i) {
    codes[i] = to_float(code(iscale * (groups.value(i, at) - base), 0, grid.top));
  }
  V best_error = affine_error(groups, at, codes, scale, base, grid.absolute_error);
  V best_iscale = iscale, best_base = base;
  for (int step = 0; step <= grid.steps; ++step) {
    iscale = set1(grid.start + grid.step * static_cast<float>(step) + top) / (highest - base);
    sums.l = sums.l2 = sums.xl = V{};
    for (int i = 0; i < N; ++i) {
      const V x = groups.value(i, at);
      codes[i] = to_float(code(iscale * (x - base), 0, grid.top));
      const V wl = groups.weight(i, at) * codes[i];
      sums.l += wl;
      sums.l2 += wl * codes[i];
      sums.xl += wl * x;
    }
    const V fitted = sums.minimum();
    const VI above = fitted > 0.0f;
    const V new_base = above ? V{} : fitted;
    const V new_scale = above ? sums.xl / sums.l2 : sums.scale();
    const V error = affine_error(groups, at, codes, new_scale, new_base, grid.absolute_error);
    const VI better = (sums.determinant() > 0.0f) & (error < best_error);
    best_error = better ? error : best_error;
    best_iscale = better ? iscale : best_iscale;
    best_base = better ? base : best_base;
    scale = better ? new_scale : scale;
    base = better ? new_base : base;
  }
  store(fits.scale + at, flat ? V{} : scale);
  store(fits.minimum + at, -(flat ? lowest : base));
  store(fits.importance + at, sums.w);
  store(fits.iscale + at, flat ? V{} : best_iscale);
  store(fits.base + at, flat ? lowest : best_base);
}

// The value of greatest magnitude of each group, the first of equals.
template <int N>
inline V greatest(const Groups<N>& groups, int at) {
  V magnitude{}, value{};
  for (int i = 0; i < N; ++i) {
    const V x = groups.value(i, at);
    const VI greater = abs(x) > magnitude;
    magnitude = greater ? abs(x) : magnitude;
    value = greater ? x : value;
  }
  return value;
}

// Groups below it are taken for zeros.
constexpr float kTiny = 1e-15f;

// Codes -top ... top - 1. The best is that of the greatest (sum w x l)^2 / sum w l^2.
struct SymmetricBest {
  V score, scale, iscale;

  void offer(V xl, V l2, V candidate) {
    const VI better = (l2 > 0.0f) & (xl * xl > score * l2);
    const V fitted = xl / l2;
    scale = better ? fitted : scale;
    score = better ? fitted * xl : score;
    iscale = better ? candidate : iscale;
  }
};

template <int N>
inline void fit_symmetric(const Groups<N>& groups, int at, int top, Fits& fits) {
  const V most = greatest(groups, at);
  SymmetricBest best{};
  V total{};
  for (int i = 0; i < N; ++i) total += groups.weight(i, at);
  for (int n = 0; n < 19; ++n) {
    const int step = n <= 9 ? (n == 0 ? 0 : n - 10) : n - 9;  // 0, -9 ... -1, 1 ... 9
    const V iscale = set1(-(static_cast<float>(top) + 0.1f * static_cast<float>(step))) / most;
    V xl{}, l2{};
    for (int i = 0; i < N; ++i) {
      const V x = groups.value(i, at), w = groups.weight(i, at);
      const V l = to_float(code(iscale * x, -top, top - 1));
      xl += w * x * l;
      l2 += w * l * l;
    }
    if (n == 0) {
      const V scale = l2 != 0.0f ? xl / l2 : V{};
      best = {scale * xl, scale, iscale};
    } else {
      best.offer(xl, l2, iscale);
    }
  }
  const VI tiny = abs(most) < kTiny;
  store(fits.scale + at, tiny ? V{} : best.scale);
  store(fits.importance + at, total);
  store(fits.iscale + at, tiny ? V{} : best.iscale);
  store(fits.base + at, V{});
}

// Codes -4 ... 3 weighted by the squares of the values, improved one after another until none
// changes, five times at most. Codes + 4 go to `codes`, weight i of group g at [N g + i].
template <int N>
inline void fit_by_descent(const Groups<N>& groups, int at, Fits& fits, std::uint8_t* codes) {
  constexpr int kTop = 4;
  const V most = greatest(groups, at), iscale = set1(-kTop) / most;
  V l[N], xl{}, l2{};
  for (int i = 0; i < N; ++i) {
    const V x = groups.value(i, at), w = x * x;
    l[i] = to_float(code(iscale * x, -kTop, kTop - 1));
    xl += w * x * l[i];
    l2 += w * l[i] * l[i];
  }
  for (int pass = 0; pass < 5; ++pass) {
    VI changed{};
    for (int i = 0; i < N; ++i) {
      const V x = groups.value(i, at), w = x * x;
      V new_xl = xl - w * x * l[i], new_l2 = l2 - w * l[i] * l[i];
      const VI open = new_xl > 0.0f;
      const V moved = to_float(code(x * new_l2 / new_xl, -kTop, kTop - 1));
      new_xl += w * x * moved;
      new_l2 += w * moved * moved;
      const VI better =
          open & (moved != l[i]) & (new_l2 > 0.0f) & (new_xl * new_xl * l2 > xl * xl * new_l2);
      l[i] = better ? moved : l[i];
      xl = better ? new_xl : xl;
      l2 = better ? new_l2 : l2;
      changed |= better;
    }
    if (!any(changed)) break;
  }
  const VI tiny = abs(most) < kTiny;
  store(fits.scale + at, tiny ? V{} : (l2 > 0.0f ? xl / l2 : V{}));
  for (int i = 0; i < N; ++i) {
    const VI shifted = tiny ? VI{} : __builtin_convertvector(l[i], VI) + kTop;
    for (int lane = 0; lane < kLanes; ++lane) {
      codes[N * (at + lane) + i] = static_cast<std::uint8_t>(shifted[lane]);
    }
  }
}

// The code whose value is nearest, the higher of two equally near ones.
inline VI uneven_code(V x) {
  VI low{};
  for (int step = 8; step > 0; step /= 2) {
    low = x < look_up(kUneven, low + step) ? low : low + step;
  }
  const VI high = low == 15 ? low : low + 1;
  return x - look_up(kUneven, low) < look_up(kUneven, high) - x ? low : high;
}

inline void uneven_codes(const float* x, int n, float iscale, std::uint8_t* codes) {
  for (int i = 0; i < n; i += kLanes) {
    store_bytes(codes + i, uneven_code(set1(iscale) * load(x + i)));
  }
}

template <int N>
inline void fit_uneven(const Groups<N>& groups, int at, Fits& fits) {
  constexpr int kTries = 7;
  const V most = greatest(groups, at);
  SymmetricBest best{};
  for (int step = -kTries - 1; step <= kTries; ++step) {
    const bool first = step < -kTries;
    const V iscale = first ? set1(1.0f) / (-most / kUneven[0])
                           : set1(static_cast<float>(step) + kUneven[0]) / most;
    V xq{}, q2{};
    for (int i = 0; i < N; ++i) {
      const V x = groups.value(i, at);
      const V q = look_up(kUneven, uneven_code(iscale * x)), wq = groups.weight(i, at) * q;
      xq += wq * x;
      q2 += wq * q;
    }
    if (first) {
      const V scale = q2 > 0.0f ? xq / q2 : V{};
      best = {scale * xq, scale, iscale};
    } else {
      best.offer(xq, q2, iscale);
    }
  }
  store(fits.scale + at, abs(most) < kTiny ? V{} : best.scale);
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
