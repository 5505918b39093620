#include "corpus/token_groups.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

Document document(const std::string& source, const std::string& language,
                  const std::string& created) {
  Document made;
  made.source = source;
  made.language = language;
  made.created = created;
  return made;
}

Grouping finest() {
  Grouping grouping(SourceRegistry::from_json(
      parse_yaml("- {id: snapshot, category: web, terms: open, dates: 2019}\n"
                 "- {id: library, category: book, terms: open, dates: 1850/1949}\n",
                 "r")));
  grouping.by_source = grouping.by_year = true;
  grouping.split_at_length(32000);
  grouping.split_at_length(4096);
  grouping.split_at_length(4096);
  return grouping;
}

TEST(Grouping, pairs_of_languages_form_one_group) {
  EXPECT_EQ(mixture_group("en-fr"), "aligned");
  EXPECT_EQ(mixture_group("fr"), "fr");
  EXPECT_EQ(mixture_group("code"), "code");
}

TEST(Grouping, plain_groups_are_languages) {
  const Grouping plain;
  EXPECT_TRUE(plain.is_plain());
  EXPECT_EQ(plain.key_of(document("snapshot", "fr", "2020-01-01"), 9000).name(), "fr");
  EXPECT_EQ(plain.key_of(document("pairs", "en-fr", ""), 9000).name(), "aligned");
}

TEST(Grouping, a_document_is_of_its_own_year_else_of_its_sources) {
  const Grouping grouping = finest();
  const auto year = [&](const char* source, const char* created) {
    return grouping.key_of(document(source, "fr", created), 10).year;
  };
  EXPECT_EQ(year("snapshot", "2021-12-31"), "2021");
  EXPECT_EQ(year("snapshot", ""), "2019");
  EXPECT_EQ(year("library", ""), "undated") << "a span of years is no year";
  EXPECT_EQ(year("library", "unknown"), "undated");
  EXPECT_EQ(year("elsewhere", ""), "undated");
}

TEST(Grouping, years_may_be_split_only_where_a_mixture_asks) {
  Grouping grouping;
  grouping.split_at_year("2023");
  grouping.split_at_year("2019");
  grouping.split_at_year("2023");
  const auto year = [&](const char* created) {
    return grouping.key_of(document("web", "fr", created), 10).year;
  };
  EXPECT_EQ(grouping.to_json().dump(), R"({"years":["2019","2023"]})");
  EXPECT_EQ(year("2018-12-31"), "earlier");
  EXPECT_EQ(year("2019-01-01"), "2019");
  EXPECT_EQ(year("2022"), "2019");
  EXPECT_EQ(year("2024"), "2023");
  EXPECT_EQ(year(""), "undated");
}

TEST(Grouping, lengths_split_above_and_not_at_their_number_of_tokens) {
  const Grouping grouping = finest();
  const auto length = [&](std::uint64_t tokens) {
    return grouping.key_of(document("library", "fr", ""), tokens).longer_than;
  };
  EXPECT_EQ(length(4096), 0u);
  EXPECT_EQ(length(4097), 4096u);
  EXPECT_EQ(length(32000), 4096u);
  EXPECT_EQ(length(32001), 32000u);
  EXPECT_EQ(grouping.lengths.size(), 2u);
}

TEST(GroupKey, names_are_file_names_and_no_two_keys_share_one) {
  const Grouping grouping = finest();
  EXPECT_EQ(grouping.key_of(document("snapshot", "fr", ""), 5000).name(),
            "fr--snapshot--2019--over-4096");
  EXPECT_EQ(grouping.key_of(document("../a b", "fr", ""), 1).name(), "fr--%2E%2E%2Fa%20b--undated");
  EXPECT_EQ(Grouping().key_of(document("", "../../fr", ""), 1).name(), "%2E%2E%2F%2E%2E%2Ffr");
  GroupKey one, other;
  one.source = "a.b";
  other.source = "a%2Eb";
  EXPECT_NE(one.name(), other.name());
}

TEST(GroupKey, json_tells_the_key_again) {
  const GroupKey key = finest().key_of(document("snapshot", "fr", ""), 5000);
  EXPECT_EQ(GroupKey::from_json(key.to_json()), key);
  EXPECT_EQ(key.category, "web");
  GroupKey plain;
  plain.language = "fr";
  EXPECT_EQ(plain.to_json().dump(), R"({"language":"fr"})");
}

}  // namespace
}  // namespace lucie
