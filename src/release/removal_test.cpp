#include "release/removal.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_files.h"

namespace lucie {

namespace {

const fs::path kLucie = fs::path(LUCIE_SOURCE_DIR) / "tests/releases/lucie-7b.yaml";

TEST(Lucie, real_sources_give_the_terms_of_its_three_layers) {
  TrainingRecord record = read_training(kLucie);
  const ReleaseTerms terms = derive_release_terms(record.release, record.licences, record.sources);
  EXPECT_EQ(terms.corpus.licence, "CC-BY-NC-SA-4.0");
  EXPECT_TRUE(terms.corpus.duties.share_alike);
  EXPECT_TRUE(terms.corpus.duties.non_commercial);
  EXPECT_EQ(terms.weights.licence, "Apache-2.0");
  EXPECT_TRUE(terms.weights.accepted);
  EXPECT_FALSE(terms.weights.commercial);  // Persee has not answered
  const auto reason = [&](const ReleaseTerms& of, const std::string& source) {
    for (const Finding& finding : of.weights.findings) {
      if (finding.source == source) return finding.reason;
    }
    return std::string();
  };
  EXPECT_NE(reason(terms, "Persee").find("has not answered"), std::string::npos);
  EXPECT_NE(reason(terms, "Claire").find("no adaptation"), std::string::npos);
  EXPECT_NE(reason(terms, "LEGI").find("unknown"), std::string::npos);
  EXPECT_FALSE(terms.outputs.empty());

  Json sources = record.sources.to_json();  // lifted by a date, without training again
  for (Json& entry : sources.items()) {
    if (entry.get("id", "") == "Persee") entry["resolved"] = "2025-06-30";
  }
  const ReleaseTerms resolved =
      derive_release_terms(record.release, record.licences, SourceRegistry::from_json(sources));
  EXPECT_TRUE(resolved.weights.commercial);
  EXPECT_EQ(resolved.corpus.licence, "CC-BY-NC-SA-4.0");
  for (const char* policy : {"inherit", "open-only"}) {
    record.release["policy"] = policy;
    EXPECT_FALSE(
        derive_release_terms(record.release, record.licences, record.sources).weights.accepted)
        << policy;
  }
}

TEST(Removal, of_persee_would_touch_every_checkpoint) {
  const Removal removal = plan_removal(read_training(kLucie), "Persee");
  EXPECT_EQ(removal.tokens, 11507000000U);
  EXPECT_EQ(removal.all_tokens, 3131736326144U);
  const Json json = removal.to_json();
  EXPECT_NEAR(json.at("share").as_double(), 0.0037, 0.00005);
  EXPECT_EQ(removal.first_step, 1);
  EXPECT_EQ(removal.steps, 756291);
  EXPECT_EQ(removal.steps_to_retrain, 756291);
  EXPECT_TRUE(removal.untouched.empty());
  EXPECT_EQ(removal.touched.size(), 161U);  // 150 and the end, 4 and the end twice
  EXPECT_EQ(json.at("terms_before").at("use").as_string(), "non-commercial");
  EXPECT_EQ(json.at("terms_after").at("use").as_string(), "any");
  EXPECT_NE(removal_text(removal).find("0.37 %"), std::string::npos);
}

TrainingRecord training_of(const std::string& text) {
  const testing_base::Folder folder;
  write_file_atomic(folder / "removal.yaml", text);
  return read_training(folder / "removal.yaml");
}

const char* const kSmall = R"(
name: small
release: {weights_licence: Apache-2.0}
phases:
  - {name: main, steps: 100, tokens: 1000, checkpoint_every: 40}
  - {name: late, steps: 10, tokens: 100, checkpoints: [5]}
sources:
  - {id: a, reader: text, licence: MIT, terms: open, tokens: {main: 1000, late: 60}}
  - {id: b, reader: text, licence: CC-BY-NC-4.0, terms: non-commercial, tokens: {late: 40}}
  - {id: c, reader: text, licence: CC-BY-SA-4.0, terms: open, tokens: {main: 0}}
)";

TEST(Removal, goes_back_to_the_last_checkpoint_that_has_not_seen_the_source) {
  const TrainingRecord record = training_of(kSmall);
  EXPECT_EQ(record.checkpoints, (std::vector<std::int64_t>{40, 80, 100, 105, 110}));
  const Removal late = plan_removal(record, "b");
  EXPECT_EQ(late.first_step, 101);
  EXPECT_EQ(late.tokens, 40U);
  EXPECT_EQ(late.untouched, (std::vector<std::int64_t>{40, 80, 100}));
  EXPECT_EQ(late.touched, (std::vector<std::int64_t>{105, 110}));
  EXPECT_EQ(late.steps_to_retrain, 10);
  EXPECT_EQ(late.before.corpus.licence, "CC-BY-NC-SA-4.0");
  EXPECT_EQ(late.after.corpus.licence, "CC-BY-SA-4.0");
  const Removal never = plan_removal(record, "c");
  EXPECT_EQ(never.first_step, 0);
  EXPECT_EQ(never.steps_to_retrain, 0);
  EXPECT_TRUE(never.touched.empty());
  EXPECT_EQ(plan_removal(record, "a").steps_to_retrain, 110);
}

TEST(Removal, refuses_what_it_cannot_answer) {
  const TrainingRecord record = training_of(kSmall);
  EXPECT_THROW(plan_removal(record, "d"), Error);
  const std::string text = kSmall;
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return training_of(other);
  };
  EXPECT_THROW(changed("late: 40", "lat: 40"), Error);
  EXPECT_THROW(changed("tokens: 1000", "tokens: -1"), Error);
  EXPECT_THROW(changed("tokens: 1000", "tokens: 999"), Error) << "a read 1000";
  const std::string two =
      "{name: x, release: {}, sources: [], phases: [{name: p, steps: 1, "
      "tokens: 1}, {name: q, steps: 1, tokens: 1}]}";
  EXPECT_EQ(training_of(two).phases.size(), 2U);
  std::string same = two;
  same.replace(same.find("name: q"), 7, "name: p");
  EXPECT_THROW(training_of(same), Error) << "which p?";
  EXPECT_THROW(changed("steps: 100", "steps: 1e17"), Error);
  EXPECT_THROW(changed("steps: 100", "steps: 1e18, checkpoint_every: 1e17"), Error);
  EXPECT_THROW(changed("checkpoint_every: 40", "checkpoint_every: -1"), Error);
  EXPECT_THROW(changed("[5]", "[0]"), Error);
  EXPECT_THROW(changed("[5]", "[11]"), Error) << "beyond the phase";
  EXPECT_THROW(changed("[5]", "[9223372036854775807]"), Error);
  std::string many = "{name: x, release: {}, sources: [], phases: [";
  for (int i = 0; i < 30; ++i) {
    many += "{name: p" + std::to_string(i) + ", steps: 90000, tokens: 1, checkpoint_every: 1}, ";
  }
  EXPECT_THROW(training_of(many + "]}"), Error) << "millions of checkpoints";
  EXPECT_THROW(training_of("{name: x}"), Error);
}

}  // namespace

}  // namespace lucie
