#include "release/terms.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {

namespace {

SourceRegistry registry(const char* yaml) {
  return SourceRegistry::from_json(parse_yaml(yaml, "recipe.yaml"));
}

const char* const kSources = R"(
- {id: man, reader: debian-package, terms: open}
- {id: mine, reader: text, licence: CC-BY-NC-4.0, terms: non-commercial}
- {id: asked, reader: text, licence: CC-BY-4.0, terms: under-negotiation}
)";

TEST(CorpusTerms, add_up_over_licences_and_sources) {
  const CorpusTerms terms = derive_corpus_terms({{"GPL-2.0+", "man", 10, 900},
                                                 {"MIT", "man", 2, 50},
                                                 {"CC-BY-NC-4.0", "mine", 1, 100},
                                                 {"CC-BY-4.0", "asked", 4, 20}},
                                                registry(kSources));
  EXPECT_EQ(terms.expression, "CC-BY-4.0 AND CC-BY-NC-4.0 AND GPL-2.0-or-later AND MIT");
  EXPECT_EQ(terms.strictest, LicenceClass::kNonCommercial);
  EXPECT_FALSE(terms.commercial);
  EXPECT_TRUE(terms.shareable);
  ASSERT_EQ(terms.licences.size(), 4U);
  EXPECT_EQ(terms.licences[0].licence, "GPL-2.0-or-later");  // most characters first
  ASSERT_EQ(terms.sources.size(), 3U);
  EXPECT_EQ(terms.sources[0].licences, (std::vector<std::string>{"GPL-2.0-or-later", "MIT"}));
  EXPECT_EQ(terms.sources[0].strictest, LicenceClass::kCopyleft);
  EXPECT_EQ(terms.sources[0].documents, 12U);
  EXPECT_NE(terms.sources[0].reason.find("GPL-2.0-or-later"), std::string::npos);
  EXPECT_NE(terms.sources[2].reason.find("under negotiation"), std::string::npos);
}

TEST(CorpusTerms, commercial_use_waits_for_a_rights_holder_whatever_the_licence) {
  const auto terms = derive_corpus_terms(
      {{"MIT", "a", 1, 1}}, registry("[{id: a, reader: text, terms: under-negotiation}]"));
  EXPECT_FALSE(terms.commercial);
  EXPECT_EQ(terms.strictest, LicenceClass::kNonCommercial);
}

TEST(CorpusTerms, what_is_no_expression_counts_as_unknown) {
  const auto terms = derive_corpus_terms({{"see file (", "", 3, 5}},
                                         registry("[{id: a, reader: text, terms: open}]"));
  EXPECT_EQ(terms.expression, "NOASSERTION");
  EXPECT_TRUE(terms.duties.unknown);
}

TEST(CorpusTerms, read_licences_by_source_where_the_corpus_counted_them) {
  const Json stats = parse_json(R"({"train": {
    "by_licence": {"MIT": {"documents": 3, "characters": 30}},
    "by_source_licence": {"a": {"MIT": {"documents": 3, "characters": 30}}}}})",
                                "stats.json");
  const auto counts = licence_counts(stats);
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].source, "a");
  EXPECT_EQ(counts[0].documents, 3U);
}

struct Case {
  const char *policy, *weights, *corpus, *terms;
  bool accepted, commercial;
  std::size_t findings;
};

TEST(WeightsTerms, follow_the_policy) {
  const Case kCases[] = {
      {"declared", "Apache-2.0", "MIT", "open", true, true, 0},
      {"declared", "Apache-2.0", "GPL-2.0-or-later", "copyleft", true, true, 1},
      {"declared", "Apache-2.0", "CC-BY-NC-SA-4.0", "open", true, true, 1},
      {"declared", "Apache-2.0", "MIT", "non-commercial", true, true, 1},
      {"declared", "Apache-2.0", "LicenseRef-openrail", "open", true, true, 1},
      {"declared", "Apache-2.0", "CC-BY-4.0", "under-negotiation", true, false, 1},
      {"declared", "Apache-2.0", "NOASSERTION", "open", true, true, 1},
      {"declared", "Apache-2.0", "CC-BY-4.0", "unshareable", true, true, 1},
      {"declared", "LicenseRef-x", "MIT", "open", true, true, 1},
      {"declared", "CC-BY-NC-4.0", "MIT", "open", true, false, 0},
      {"inherit", "Apache-2.0", "MIT", "open", true, true, 0},
      {"inherit", "Apache-2.0", "CC-BY-4.0", "open", true, true, 0},
      {"inherit", "CC0-1.0", "CC-BY-4.0", "open", false, true, 1},
      {"inherit", "Apache-2.0", "CC-BY-SA-4.0", "open", false, true, 1},
      {"inherit", "CC-BY-SA-4.0", "CC-BY-SA-4.0", "open", true, true, 0},
      {"inherit", "GPL-3.0-or-later", "GPL-2.0-or-later", "copyleft", true, true, 0},
      {"inherit", "Apache-2.0", "GPL-2.0-or-later", "copyleft", false, true, 1},
      {"inherit", "GPL-3.0-only", "GPL-2.0-only", "copyleft", false, true, 1},
      {"inherit", "GPL-3.0-or-later", "CC-BY-SA-4.0", "copyleft", true, true, 0},
      {"inherit", "CC-BY-SA-4.0", "ODbL-1.0", "open", false, true, 1},
      {"inherit", "CC-BY-4.0", "CC-BY-ND-4.0", "open", false, true, 1},
      {"inherit", "CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", "non-commercial", true, false, 0},
      {"inherit", "Apache-2.0", "NOASSERTION", "open", false, true, 1},
      {"open-only", "Apache-2.0", "GPL-2.0-or-later", "copyleft", true, true, 1},
      {"open-only", "Apache-2.0", "LicenseRef-openrail", "open", false, true, 1},
      {"open-only", "Apache-2.0", "CC-BY-NC-4.0", "open", false, false, 1},
      {"open-only", "Apache-2.0", "MIT", "non-commercial", false, false, 1},
      {"open-only", "Apache-2.0", "MIT", "under-negotiation", false, false, 1},
      {"open-only", "Apache-2.0", "NOASSERTION", "open", false, true, 1},
      {"open-only", "LicenseRef-x", "MIT", "open", false, true, 1},
      {"declared", "Apache-2.0", "CC-BY-ND-4.0", "open", true, true, 1},
      {"open-only", "Apache-2.0", "CC-BY-ND-4.0", "open", false, true, 1},
      {"open-only", "Apache-2.0", "MIT", "unshareable", false, true, 1},
      {"inherit", "Apache-2.0", "MIT", "unshareable", false, true, 1},
      {"inherit", "Apache-2.0", "MIT", "under-negotiation", false, false, 1},
      {"inherit", "Apache-2.0", "MIT", "non-commercial", false, false, 1},
      {"inherit", "CC-BY-NC-4.0", "MIT", "non-commercial", true, false, 1},
  };
  for (const Case& c : kCases) {
    const std::string what =
        std::string(c.policy) + ", " + c.weights + " on " + c.corpus + ", " + c.terms;
    const CorpusTerms corpus = derive_corpus_terms(
        {{c.corpus, "a", 1, 1}},
        registry(("[{id: a, reader: text, obtained: asked, licence: " + std::string(c.corpus) +
                  ", terms: " + c.terms +
                  ", description: {provenance: p, scope: s, characteristics: c, selection: s, "
                  "labelling: l, processing: p}}]")
                     .c_str()));
    const WeightsTerms weights =
        check_weights(parse_weights_policy(c.policy, "test"), c.weights, "test", corpus);
    EXPECT_EQ(weights.accepted, c.accepted) << what;
    EXPECT_EQ(weights.commercial, c.commercial) << what;
    EXPECT_EQ(weights.findings.size(), c.findings) << what;
    if (c.accepted) {
      EXPECT_NO_THROW(require_accepted(weights, "test")) << what;
    } else {
      EXPECT_THROW(require_accepted(weights, "test"), Error) << what;
    }
  }
}

TEST(CorpusTerms, negotiation_restricts_until_it_is_resolved) {
  const auto commercial = [](const std::string& more) {
    return derive_corpus_terms(
               {{"CC-BY-4.0", "a", 1, 1}},
               registry(("[{id: a, reader: text, terms: under-negotiation" + more + "}]").c_str()))
        .commercial;
  };
  EXPECT_FALSE(commercial(""));
  EXPECT_TRUE(commercial(", resolved: 2026-03-31"));
  const CorpusTerms resolved = derive_corpus_terms(
      {{"CC-BY-4.0", "a", 1, 1}},
      registry("[{id: a, reader: text, terms: under-negotiation, resolved: 2026-03-31}]"));
  EXPECT_TRUE(
      check_weights(WeightsPolicy::kOpenOnly, "Apache-2.0", "test", resolved).findings.empty());
}

TEST(WeightsTerms, a_finding_names_its_source) {
  const CorpusTerms corpus = derive_corpus_terms(
      {{"GPL-2.0-only", "man", 1, 1}}, registry("[{id: man, reader: text, terms: copyleft}]"));
  const auto weights = check_weights(WeightsPolicy::kDeclared, "Apache-2.0", "test", corpus);
  ASSERT_EQ(weights.findings.size(), 1U);
  EXPECT_EQ(weights.findings[0].source, "man");
  EXPECT_NE(weights.findings[0].reason.find("Apache-2.0"), std::string::npos);
}

TEST(WeightsTerms, an_unknown_policy_gets_the_nearest_name) {
  try {
    parse_weights_policy("declare", "recipe.yaml:9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.place(), "recipe.yaml:9");
    EXPECT_NE(error.hint().find("declared"), std::string::npos);
  }
}

TEST(OutputDuties, list_what_each_licence_asks) {
  const CorpusTerms corpus =
      derive_corpus_terms({{"CC-BY-SA-4.0", "a", 7, 9}, {"CC0-1.0", "a", 5, 5}},
                          registry("[{id: a, reader: text, terms: open}]"));
  const auto duties = output_duties(corpus);
  ASSERT_EQ(duties.size(), 1U);  // public domain asks nothing
  EXPECT_EQ(duties[0].licence, "CC-BY-SA-4.0");
  EXPECT_EQ(duties[0].documents, 7U);
  EXPECT_NE(duties[0].duty.find("pass adaptations on under CC-BY-SA-4.0"), std::string::npos);
}

TEST(ReleaseTerms, keep_three_layers_apart_and_say_what_they_are_not) {
  const Json release = parse_yaml("{weights_licence: Apache-2.0}", "recipe.yaml");
  const Json json = derive_release_terms(release, {{"MIT", "a", 1, 1}},
                                         registry("[{id: a, reader: text, terms: open}]"))
                        .to_json();
  EXPECT_EQ(json.at("corpus").at("strictest").as_string(), "permissive");
  EXPECT_EQ(json.at("weights").at("licence").as_string(), "Apache-2.0");
  EXPECT_EQ(json.at("weights").at("use").as_string(), "any");
  EXPECT_EQ(json.at("outputs").size(), 1U);
  EXPECT_NE(json.at("note").as_string().find("no legal advice"), std::string::npos);
}

TEST(ReleaseTerms, without_a_licence_for_the_weights_are_refused) {
  try {
    derive_release_terms(Json::object(), {}, SourceRegistry());
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.place().find("release.weights_licence"), std::string::npos);
  }
}

}  // namespace

}  // namespace lucie
