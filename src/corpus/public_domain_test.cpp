#include "corpus/public_domain.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

PublicDomainSettings settings_of(const std::string& yaml) {
  return PublicDomainSettings::from_json(parse_yaml(yaml, "recipe"));
}

TEST(PublicDomain, rights_end_with_the_last_full_year) {
  const PublicDomainSettings s = settings_of("{year: 2025, sources: {books: {after_death: 70}}}");
  EXPECT_EQ(not_in_public_domain("books", "1954", "", s), "");
  EXPECT_EQ(not_in_public_domain("books", "1955", "", s), "still in copyright");
  EXPECT_EQ(not_in_public_domain("books", "1954-12-31", "", s), "");
  EXPECT_EQ(not_in_public_domain("books", "-43", "", s), "");
  EXPECT_EQ(not_in_public_domain("others", "2020", "", s), "");
}

TEST(PublicDomain, of_several_authors_the_last_counts) {
  const PublicDomainSettings s = settings_of("{year: 2025, sources: {books: {after_death: 70}}}");
  EXPECT_EQ(not_in_public_domain("books", "1890; 1912", "", s), "");
  EXPECT_EQ(not_in_public_domain("books", "1990, 1912", "", s), "still in copyright");
  EXPECT_EQ(not_in_public_domain("books", "1890,?", "", s), "dates unknown");
}

TEST(PublicDomain, either_term_may_be_over) {
  const PublicDomainSettings s = settings_of(
      "{year: 2025, sources: {press: {after_death: 70, after_publication: 95, unknown: keep}}}");
  EXPECT_EQ(not_in_public_domain("press", "1990", "1929-05-06", s), "");
  EXPECT_EQ(not_in_public_domain("press", "", "1930", s), "still in copyright");
  EXPECT_EQ(not_in_public_domain("press", "1950", "1930", s), "");
  EXPECT_EQ(not_in_public_domain("press", "", "", s), "");
  EXPECT_EQ(not_in_public_domain("press", "about 1900", "n.d.", s), "");
}

TEST(PublicDomain, unreadable_dates_are_not_known) {
  const PublicDomainSettings s = settings_of("{year: 2025, sources: {a: {after_publication: 95}}}");
  for (const char* date : {"", "-", "18..", "19th century", "99999999999", "1900/01"}) {
    EXPECT_EQ(not_in_public_domain("a", "1800", date, s), "dates unknown") << date;
  }
}

TEST(PublicDomain, a_rule_needs_a_year_and_a_term) {
  for (const char* yaml :
       {"{sources: {a: {after_death: 70}}}", "{year: 25, sources: {}}",
        "{year: 2025, sources: {a: {}}}", "{year: 2025, sources: {a: {after_deth: 70}}}",
        "{year: 2025, sources: {a: {after_death: -1}}}",
        "{year: 2025, sources: {a: {after_death: 70, unknown: maybe}}}"}) {
    EXPECT_THROW(settings_of(yaml), Error) << yaml;
  }
}

}  // namespace
}  // namespace lucie
