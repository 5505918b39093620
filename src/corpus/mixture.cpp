#include "corpus/mixture.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "corpus/document.h"

namespace lucie {

namespace {

constexpr std::uint64_t kStride = 512;

}  // namespace

std::string mixture_group(std::string_view language) {
  return is_aligned_language(language) ? "aligned" : std::string(language);
}

Mixture Mixture::from_json(const Json& mixture) {
  Mixture result;
  if (mixture.is_null()) return result;
  refuse_unknown_keys(mixture, {"language", "temperature"}, "mixture");
  const Json* table = mixture.find("language");
  if (const Json* temperature = mixture.find("temperature")) {
    result.temperature_ = temperature->as_double();
    if (!std::isfinite(result.temperature_) || result.temperature_ <= 0) {
      fail(ErrorCode::kInvalidArgument, "mixture.temperature must be above 0", temperature->place(),
           "1 keeps the proportions of the data, more evens them out");
    }
    if (table != nullptr && table->size() > 0) {
      fail(ErrorCode::kInvalidArgument, "mixture.temperature goes with no shares by language",
           temperature->place(), "shares are what they say; leave one of the two out");
    }
  }
  if (table == nullptr || table->is_null()) return result;
  for (const auto& [group, value] : table->members()) {
    const double weight = value.as_double();
    if (!std::isfinite(weight) || weight < 0) {
      fail(ErrorCode::kInvalidArgument, "mixture.language." + group + " is not a share",
           value.place(), "give percentages, for example 33");
    }
    result.shares_.push_back({group, weight});
  }
  return result;
}

std::vector<double> Mixture::weights_for(std::span<const std::string> groups,
                                         std::span<const std::uint64_t> available) const {
  LUCIE_ASSERT(groups.size() == available.size());
  std::vector<double> weights(groups.size(), 0);
  if (shares_.empty()) {
    std::transform(available.begin(), available.end(), weights.begin(),
                   [this](std::uint64_t count) {
                     const auto all = static_cast<double>(count);
                     return temperature_ == 1 ? all : std::pow(all, 1 / temperature_);
                   });
  }
  for (const MixtureShare& share : shares_) {
    const auto found = std::find(groups.begin(), groups.end(), share.group);
    const auto index = static_cast<std::size_t>(found - groups.begin());
    if (found != groups.end() && available[index] > 0) {
      weights[index] = share.weight;
    } else if (share.weight > 0) {
      log_warning("the mixture names '" + share.group +
                  "', but there is not one window of it; its share goes to the others");
    }
  }
  for (std::size_t k = 0; k < groups.size() && !shares_.empty(); ++k) {
    const bool named = std::any_of(shares_.begin(), shares_.end(), [&](const MixtureShare& share) {
      return share.group == groups[k];
    });
    if (!named && available[k] > 0) {
      log_warning("there are tokens of '" + groups[k] +
                  "', but the mixture does not name it; they are not read");
    }
  }
  double sum = 0;
  for (const double weight : weights) sum += weight;
  if (sum <= 0) {
    fail(ErrorCode::kInvalidArgument, "no tokens in any group of the mixture", "mixture.language",
         "groups with data: " + join(groups, ", "));
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

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

}  // namespace lucie
