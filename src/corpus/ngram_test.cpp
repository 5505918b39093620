#include "corpus/ngram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {
namespace {

using Sequence = std::vector<std::int32_t>;
constexpr std::int32_t kStart = -7;  // of the reference below

std::vector<Sequence> random_text(std::size_t sequences, std::size_t length,
                                  std::uint64_t symbols) {
  std::vector<Sequence> text;
  for (std::size_t s = 0; s < sequences; ++s) {
    Rng rng(3, "ngram test", s);
    Sequence sequence;
    // The product of two draws: small symbols are common, so that counts differ.
    for (std::size_t i = 0; i < length; ++i) {
      sequence.push_back(static_cast<std::int32_t>(rng.below(rng.below(symbols) + 1)));
    }
    text.push_back(sequence);
  }
  return text;
}

NgramModel train(const std::vector<Sequence>& sequences, int order, std::int64_t vocabulary) {
  SymbolText text;
  for (const Sequence& sequence : sequences) text.add(sequence);
  return NgramModel::train(text, order, vocabulary);
}

// The same model written down from the definition, with maps over whole n-grams.
class Reference {
 public:
  Reference(const std::vector<Sequence>& text, std::size_t order, std::int32_t vocabulary)
      : order_(order), vocabulary_(vocabulary), counts_(order + 1), discounts_(order + 1) {
    std::vector<std::map<Sequence, std::set<std::int32_t>>> before(order + 1);
    std::vector<std::map<Sequence, double>> raw(order + 1);
    for (Sequence sequence : text) {
      sequence.insert(sequence.begin(), kStart);
      for (std::size_t n = 1; n <= order; ++n) {
        for (std::size_t i = 0; i + n <= sequence.size(); ++i) {
          const auto begin = sequence.begin() + static_cast<std::ptrdiff_t>(i);
          const Sequence gram(begin, begin + static_cast<std::ptrdiff_t>(n));
          raw[n][gram] += 1;
          if (i > 0) before[n][gram].insert(*(begin - 1));
        }
      }
    }
    for (std::size_t n = 1; n <= order; ++n) {
      for (const auto& [gram, count] : raw[n]) {
        if (gram == Sequence{kStart}) continue;
        const bool whole = n == order || gram.front() == kStart;
        counts_[n][gram] = whole ? count : static_cast<double>(before[n][gram].size());
      }
      estimate_discounts(n);
    }
  }

  double probability(Sequence history, std::int32_t symbol) const {
    history.insert(history.begin(), kStart);
    while (history.size() >= order_) history.erase(history.begin());
    return interpolate(history, symbol);
  }

 private:
  void estimate_discounts(std::size_t n) {
    double of[5] = {};
    for (const auto& [gram, count] : counts_[n]) {
      if (count <= 4) of[static_cast<int>(count)] += 1;
    }
    const double y = of[1] / (of[1] + 2 * of[2]);
    for (int c = 1; c <= 3; ++c) {
      const double d = c - (c + 1) * y * of[c + 1] / of[c];
      discounts_[n].push_back(std::isfinite(d) && d > 0 && d < c ? d : 0.5 * c);
    }
  }
  double discount(std::size_t n, double count) const {
    return discounts_[n][static_cast<std::size_t>(std::min(count, 3.0)) - 1];
  }
  double interpolate(const Sequence& history, std::int32_t symbol) const {
    double lower = 1.0 / vocabulary_;
    if (!history.empty()) {
      lower = interpolate(Sequence(history.begin() + 1, history.end()), symbol);
    }
    const std::size_t n = history.size() + 1;
    double total = 0, taken = 0, own = 0;
    for (const auto& [gram, count] : counts_[n]) {
      if (!std::equal(history.begin(), history.end(), gram.begin())) continue;
      total += count;
      taken += discount(n, count);
      if (gram.back() == symbol) own = count - discount(n, count);
    }
    return total == 0 ? lower : own / total + taken / total * lower;
  }

  std::size_t order_;
  std::int32_t vocabulary_;
  std::vector<std::map<Sequence, double>> counts_;
  std::vector<std::vector<double>> discounts_;
};

TEST(Ngram, equals_the_definition_on_a_small_text) {
  for (const int order : {1, 2, 3, 5}) {
    const std::vector<Sequence> text = random_text(12, 17, 6);
    const NgramModel model = train(text, order, 7);
    const Reference reference(text, static_cast<std::size_t>(order), 7);
    for (const Sequence& history : random_text(40, 6, 7)) {
      for (std::size_t length = 0; length <= history.size(); ++length) {
        const Sequence seen(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(length));
        for (std::int32_t symbol = 0; symbol < 7; ++symbol) {
          ASSERT_NEAR(model.probability(seen, symbol), reference.probability(seen, symbol), 1e-12)
              << "order " << order << ", after " << length << " symbols, symbol " << symbol;
        }
      }
    }
  }
}

TEST(Ngram, probabilities_sum_to_one_in_any_context) {
  constexpr std::int32_t kSymbols = 300;
  const NgramModel model = train(random_text(50, 400, kSymbols), 5, kSymbols);
  for (const Sequence& history : random_text(60, 5, kSymbols)) {
    for (const std::size_t length : {0, 1, 3, 5}) {
      double sum = 0;
      for (std::int32_t symbol = 0; symbol < kSymbols; ++symbol) {
        sum += model.probability(std::span(history).first(length), symbol);
      }
      ASSERT_NEAR(sum, 1.0, 1e-9);
    }
  }
}

TEST(Ngram, nats_add_up_the_predictions) {
  const std::vector<Sequence> text = random_text(20, 50, 30);
  const NgramModel model = train(text, 4, 30);
  const Sequence& sequence = text[5];
  double sum = 0;
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    sum -= std::log(model.probability(std::span(sequence).first(i), sequence[i]));
  }
  EXPECT_NEAR(model.nats(sequence), sum, 1e-9);
  EXPECT_EQ(model.nats({}), 0.0);
}

TEST(Ngram, has_seen_its_own_text_before) {
  const std::vector<Sequence> text = random_text(20, 200, 100);
  const NgramModel seen = train(text, 5, 100);
  const NgramModel other = train({text.begin(), text.begin() + 10}, 5, 100);
  EXPECT_LT(seen.nats(text[15]), 0.5 * other.nats(text[15]));
}

TEST(Ngram, does_not_look_across_sequences) {
  const NgramModel model = train({{0, 1}, {0, 1}, {0, 1}, {2, 3}, {2, 3}, {2, 3}}, 3, 4);
  EXPECT_EQ(model.ngrams(2), 4U);  // start 0, 0 1, start 2, 2 3: nothing joins 1 and 2
  EXPECT_GT(model.probability(Sequence{}, 0), 0.3);
}

TEST(Ngram, knows_nothing_without_a_text) {
  const NgramModel model = train({}, 5, 8);
  EXPECT_DOUBLE_EQ(model.probability(Sequence{1, 2}, 3), 1.0 / 8);
}

TEST(Ngram, refuses_symbols_outside_the_vocabulary) {
  EXPECT_THROW(train({{0, 8}}, 2, 8), Error);
  EXPECT_THROW(train({{-1}}, 2, 8), Error);
  EXPECT_THROW(train({{-2}}, 2, 8), Error);
}

}  // namespace
}  // namespace lucie
