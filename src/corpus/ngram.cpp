#include "corpus/ngram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/error.h"

namespace lucie {
namespace {

// Look-ups ahead of the one at work: enough to hide a miss of the last cache level.
constexpr std::size_t kAhead = 12;

std::uint64_t key_of(std::uint32_t prefix, std::uint32_t symbol) {
  return std::uint64_t{prefix} << 32 | symbol;
}

// Fibonacci hashing of a mixed key: the upper bits of a product depend on all bits below them.
std::size_t slot_of(std::uint64_t key, int shift) {
  key ^= key >> 29;
  return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15) >> shift);
}

}  // namespace

void SymbolText::add(std::span<const std::int32_t> sequence) {
  symbols_.push_back(kStart);
  for (const std::int32_t symbol : sequence) {
    if (symbol < 0) {
      fail(ErrorCode::kInvalidArgument, "negative symbol " + std::to_string(symbol));
    }
    symbols_.push_back(static_cast<std::uint32_t>(symbol));
  }
}

NgramModel::Node NgramModel::Table::find(Node prefix, std::uint32_t symbol) const {
  const std::uint64_t key = key_of(prefix, symbol);
  for (std::size_t at = slot_of(key, shift_);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.key == key) return slot.node;
    if (slot.node == kNone) return kNone;
  }
}

NgramModel::Node NgramModel::Table::insert(Node prefix, std::uint32_t symbol, bool* made) {
  const std::uint64_t key = key_of(prefix, symbol);
  std::size_t at = slot_of(key, shift_);
  while (slots_[at].node != kNone && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
  *made = slots_[at].node == kNone;
  if (!*made) return slots_[at].node;
  const auto node = static_cast<Node>(used_++);
  slots_[at] = {key, node};
  if (used_ * 8 > slots_.size() * 5) grow();
  return node;
}

void NgramModel::Table::prefetch(Node prefix, std::uint32_t symbol) const {
  __builtin_prefetch(&slots_[slot_of(key_of(prefix, symbol), shift_)]);
}

void NgramModel::Table::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  shift_ = 64 - std::countr_zero(slots_.size());
  for (const Slot& slot : old) {
    if (slot.node == kNone) continue;
    std::size_t at = slot_of(slot.key, shift_);
    while (slots_[at].node != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

NgramModel NgramModel::train(const SymbolText& text, int order, std::int64_t vocabulary) {
  LUCIE_ASSERT(order >= 1 && vocabulary >= 1);
  for (const std::uint32_t symbol : text.symbols_) {
    if (symbol != SymbolText::kStart && symbol >= static_cast<std::uint64_t>(vocabulary)) {
      fail(ErrorCode::kInvalidArgument, "symbol " + std::to_string(symbol) +
                                            " is outside the vocabulary of " +
                                            std::to_string(vocabulary));
    }
  }
  if (text.size() >= kNone) fail(ErrorCode::kUnsupported, "text of 2^32 symbols or more");
  NgramModel model;
  model.vocabulary_ = vocabulary;
  model.levels_.resize(index(order) + 1);
  model.count(text);
  for (int length = 1; length <= order; ++length) model.discount(model.levels_[index(length)]);
  for (int length = 1; length <= order; ++length) {
    model.weigh(model.levels_[index(length)], model.levels_[index(length - 1)]);
  }
  return model;
}

// Length by length, over all positions of the text. ending[i] is the n-gram of the length done last
// that ends at i, kNone where the sequence is shorter. One symbol longer, it is the pair
// (ending[i - 1], symbol i), and its own ending[i] is what it leaves when its first symbol goes:
// each distinct n-gram counts once for that one (continuation counts, Kneser & Ney 1995).
void NgramModel::count(const SymbolText& text) {
  const std::vector<std::uint32_t>& symbols = text.symbols_;
  std::vector<Node> ending(symbols.size(), 0);
  levels_[0].counts.push_back(0);
  for (std::size_t length = 1; length < levels_.size(); ++length) {
    Level& level = levels_[length];
    Level& shorter = levels_[length - 1];
    const bool longest = length + 1 == levels_.size();
    Node before = length == 1 ? 0 : kNone;  // ending[i - 1], which is overwritten
    std::size_t since_start = 0;            // symbols between the start and i
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      since_start = symbols[i] == SymbolText::kStart ? 0 : since_start + 1;
      if (i + kAhead < symbols.size()) {
        level.table.prefetch(ending[i + kAhead - 1], symbols[i + kAhead]);
      }
      const Node prefix = length == 1 ? 0 : before;
      const Node suffix = before = ending[i];
      ending[i] = kNone;
      if (since_start + 1 < length) continue;
      bool made = false;
      const Node node = level.table.insert(prefix, symbols[i], &made);
      ending[i] = node;
      if (made) {
        level.prefixes.push_back(prefix);
        level.symbols.push_back(symbols[i]);
        level.counts.push_back(0);
        if (length > 1) ++shorter.counts[suffix];
      }
      const bool from_start = since_start + 1 == length;
      if ((longest || from_start) && !(from_start && length == 1)) ++level.counts[node];
    }
  }
}

// Chen & Goodman 1999, eq. 26 (Y = n1 / (n1 + 2 n2); D_c = c - (c + 1) Y n_{c+1} / n_c), where n_c
// is the number of n-grams counted c times. Texts too small to have all of these take the usual
// 0.5, 1, 1.5.
void NgramModel::discount(Level& level) {
  std::array<double, 5> n{};
  for (const std::uint32_t count : level.counts) {
    if (count < n.size()) n[count] += 1;
  }
  const double y = n[1] / std::max(1.0, n[1] + 2 * n[2]);
  for (std::size_t c = 1; c <= 3; ++c) {
    const double own = static_cast<double>(c);
    double value = n[c] > 0 ? own - (own + 1) * y * n[c + 1] / n[c] : -1;
    if (!(value > 0 && value < own)) value = 0.5 * own;
    level.discounts[c] = value;
  }
}

// gamma(h) = (D1 N1(h .) + D2 N2(h .) + D3+ N3+(h .)) / sum of counts (eq. 25): exactly what the
// discounts take away.
void NgramModel::weigh(const Level& longer, Level& contexts) {
  contexts.totals.assign(contexts.counts.size(), 0.0);
  contexts.spared.assign(contexts.counts.size(), 0.0);
  for (std::size_t i = 0; i < longer.counts.size(); ++i) {
    const std::uint32_t count = longer.counts[i];
    contexts.totals[longer.prefixes[i]] += static_cast<double>(count);
    contexts.spared[longer.prefixes[i]] += longer.discounts[std::min(count, 3U)];
  }
  for (std::size_t i = 0; i < contexts.totals.size(); ++i) {
    if (contexts.totals[i] > 0) contexts.spared[i] /= contexts.totals[i];
  }
}

// P(w | h) = (c(hw) - D(c(hw))) / c(h) + gamma(h) P(w | h'), down to the uniform distribution
// (eq. 24). Contexts never followed by anything leave the word to the shorter ones.
double NgramModel::predict(std::span<const Node> contexts, std::uint32_t symbol) const {
  double p = 1.0 / static_cast<double>(vocabulary_);
  for (std::size_t m = 0; m < contexts.size(); ++m) {
    if (contexts[m] == kNone) break;
    const Level& context = levels_[m];
    const double total = context.totals[contexts[m]];
    if (total == 0) break;
    const Level& level = levels_[m + 1];
    const Node node = level.table.find(contexts[m], symbol);
    const std::uint32_t count = node == kNone ? 0 : level.counts[node];
    const double kept = static_cast<double>(count) - level.discounts[std::min(count, 3U)];
    p = kept / total + context.spared[contexts[m]] * p;
  }
  return p;
}

void NgramModel::advance(std::span<Node> contexts, std::uint32_t symbol) const {
  for (std::size_t m = contexts.size() - 1; m > 0; --m) {
    const Node prefix = contexts[m - 1];
    contexts[m] = prefix == kNone ? kNone : levels_[m].table.find(prefix, symbol);
  }
}

std::vector<NgramModel::Node> NgramModel::start() const {
  std::vector<Node> contexts(levels_.size() - 1, kNone);
  contexts[0] = 0;
  advance(contexts, SymbolText::kStart);
  return contexts;
}

double NgramModel::nats(std::span<const std::int32_t> sequence) const {
  std::vector<Node> contexts = start();
  double sum = 0;
  for (const std::int32_t symbol : sequence) {
    sum -= std::log(predict(contexts, static_cast<std::uint32_t>(symbol)));
    advance(contexts, static_cast<std::uint32_t>(symbol));
  }
  return sum;
}

double NgramModel::probability(std::span<const std::int32_t> history, std::int32_t symbol) const {
  std::vector<Node> contexts = start();
  for (const std::int32_t seen : history) advance(contexts, static_cast<std::uint32_t>(seen));
  return predict(contexts, static_cast<std::uint32_t>(symbol));
}

}  // namespace lucie
