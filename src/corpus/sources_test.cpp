#include "corpus/sources.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

SourceRegistry registry_of(const std::string& yaml) {
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

constexpr const char* kDescribed =
    "description: {provenance: letters of a clinic, scope: 2019, characteristics: short, "
    "selection: all, labelling: none, processing: names removed}";

TEST(SourceRegistry, what_may_not_be_shown_must_be_described) {
  const std::string nameless = "- {id: clinic, reader: text, terms: unshareable, ";
  const std::string head = nameless + "licence: LicenseRef-clinic, ";
  const SourceRegistry registry =
      registry_of(head + "obtained: by agreement, " + kDescribed + "}\n");
  const Source& clinic = *registry.find("clinic");
  EXPECT_EQ(clinic.description.selection, "all");
  EXPECT_FALSE(clinic.allows(Use::kShown));
  EXPECT_FALSE(clinic.allows(Use::kVocabulary));
  EXPECT_FALSE(clinic.allows(Use::kDialogues));
  for (const std::string& bad :
       {head + "obtained: by agreement}", nameless + "obtained: by agreement, " + kDescribed + "}",
        head + kDescribed + "}",
        head + "obtained: by agreement, description: {provenance: x, scope: y}}",
        head + "obtained: by agreement, " + kDescribed + ", also_for: [samples]}"}) {
    EXPECT_THROW(registry_of(bad), Error) << bad;
  }
  try {
    registry_of(head + "obtained: by agreement, description: {provenance: x, scope: y}}");
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("characteristics, selection, labelling, processing"),
              std::string::npos)
        << error.what();
  }
  const Source granted =
      *registry_of(head + "obtained: by agreement, " + kDescribed + ", also_for: [vocabulary]}")
           .find("clinic");
  EXPECT_TRUE(granted.allows(Use::kVocabulary));
  EXPECT_FALSE(granted.allows(Use::kDialogues));
}

TEST(SourceRegistry, what_is_under_negotiation_is_shown_once_it_is_resolved) {
  const SourceRegistry registry = registry_of(
      "- {id: a, terms: under-negotiation}\n"
      "- {id: b, terms: under-negotiation, resolved: 2026-03-31, licence: CC-BY-4.0}\n");
  EXPECT_TRUE(registry.find("a")->under_negotiation());
  EXPECT_FALSE(registry.find("b")->under_negotiation());
  EXPECT_EQ(registry.closed_to(Use::kShown), std::set<std::string>{"a"});
  EXPECT_TRUE(registry.closed_to(Use::kVocabulary).empty());
  EXPECT_THROW(registry_of("- {id: a, terms: open, resolved: 2026-03-31}"), Error);
  EXPECT_THROW(registry_of("- {id: a, terms: under-negotiation, resolved: soon}"), Error);
}

TEST(SourceRegistry, jurisdictions_are_unknown_until_stated) {
  const SourceRegistry registry = registry_of(
      "- {id: a, terms: open, jurisdictions: {fr: public-domain, us: licensed}}\n"
      "- {id: b, terms: open}\n");
  EXPECT_EQ(registry.jurisdictions(), (std::vector<std::string>{"eu", "us", "fr"}));
  EXPECT_EQ(registry.find("a")->jurisdiction("fr"), "public-domain");
  EXPECT_EQ(registry.find("a")->jurisdiction("eu"), "unknown");
  EXPECT_THROW(registry_of("- {id: a, terms: open, jurisdictions: {fr: free}}"), Error);
  EXPECT_THROW(registry_of("- {id: a, terms: open, jurisdictions: {France: tdm}}"), Error);
}

TEST(SourceRegistry, how_to_get_it_is_a_text_or_says_its_fee) {
  const SourceRegistry registry = registry_of(
      "- {id: a, terms: open, package: manpages-fr}\n"
      "- {id: b, terms: open, how_to_get: {where: archive@example.org, fee: true}}\n"
      "- {id: c, terms: open, how_to_get: https://example.org/c}\n"
      "- {id: d, terms: open}\n"
      "- {id: e, terms: open, package: [faq-fr, faq-de]}\n");
  EXPECT_EQ(registry.find("e")->how_to_get.where, "apt-get download faq-fr faq-de");
  EXPECT_EQ(registry.find("a")->how_to_get.where, "apt-get download manpages-fr");
  EXPECT_TRUE(registry.find("b")->how_to_get.for_a_fee);
  EXPECT_EQ(registry.find("c")->how_to_get.where, "https://example.org/c");
  EXPECT_EQ(registry.find("d")->how_to_get.where, "");
  EXPECT_THROW(registry_of("- {id: a, terms: open, how_to_get: {url: x}}"), Error);
}

TEST(SourceRegistry, is_read_again_as_it_was_written) {
  const SourceRegistry registry = registry_of(
      std::string("- {id: clinic, terms: unshareable, licence: X, obtained: by agreement, "
                  "dates: 1850/1949-12, rights_holder: the clinic, also_for: [dialogues], "
                  "jurisdictions: {eu: tdm}, how_to_get: {where: us, fee: true}, ") +
      kDescribed + "}\n- {id: b, terms: under-negotiation, resolved: 2026, category: x}\n");
  EXPECT_EQ(SourceRegistry::from_json(registry.to_json()).to_json(), registry.to_json());
  EXPECT_EQ(registry.find("clinic")->dates, "1850/1949-12");
  EXPECT_THROW(registry_of("- {id: a, terms: open, dates: 1850-13}"), Error);
  EXPECT_THROW(registry_of("- {id: a, terms: open, dates: 2023-02-29}"), Error);
  EXPECT_EQ(registry_of("- {id: a, terms: open, dates: 2024-02-29}").find("a")->dates,
            "2024-02-29");
}

}  // namespace
}  // namespace lucie
