#include "corpus/sources.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

SourceRegistry registry_of(const char* yaml) {
  return SourceRegistry::from_json(parse_yaml(yaml, "recipe.yaml"));
}

TEST(SourceRegistry, reads_what_the_recipe_declares) {
  const SourceRegistry registry = registry_of(
      "- {id: a, reader: debian-package, package: manpages-fr, language: fr, category: technical,"
      " terms: copyleft}\n"
      "- {id: b, reader: text, path: ~/texts, licence: CC-BY-4.0, terms: open,"
      " accept_unknown_licence: true}\n");
  ASSERT_EQ(registry.sources().size(), 2u);
  const Source* a = registry.find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->terms, Terms::kCopyleft);
  EXPECT_EQ(a->obtained, "Debian package manpages-fr");
  EXPECT_FALSE(a->accept_unknown_licence);
  EXPECT_TRUE(registry.find("b")->accept_unknown_licence);
  EXPECT_EQ(registry.find("c"), nullptr);
  EXPECT_EQ(registry.to_json().at(0).at("terms").as_string(), "copyleft");
}

TEST(SourceRegistry, missing_and_unknown_terms_and_repeated_ids_are_errors_with_place) {
  for (const char* yaml : {"- {id: a}", "- {id: a, terms: opne}", "- {terms: open}",
                           "- {id: a, terms: open}\n- {id: a, terms: open}"}) {
    try {
      registry_of(yaml);
      ADD_FAILURE() << yaml;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << yaml;
      EXPECT_NE(error.place().find("recipe.yaml"), std::string::npos) << error.place();
    }
  }
  try {
    parse_terms("opne", "x");
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("open"), std::string::npos);
  }
}

}  // namespace
}  // namespace lucie
