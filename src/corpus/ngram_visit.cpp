// NgramModel in backoff form, pruned (ngram.h).
#include <algorithm>

#include "base/error.h"

#include "corpus/ngram.h"

namespace lucie {

NgramModel::NodeLists NgramModel::suffixes() const {
  NodeLists suffixes(levels_.size());
  for (std::size_t length = 1; length < levels_.size(); ++length) {
    const Level& level = levels_[length];
    suffixes[length].resize(level.symbols.size(), 0);
    if (length == 1) continue;  // all end with the empty one
    for (std::size_t i = 0; i < level.symbols.size(); ++i) {
      const Node shorter = suffixes[length - 1][level.prefixes[i]];
      suffixes[length][i] = levels_[length - 1].table.find(shorter, level.symbols[i]);
    }
  }
  return suffixes;
}

NgramModel::Flags NgramModel::kept(std::span<const std::uint32_t> min_counts,
                                   const NodeLists& suffixes) const {
  Flags kept(levels_.size());
  for (std::size_t length = 1; length < levels_.size(); ++length) {
    for (const std::uint32_t count : levels_[length].counts) {
      kept[length].push_back(count >= min_counts[length - 1]);
    }
  }
  for (std::size_t length = levels_.size() - 1; length > 1; --length) {
    for (std::size_t i = 0; i < kept[length].size(); ++i) {
      if (!kept[length][i]) continue;
      kept[length - 1][levels_[length].prefixes[i]] = true;
      kept[length - 1][suffixes[length][i]] = true;
    }
  }
  return kept;
}

// What contexts of this length leave to shorter ones once n-grams one longer are pruned.
std::vector<double> NgramModel::spared_when_pruned(std::size_t length, const Flags& kept) const {
  const Level& contexts = levels_[length];
  std::vector<double> spared = contexts.spared;
  if (length + 1 == levels_.size()) return std::vector<double>(contexts.counts.size(), 1.0);
  const Level& longer = levels_[length + 1];
  for (std::size_t i = 0; i < longer.counts.size(); ++i) {
    if (kept[length + 1][i]) continue;
    const std::uint32_t count = longer.counts[i];
    const double total = contexts.totals[longer.prefixes[i]];
    if (total == 0) continue;
    const double discounted = static_cast<double>(count) - longer.discounts[std::min(count, 3U)];
    spared[longer.prefixes[i]] += discounted / total;
  }
  for (std::size_t i = 0; i < spared.size(); ++i) {
    if (contexts.totals[i] == 0) spared[i] = 1;  // never followed by anything
  }
  return spared;
}

void NgramModel::visit(std::span<const std::uint32_t> min_counts,
                       const std::function<void(const Weighted&)>& visitor) const {
  LUCIE_ASSERT(min_counts.size() + 1 >= levels_.size());
  const NodeLists ends = suffixes();
  const Flags is_kept = kept(min_counts, ends);
  std::vector<double> shorter(1, 1.0 / static_cast<double>(vocabulary_));  // probabilities
  std::vector<double> spared_before = spared_when_pruned(0, is_kept);
  std::vector<std::uint32_t> symbols;
  visitor({symbols, shorter[0], spared_before[0]});
  for (std::size_t length = 1; length < levels_.size(); ++length) {
    const Level& level = levels_[length];
    const std::vector<double> spared = spared_when_pruned(length, is_kept);
    std::vector<double> probabilities(level.counts.size());
    symbols.resize(length);
    for (std::size_t i = 0; i < level.counts.size(); ++i) {
      if (!is_kept[length][i]) continue;
      const Node prefix = level.prefixes[i];
      const double total = levels_[length - 1].totals[prefix];
      const std::uint32_t count = level.counts[i];
      const double own = static_cast<double>(count) - level.discounts[std::min(count, 3U)];
      const double left = spared_before[prefix] * shorter[ends[length][i]];
      probabilities[i] = (total == 0 ? 0 : own / total) + left;
      Node node = static_cast<Node>(i);
      for (std::size_t m = length; m > 0; --m) {
        symbols[m - 1] = levels_[m].symbols[node];
        node = levels_[m].prefixes[node];
      }
      if (symbols.front() != SymbolText::kStart) visitor({symbols, probabilities[i], spared[i]});
    }
    shorter = std::move(probabilities);
    spared_before = spared;
  }
}

}  // namespace lucie
