#include "corpus/measured_mixture.h"

#include <gtest/gtest.h>

#include "corpus/packing.h"

namespace lucie {
namespace {

SourceRegistry registry() {
  return SourceRegistry::from_json(
      parse_yaml("- {id: books, category: book, terms: open}\n"
                 "- {id: pairs, category: aligned, terms: open}\n",
                 "r"));
}

Json plain_stats() {
  return parse_json(R"({"train": {"by_source_language": {
    "books": {"en": {"documents": 3, "tokens": 601}, "fr": {"documents": 2, "tokens": 400}},
    "pairs": {"en-fr": {"documents": 5, "tokens": 50}, "de-en": {"documents": 5, "tokens": 151}},
    "web": {"en": {"documents": 9, "tokens": 1400}}}}})",
                    "stats.json");
}

Mixture mixture(const std::string& yaml) {
  return Mixture::from_json(parse_yaml(yaml, "recipe"));
}

TEST(MeasuredGroups, plain_groups_are_languages_over_all_sources) {
  const std::vector<MeasuredGroup> groups = measured_groups(plain_stats(), registry());
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].key.name(), "aligned");
  EXPECT_EQ(groups[0].tokens, 201U);
  EXPECT_EQ(groups[1].key.name(), "en");
  EXPECT_EQ(groups[1].tokens, 2001U);
  ASSERT_EQ(groups[1].rows.size(), 2U);
  EXPECT_EQ(groups[1].rows[0].key.category, "book");
  EXPECT_EQ(groups[1].rows[1].key.category, "other");
}

TEST(MeasuredGroups, finer_groups_are_as_the_tokens_stage_describes_them) {
  Json stats = plain_stats();
  stats["train"]["groups"] = parse_json(
      R"({"fr--books--over-4096": {"language": "fr", "source": "books", "category": "book",
          "longer_than": 4096, "by_source_language": {
            "books": {"fr": {"documents": 2, "tokens": 9000}}}}})",
      "stats.json");
  const std::vector<MeasuredGroup> groups = measured_groups(stats, registry());
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].key.longer_than, 4096U);
  EXPECT_EQ(groups[0].tokens, 9000U);
  EXPECT_EQ(groups[0].rows[0].key, groups[0].key);
}

TEST(PhaseTable, rows_share_what_their_group_reads) {
  const std::vector<MeasuredGroup> groups = measured_groups(plain_stats(), registry());
  const MixtureTable table =
      phase_table(groups, mixture("language: {en: 6, fr: 3, aligned: 1}"), 100, 40);
  ASSERT_EQ(table.rows.size(), 5U);
  const Json rows = table_to_json(table);
  double percent = 0, seen = 0;
  for (const Json& row : rows.items()) {
    percent += row.at("percent_seen").as_double();
    seen += row.at("tokens_seen").as_double();
  }
  EXPECT_NEAR(percent, 100, 1e-9);
  EXPECT_NEAR(seen, 4000, 3);
  const Json& books = rows.at(2);
  EXPECT_EQ(books.at("source").as_string(), "books");
  EXPECT_EQ(books.at("language").as_string(), "en");
  EXPECT_NEAR(books.at("tokens_seen").as_double(), 2400 * 601.0 / 2001, 1);
  EXPECT_NEAR(books.at("epochs").as_double(), rows.at(3).at("epochs").as_double(), 1e-12)
      << "a group is read as a whole";
}

TEST(PhaseTable, a_group_without_a_window_is_not_read) {
  const std::vector<MeasuredGroup> groups = measured_groups(plain_stats(), registry());
  const MixtureTable table = phase_table(groups, mixture("{}"), 300, 10);
  EXPECT_EQ(table.rows[0].share + table.rows[1].share, 0) << "201 tokens of pairs";
  EXPECT_DOUBLE_EQ(table.rows[4].share, 1.0 / 7) << "1 window of French, 6 of English";
}

TEST(WindowsIn, the_token_after_the_last_window_is_needed_too) {
  EXPECT_EQ(windows_in(0, 10), 0U);
  EXPECT_EQ(windows_in(10, 10), 0U);
  EXPECT_EQ(windows_in(11, 10), 1U);
  EXPECT_EQ(windows_in(31, 10), 3U);
}

}  // namespace
}  // namespace lucie
