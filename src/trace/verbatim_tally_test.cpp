#include "trace/verbatim_tally.h"

#include <gtest/gtest.h>

#include <vector>

namespace lucie {
namespace {

const Json& row(const Json& report, std::int64_t length) {
  for (const Json& entry : report.at("by_length").items()) {
    if (entry.at("length").as_int() == length) return entry;
  }
  ADD_FAILURE() << "no row of " << length;
  return report;
}

// Tokens 0 to 3 stand together, and 5 to 6; 4 and 7 stand nowhere.
TEST(VerbatimTally, counts_sequences_and_the_tokens_in_them) {
  VerbatimTally tally;
  tally.add(std::vector<std::uint64_t>{4, 3, 2, 1, 0, 2, 1, 0});
  const Json report = tally.to_json();
  EXPECT_EQ(report.at("tokens").as_int(), 8);
  EXPECT_EQ(report.at("longest").as_int(), 4);
  const struct {
    std::int64_t length, sequences, found, covered, texts;
  } expected[] = {{1, 8, 6, 6, 1}, {2, 7, 4, 6, 1}, {3, 6, 2, 4, 1},
                  {4, 5, 1, 4, 1}, {6, 3, 0, 0, 0}, {16, 0, 0, 0, 0}};
  for (const auto& wanted : expected) {
    const Json& found = row(report, wanted.length);
    EXPECT_EQ(found.at("sequences").as_int(), wanted.sequences) << wanted.length;
    EXPECT_EQ(found.at("found").as_int(), wanted.found) << wanted.length;
    EXPECT_EQ(found.at("covered").as_int(), wanted.covered) << wanted.length;
    EXPECT_EQ(found.at("texts").as_int(), wanted.texts) << wanted.length;
  }
  EXPECT_DOUBLE_EQ(row(report, 2).at("found_share").as_double(), 4.0 / 7);
  EXPECT_DOUBLE_EQ(row(report, 2).at("covered_share").as_double(), 6.0 / 8);
  EXPECT_EQ(row(report, 16).at("found_share").as_double(), 0);
}

TEST(VerbatimTally, adds_texts_up) {
  VerbatimTally tally;
  tally.add(std::vector<std::uint64_t>{2, 1});
  tally.add(std::vector<std::uint64_t>{1, 0, 0});
  tally.add({});
  const Json report = tally.to_json();
  EXPECT_EQ(report.at("texts").as_int(), 3);
  EXPECT_EQ(row(report, 1).at("texts").as_int(), 2);
  EXPECT_EQ(row(report, 2).at("sequences").as_int(), 3);
  EXPECT_EQ(row(report, 2).at("texts").as_int(), 1);
}

}  // namespace
}  // namespace lucie
