#include "corpus/blend_order.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {

namespace {

constexpr std::uint64_t kStride = 512;

}  // namespace

BlendOrder::BlendOrder(std::vector<double> weights, std::uint64_t samples)
    : weights_(std::move(weights)) {
  LUCIE_ASSERT(std::any_of(weights_.begin(), weights_.end(), [](double w) { return w > 0; }));
  std::vector<std::uint64_t> counts(weights_.size(), 0);
  for (std::uint64_t t = 0; t <= samples; ++t) {
    if (t % kStride == 0) checkpoints_.insert(checkpoints_.end(), counts.begin(), counts.end());
    step(t, counts);
  }
}

int BlendOrder::step(std::uint64_t t, std::span<std::uint64_t> counts) const {
  const double position = static_cast<double>(std::max<std::uint64_t>(t, 1));
  std::size_t chosen = weights_.size();
  double greatest = 0;
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    if (weights_[k] <= 0) continue;  // it would win a tie at 0
    const double error = weights_[k] * position - static_cast<double>(counts[k]);
    if (chosen == weights_.size() || error > greatest) {
      greatest = error;
      chosen = k;
    }
  }
  ++counts[chosen];
  return static_cast<int>(chosen);
}

std::vector<std::uint64_t> BlendOrder::counts(std::uint64_t t) const {
  const std::uint64_t checkpoint =
      std::min<std::uint64_t>(t / kStride, checkpoints_.size() / weights_.size() - 1);
  const auto begin =
      checkpoints_.begin() + static_cast<std::ptrdiff_t>(checkpoint * weights_.size());
  std::vector<std::uint64_t> counts(begin, begin + static_cast<std::ptrdiff_t>(weights_.size()));
  for (std::uint64_t i = checkpoint * kStride; i < t; ++i) step(i, counts);
  return counts;
}

BlendOrder::Pick BlendOrder::at(std::uint64_t t) const {
  std::vector<std::uint64_t> before = counts(t);
  const int group = step(t, before);
  return {group, before[static_cast<std::size_t>(group)] - 1};
}

std::uint64_t BlendOrder::when(const Pick& pick) const {
  const auto group = static_cast<std::size_t>(pick.group);
  LUCIE_ASSERT(weights_[group] > 0);
  const std::size_t rows = checkpoints_.size() / weights_.size();
  std::size_t begin = 0, end = rows;  // the last checkpoint before which there were no more
  while (end - begin > 1) {
    const std::size_t middle = begin + (end - begin) / 2;
    (checkpoints_[middle * weights_.size() + group] <= pick.index ? begin : end) = middle;
  }
  std::uint64_t t = begin * kStride;
  for (std::vector<std::uint64_t> before = counts(t);; ++t) {
    if (step(t, before) == pick.group && before[group] == pick.index + 1) return t;
  }
}

}  // namespace lucie
