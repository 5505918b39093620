#include "corpus/mixture_table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {
namespace {

Mixture mixture(const std::string& yaml) {
  return Mixture::from_json(parse_yaml(yaml, "recipe"));
}

MixtureRow language(const std::string& name, std::uint64_t tokens) {
  MixtureRow row{.key = {}, .documents = 1, .tokens = tokens};
  row.key.language = name;
  return row;
}

MixtureRow source(const std::string& id, const std::string& category, const std::string& name,
                  std::uint64_t tokens) {
  MixtureRow row = language(name, tokens);
  row.key.source = id;
  row.key.category = category;
  return row;
}

std::vector<double> weights(const std::vector<MixtureRow>& rows, const std::string& yaml) {
  std::vector<double> list;
  for (const MixtureTableRow& row : resolve_mixture(rows, mixture(yaml), 1000).rows) {
    list.push_back(row.weight);
  }
  return list;
}

const std::vector<MixtureRow> kLibrary{
    source("wiki-en", "wiki", "en", 300), source("wiki-fr", "wiki", "fr", 100),
    source("web-en", "web", "en", 900), source("web-fr", "web", "fr", 500),
    source("pairs", "aligned", "en-fr", 200)};

TEST(ResolveMixture, without_settings_the_data_keep_their_proportions) {
  EXPECT_EQ(weights({language("de", 1), language("en", 3)}, "{}"),
            (std::vector<double>{0.25, 0.75}));
}

TEST(ResolveMixture, share_of_a_language_without_a_window_goes_to_the_others) {
  const std::vector<MixtureRow> rows{language("de", 5), language("en", 5), language("fr", 5),
                                     language("it", 0)};
  const MixtureTable table =
      resolve_mixture(rows, mixture("{language: {en: 30, fr: 10, it: 60}}"), 100);
  EXPECT_EQ(table.rows[0].weight, 0);
  EXPECT_DOUBLE_EQ(table.rows[1].weight, 0.75);
  EXPECT_DOUBLE_EQ(table.rows[2].weight, 0.25);
  EXPECT_EQ(table.rows[3].weight, 0);
  ASSERT_EQ(table.notes.size(), 2U) << "Italian has no window, German no share";
}

// What recipes of languages alone trained on may not move by a bit.
TEST(ResolveMixture, shares_by_language_alone_are_the_shares_over_their_sum) {
  const std::vector<MixtureRow> rows{language("code", 1237), language("en", 32003),
                                     language("fr", 31)};
  const std::vector<double> got = weights(rows, "{language: {en: 33, fr: 32, code: 15}}");
  EXPECT_EQ(got, (std::vector<double>{15.0 / 80.0, 33.0 / 80.0, 32.0 / 80.0}));
}

TEST(ResolveMixture, temperature_evens_out_the_languages) {
  const std::vector<MixtureRow> rows{language("en", 900), language("it", 100), language("no", 0)};
  EXPECT_EQ(weights(rows, "temperature: 1"), (std::vector<double>{0.9, 0.1, 0}));
  const std::vector<double> two = weights(rows, "temperature: 2");  // 30 to 10
  EXPECT_DOUBLE_EQ(two[0], 0.75);
  EXPECT_DOUBLE_EQ(two[1], 0.25);
  EXPECT_EQ(two[2], 0);
}

TEST(ResolveMixture, the_last_rule_of_epochs_that_fits_counts) {
  const std::string yaml =
      "epochs: [{times: 0.5}, {category: [wiki, aligned], times: 3}, "
      "{category: wiki, language: fr, times: 6}, {source: web-fr, times: 0}]";
  const std::vector<double> got = weights(kLibrary, yaml);
  const double sum = 3.0 * 300 + 6 * 100 + 0.5 * 900 + 3 * 200;
  EXPECT_DOUBLE_EQ(got[0], 900 / sum);
  EXPECT_DOUBLE_EQ(got[1], 600 / sum);
  EXPECT_DOUBLE_EQ(got[2], 450 / sum);
  EXPECT_EQ(got[3], 0);
  EXPECT_DOUBLE_EQ(got[4], 600 / sum);
}

// Fitted are the margins; the odds of the data inside of them stay (what iterative proportional
// fitting is known by).
TEST(ResolveMixture, shares_hold_on_each_side_they_are_given_for) {
  const std::vector<double> got =
      weights(kLibrary,
              "{language: {en: 6, fr: 3, aligned: 1}, category: {wiki: 40, web: 50, aligned: 10}}");
  EXPECT_NEAR(got[0] + got[2], 0.6, 1e-8);
  EXPECT_NEAR(got[1] + got[3], 0.3, 1e-8);
  EXPECT_NEAR(got[0] + got[1], 0.4, 1e-8);
  EXPECT_NEAR(got[2] + got[3], 0.5, 1e-8);
  EXPECT_NEAR(got[0] * got[3] / (got[1] * got[2]), 300.0 * 500 / (100.0 * 900), 1e-6);
}

TEST(ResolveMixture, shares_that_contradict_each_other_are_refused) {
  EXPECT_THROW(weights(kLibrary,
                       "{language: {en: 50, fr: 40, aligned: 10}, "
                       "category: {wiki: 25, web: 50, aligned: 25}}"),
               Error);
  EXPECT_THROW(weights(kLibrary, "{language: {en: 1, fr: 1}, source: {wiki-en: 1}}"), Error)
      << "nothing is left of French";
}

TEST(ResolveMixture, long_documents_and_dates_count_as_often_as_said) {
  std::vector<MixtureRow> rows{language("en", 600), language("en", 200), language("en", 200)};
  rows[1].key.longer_than = 4096;
  rows[2].key.longer_than = 32000;  // split there for another phase: still longer than 4096
  const std::vector<double> by_length = weights(rows, "long_documents: {over: 4096, weight: 10}");
  EXPECT_DOUBLE_EQ(by_length[0], 600.0 / 4600);
  EXPECT_DOUBLE_EQ(by_length[1], 2000.0 / 4600);
  EXPECT_DOUBLE_EQ(by_length[2], 2000.0 / 4600);
  rows = {language("en", 100), language("en", 100), language("en", 100)};
  rows[0].key.year = "2011";
  rows[1].key.year = "2022";
  rows[2].key.year = "undated";
  EXPECT_EQ(weights(rows, "dates: {2020: 5, earlier: 3, undated: 2}"),
            (std::vector<double>{0.3, 0.5, 0.2}));
}

TEST(ResolveMixture, rules_may_be_of_years) {
  std::vector<MixtureRow> rows;
  for (const char* year : {"earlier", "2019", "2022", "2023", "undated"}) {
    rows.push_back(language("en", 100));
    rows.back().key.year = year;
  }
  const auto weight = [&](const char* rule) {
    std::vector<int> times;
    for (const double share : weights(rows, rule)) {
      times.push_back(static_cast<int>(std::lround(share / weights(rows, rule)[4])));
    }
    return times;
  };
  EXPECT_EQ(weight("epochs: [{before: 2022, times: 3}]"), (std::vector<int>{3, 3, 1, 1, 1}));
  EXPECT_EQ(weight("epochs: [{since: 2022, times: 3}]"), (std::vector<int>{1, 1, 3, 3, 1}));
  EXPECT_EQ(weight("epochs: [{since: 2019, before: 2023, times: 3}]"),
            (std::vector<int>{1, 3, 3, 1, 1}));
}

TEST(ResolveMixture, nothing_is_read_more_often_than_max_epochs) {
  const std::vector<MixtureRow> rows{language("de", 100), language("en", 1000),
                                     language("fr", 3000)};
  const MixtureTable table =
      resolve_mixture(rows, mixture("{language: {de: 50, en: 30, fr: 20}, max_epochs: 2}"), 4000);
  // German stops at 200. Its rest raises English to 2280, which stops at 2000.
  EXPECT_DOUBLE_EQ(table.rows[0].epochs, 2);
  EXPECT_DOUBLE_EQ(table.rows[1].epochs, 2);
  EXPECT_DOUBLE_EQ(table.rows[2].tokens_seen, 1800);
  EXPECT_DOUBLE_EQ(table.rows[0].weight, 0.5) << "what was asked for stays told";
  EXPECT_DOUBLE_EQ(table.rows[0].share, 0.05);
  EXPECT_THROW(resolve_mixture(rows, mixture("{max_epochs: 0.9}"), 4000), Error);
  EXPECT_EQ(resolve_mixture(rows, mixture("{max_epochs: 1}"), 4100 - 100).rows[0].epochs,
            4000.0 / 4100);
}

TEST(ResolveMixture, numbers_without_measure_are_refused) {
  const std::vector<MixtureRow> rows{language("en", 1'000'000), language("fr", 10)};
  for (const char* yaml :
       {"temperature: 0.001", "epochs: [{times: 1.0e305}]",
        "epochs: [{language: en, times: 1.0e300}, {language: fr, times: 1.0e308}]",
        "language: {en: 1.0e308, fr: 1.0e308}"}) {
    try {
      weights(rows, yaml);
      ADD_FAILURE() << yaml;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << yaml;
    }
  }
}

TEST(ResolveMixture, what_cannot_be_read_is_refused) {
  EXPECT_THROW(weights({language("de", 1)}, "language: {en: 1}"), Error);
  EXPECT_THROW(weights({language("de", 0)}, "{}"), Error);
  EXPECT_THROW(weights({language("de", 1)}, "source: {books: 1}"), Error) << "not told apart";
  EXPECT_THROW(weights({language("de", 1)}, "dates: {2020: 2}"), Error);
  try {
    weights({language("english", 1)}, "language: {englich: 1}");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "did you mean 'english'?");
  }
}

// Rows and settings of all kinds, drawn.
struct Drawn {
  std::vector<MixtureRow> rows;
  Mixture settings;
  double seen = 0;
};

Drawn draw(std::uint64_t seed) {
  Rng rng(seed, "mixture");
  const std::vector<std::string> languages{"en", "fr", "de"}, categories{"web", "wiki", "book"};
  Drawn drawn;
  for (const std::string& name : languages) {
    for (const std::string& category : categories) {
      for (const char* year : {"2019", "2020", "undated"}) {
        MixtureRow row = source(category + name, category, name, 1 + rng.below(1'000'000));
        row.key.year = year;
        row.key.longer_than = rng.below(2) * 4096;
        drawn.rows.push_back(row);
      }
    }
  }
  std::string yaml = "epochs: [{category: wiki, times: 3}, {source: weben, times: 1.5}]";
  if (rng.below(2) == 1) yaml += "\nlong_documents: {over: 4096, weight: 10}";
  if (rng.below(2) == 1) yaml += "\ndates: {2020: 2, undated: 0.5}";
  if (rng.below(2) == 1) yaml += "\ncategory: {web: 5, wiki: 2, book: 1}";
  yaml += rng.below(2) == 1 ? "\nlanguage: {en: 3, fr: 2, de: 1}" : "\ntemperature: 3";
  if (rng.below(2) == 1) yaml += "\nmax_epochs: 4";
  drawn.settings = mixture(yaml);
  double all = 0;
  for (const MixtureRow& row : drawn.rows) all += static_cast<double>(row.tokens);
  drawn.seen = all * 1.7;
  return drawn;
}

TEST(ResolveMixture, tables_are_consistent_whatever_is_asked_for) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Drawn drawn = draw(seed);
    const MixtureTable table = resolve_mixture(drawn.rows, drawn.settings, drawn.seen);
    ASSERT_EQ(table.rows.size(), drawn.rows.size());
    double weight = 0, share = 0, seen = 0;
    for (const MixtureTableRow& row : table.rows) {
      weight += row.weight;
      share += row.share;
      seen += row.tokens_seen;
      EXPECT_GE(row.share, 0) << seed;
      EXPECT_NEAR(row.epochs * static_cast<double>(row.row.tokens), row.tokens_seen, 1e-3) << seed;
      if (drawn.settings.max_epochs > 0) {
        EXPECT_LE(row.epochs, drawn.settings.max_epochs * (1 + 1e-8));
      }
    }
    EXPECT_NEAR(weight, 1, 1e-9) << seed;
    EXPECT_NEAR(share, 1, 1e-8) << seed;
    EXPECT_NEAR(seen, drawn.seen, drawn.seen * 1e-8) << seed;
  }
}

TEST(ResolveMixture, order_of_the_rows_changes_no_bit) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Drawn drawn = draw(seed);
    const MixtureTable table = resolve_mixture(drawn.rows, drawn.settings, drawn.seen);
    std::vector<std::size_t> order(drawn.rows.size());
    const Permutation shuffle(order.size(), seed, "rows");
    std::vector<MixtureRow> rows;
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = static_cast<std::size_t>(shuffle(i));
      rows.push_back(drawn.rows[order[i]]);
    }
    const MixtureTable shuffled = resolve_mixture(rows, drawn.settings, drawn.seen);
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(shuffled.rows[i].weight, table.rows[order[i]].weight) << seed;
      EXPECT_EQ(shuffled.rows[i].share, table.rows[order[i]].share) << seed;
    }
  }
}

}  // namespace
}  // namespace lucie
