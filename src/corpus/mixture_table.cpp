#include "corpus/mixture_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

constexpr int kMostRounds = 1000;  // of fitting; what can be fitted takes some ten
constexpr double kClose = 1e-9;    // relative: what counts as equal

using Margins = std::map<std::string, double>;

// One side of the table, along which shares may be given.
struct Side {
  const char* what;
  const std::vector<MixtureShare>* shares;
  std::string (*name_of)(const GroupKey&);
};

std::string language_of(const GroupKey& key) {
  return mixture_group(key.language);
}

std::vector<Side> sides_of(const Mixture& mixture) {
  std::vector<Side> sides{
      {"language", &mixture.languages, language_of},
      {"category", &mixture.categories, [](const GroupKey& key) { return key.category; }},
      {"source", &mixture.sources, [](const GroupKey& key) { return key.source; }}};
  std::erase_if(sides, [](const Side& side) { return side.shares->empty(); });
  return sides;
}

bool fits(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool fits_years(const EpochRule& rule, const std::string& year) {
  if (rule.since.empty() && rule.before.empty()) return true;
  if (year == kUndated) return false;
  if (year == kEarlier) return rule.since.empty();
  return year >= rule.since && (rule.before.empty() || year < rule.before);
}

// How often a token of these documents counts.
double times_of(const Mixture& mixture, const GroupKey& key) {
  double times = 1;
  for (const EpochRule& rule : mixture.epochs) {
    if (fits(rule.sources, key.source) && fits(rule.categories, key.category) &&
        fits(rule.languages, language_of(key)) && fits_years(rule, key.year)) {
      times = rule.times;
    }
  }
  if (mixture.long_over > 0 && key.longer_than >= mixture.long_over) times *= mixture.long_weight;
  return key.year.empty() ? times : times * mixture.date_weight(key.year);
}

void refuse_coarse_rows(std::span<const MixtureRow> rows, const Mixture& mixture) {
  Grouping needed;
  mixture.refine(&needed);
  for (const MixtureRow& row : rows) {
    if ((needed.by_source && row.key.source.empty()) ||
        (needed.tells_years() && row.key.year.empty())) {
      fail(ErrorCode::kMismatch,
           "the tokens of '" + row.key.name() + "' are not told apart as the mixture asks",
           "mixture", "make the tokens again with this recipe: lucie run RECIPE --until tokens");
    }
  }
}

// By key, so that sums do not depend on the caller's order.
std::vector<std::size_t> order_of(std::span<const MixtureRow> rows) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(rows[a].key, rows[a].tokens) < std::tie(rows[b].key, rows[b].tokens);
  });
  return order;
}

class Fitting {
 public:
  Fitting(std::span<const MixtureRow> rows, const Mixture& mixture)
      : rows_(rows), order_(order_of(rows)) {
    for (const MixtureRow& row : rows) {
      weights_.push_back(static_cast<double>(row.tokens) * times_of(mixture, row.key));
    }
  }

  Margins margins(const Side& side) const {
    Margins sums;
    for (const std::size_t i : order_) sums[side.name_of(rows_[i].key)] += weights_[i];
    return sums;
  }

  // Row by row: weight / sum of its margin * target. A row that is alone in its margin gets the
  // target to the last bit.
  void scale(const Side& side, const Margins& targets) {
    const Margins sums = margins(side);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::string name = side.name_of(rows_[i].key);
      const auto target = targets.find(name);
      const double sum = sums.at(name);
      weights_[i] = target == targets.end() || sum <= 0 ? 0 : weights_[i] / sum * target->second;
    }
  }

  bool holds(const Side& side, const Margins& targets) const {
    const Margins sums = margins(side);
    double all = 0, all_targets = 0;
    for (const auto& [name, target] : targets) {
      all += sums.at(name);
      all_targets += target;
    }
    return std::all_of(targets.begin(), targets.end(), [&](const auto& entry) {
      const auto& [name, target] = entry;
      return std::abs(sums.at(name) * all_targets - target * all) <= kClose * target * all;
    });
  }

  std::vector<double> normalized() const {
    double sum = 0;
    for (const std::size_t i : order_) sum += weights_[i];
    std::vector<double> weights = weights_;
    for (double& weight : weights) weight = sum > 0 ? weight / sum : 0;
    return weights;
  }

 private:
  std::span<const MixtureRow> rows_;
  std::vector<std::size_t> order_;
  std::vector<double> weights_;
};

// The shares along a side that there is text for. A language of which there is no row at all is
// most likely a slip.
Margins targets_of(const Side& side, const Margins& sums, std::vector<std::string>* notes) {
  std::vector<std::string> known;
  for (const auto& [name, sum] : sums) known.push_back(name);
  Margins targets;
  for (const MixtureShare& share : *side.shares) {
    const auto found = sums.find(share.name);
    if (found == sums.end() && share.weight > 0 && side.name_of == language_of) {
      const std::string guess = did_you_mean(share.name, known);
      fail(ErrorCode::kInvalidArgument,
           "the mixture names '" + share.name + "', of which there is no text", share.place,
           guess.empty() ? "languages with text: " + join(known, ", ") : guess);
    }
    const bool is_there = found != sums.end() && found->second > 0;
    if (is_there) {
      targets[share.name] = share.weight;
    } else if (share.weight > 0) {
      notes->push_back("the mixture names '" + share.name +
                       "', but there is not one window of it; its share goes to the others");
    }
  }
  for (const auto& [name, sum] : sums) {
    const bool is_named =
        std::any_of(side.shares->begin(), side.shares->end(),
                    [&](const MixtureShare& share) { return share.name == name; });
    if (is_named || sum <= 0) continue;
    notes->push_back("there are tokens of '" + name +
                     "', but the mixture does not name it; they are not read");
  }
  return targets;
}

void fit(const Mixture& mixture, Fitting* fitting, std::vector<std::string>* notes) {
  if (mixture.temperature != 1) {
    const Side languages{"language", nullptr, language_of};
    Margins targets = fitting->margins(languages);
    for (auto& [name, sum] : targets) sum = sum > 0 ? std::pow(sum, 1 / mixture.temperature) : 0;
    fitting->scale(languages, targets);
  }
  const std::vector<Side> sides = sides_of(mixture);
  std::vector<Margins> targets;
  for (const Side& side : sides) targets.push_back(targets_of(side, fitting->margins(side), notes));
  for (int round = 0; round < kMostRounds; ++round) {
    for (std::size_t i = 0; i < sides.size(); ++i) fitting->scale(sides[i], targets[i]);
    bool all_hold = true;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      all_hold = all_hold && fitting->holds(sides[i], targets[i]);
    }
    if (all_hold) return;
  }
  std::vector<std::string> names;
  for (const Side& side : sides) names.emplace_back(side.what);
  fail(ErrorCode::kInvalidArgument,
       "no mixture of this text has the shares of " + join(names, " and ") + " at once", "mixture",
       "give shares of one of them only");
}

// Rows at their limit stay there, the others are scaled up to fill the rest.
std::vector<double> capped(std::span<const MixtureRow> rows, const std::vector<double>& weights,
                           double max_epochs, double seen) {
  std::vector<double> shares = weights;
  if (max_epochs <= 0 || seen <= 0) return shares;
  const std::vector<std::size_t> order = order_of(rows);
  std::vector<bool> full(rows.size(), false);
  for (bool changed = true; changed;) {
    double left = 1, open = 0;
    for (const std::size_t i : order) {
      if (full[i]) {
        left -= shares[i];
      } else {
        open += weights[i];
      }
    }
    if (open <= 0 && left > kClose) {
      fail(ErrorCode::kInvalidArgument,
           fmt::format("at most {:g} epochs of the mixture's text fill {:.1f} % of the phase",
                       max_epochs, 100 * (1 - left)),
           "mixture.max_epochs", "raise it, lower the phase's train_tokens, or add text");
    }
    changed = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (full[i] || weights[i] <= 0) continue;
      if (left < 1) shares[i] = weights[i] * (left / open);
      const double limit = max_epochs * static_cast<double>(rows[i].tokens) / seen;
      if (shares[i] <= limit * (1 + kClose)) continue;
      shares[i] = limit;
      full[i] = changed = true;
    }
  }
  return shares;
}

}  // namespace

MixtureTable resolve_mixture(std::span<const MixtureRow> rows, const Mixture& mixture,
                             double seen) {
  refuse_coarse_rows(rows, mixture);
  MixtureTable table;
  Fitting fitting(rows, mixture);
  fit(mixture, &fitting, &table.notes);
  const std::vector<double> weights = fitting.normalized();
  if (!std::all_of(weights.begin(), weights.end(), [](double w) { return std::isfinite(w); })) {
    fail(ErrorCode::kInvalidArgument, "the numbers of the mixture are too far apart to reckon with",
         "mixture", "look for a temperature near 0 or an epoch, weight or share that is huge");
  }
  if (std::all_of(weights.begin(), weights.end(), [](double weight) { return weight <= 0; })) {
    std::set<std::string> languages;
    for (const MixtureRow& row : rows) {
      if (row.tokens > 0) languages.insert(language_of(row.key));
    }
    fail(ErrorCode::kInvalidArgument, "no tokens in any group of the mixture", "mixture",
         "languages with text: " +
             join(std::vector<std::string>(languages.begin(), languages.end()), ", "));
  }
  const std::vector<double> shares = capped(rows, weights, mixture.max_epochs, seen);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    MixtureTableRow row{rows[i], weights[i], shares[i], shares[i] * seen, 0};
    if (rows[i].tokens > 0) row.epochs = row.tokens_seen / static_cast<double>(rows[i].tokens);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace lucie
