#include "corpus/holdout.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lucie {
namespace {

TEST(IsHeldOut, share_is_met_and_depends_on_page_and_seed_only) {
  int held_out = 0, differs = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string page = "manpages/man1/page" + std::to_string(i);
    held_out += is_held_out(page, 42, 0.05);
    differs += is_held_out(page, 42, 0.05) != is_held_out(page, 43, 0.05);
    EXPECT_EQ(is_held_out(page, 42, 0.05), is_held_out(page, 42, 0.05));
    if (is_held_out(page, 42, 0.05)) {
      EXPECT_TRUE(is_held_out(page, 42, 0.1)) << "a larger share keeps what a smaller one held out";
    }
  }
  EXPECT_NEAR(held_out, 1000, 120);
  EXPECT_GT(differs, 1000);
  EXPECT_FALSE(is_held_out("any", 42, 0));
  EXPECT_TRUE(is_held_out("any", 42, 1));
}

PageRange range_of(const std::vector<std::string>& pages, std::uint64_t seed) {
  PageRange range;
  for (const std::string& page : pages) {
    PageRange one;  // as of another shard
    one.add(page, seed);
    range.add(one);
  }
  return range;
}

TEST(HoldoutShareOf, of_few_pages_one_is_held_out_and_one_is_not) {
  for (const double share : {1e-9, 0.01, 0.5, 0.999999}) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const double used = holdout_share_of(range_of({"one", "two"}, seed), share);
      EXPECT_NE(is_held_out("one", seed, used), is_held_out("two", seed, used)) << seed;
    }
  }
  EXPECT_EQ(holdout_share_of(range_of({"one", "one"}, 1), 0.5), 0);
  EXPECT_EQ(holdout_share_of(range_of({}, 1), 0.5), 0);
  EXPECT_EQ(holdout_share_of(range_of({"one", "two"}, 1), 0), 0);
  std::vector<std::string> many;
  for (int i = 0; i < 2000; ++i) many.push_back("page" + std::to_string(i));
  EXPECT_EQ(holdout_share_of(range_of(many, 1), 0.05), 0.05);
}

KeySet lines_of(std::string_view training) {
  KeySet lines;
  for_each_line(training, [&](std::uint64_t line) { lines.insert(line); });
  return lines;
}

TEST(KnownLines, known_lines_go_whatever_their_indent) {
  const KeySet lines = lines_of("NAME\n\n  shared sentence\nonly in training");
  KnownLines known;
  EXPECT_EQ(
      without_known_lines("NAME\n\nnew one\nshared sentence\n\nnew two", false, lines, &known),
      "new one\n\nnew two");
  EXPECT_EQ(known.removed.units, 2u);
  EXPECT_EQ(known.removed.bytes, std::string("NAME\nshared sentence\n").size());
}

TEST(KnownLines, short_lines_of_code_stay) {
  const KeySet lines = lines_of("else:\n    raise ValueError('a long known line')");
  KnownLines known;
  EXPECT_EQ(without_known_lines("if x:\n    y()\nelse:\n    raise ValueError('a long known line')",
                                true, lines, &known),
            "if x:\n    y()\nelse:");
  EXPECT_EQ(known.bytes_left, std::string("else:\n").size());
  EXPECT_EQ(known.removed.units, 1u);
}

}  // namespace
}  // namespace lucie
