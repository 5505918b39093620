// A mixture of sources, lengths and dates through a whole training: what the shards are, what the
// tables say, and what the steps read.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/json.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

const Arguments kMixtures{
    "--until",
    "pretrain",
    "--set",
    "mixture={epochs: [{category: code, times: 2}], long_documents: {over: 360, weight: 10}}",
    "--set",
    "train.phases.1.mixture={source: {guide-fr: 3, code: 1}}",
    "--set",
    "train.phases.2.mixture={language: {fr: 1}, order: oldest-first}"};

// Of one training for all tests of this file.
const fs::path& mixed() {
  static const fs::path run = [] {
    fs::path path = workspace() / "mixed";
    const Outcome done = lucie(run_into(path, kMixtures));
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return path;
  }();
  return run;
}

Json stats_of(const fs::path& run) {
  const Outcome told = lucie({"corpus", "stats", run.string(), "--json"});
  EXPECT_EQ(told.exit_code, 0) << told.err;
  return parse_json(told.out, "stats");
}

TEST(Mixture, shards_are_as_fine_as_it_asks_and_held_out_text_stays_by_language) {
  const fs::path tokens = mixed() / "tokens";
  EXPECT_TRUE(fs::exists(tokens / "train/fr--man-fr--undated.idx"));
  EXPECT_TRUE(fs::exists(tokens / "train/fr--man-fr--undated--over-360.idx"));
  EXPECT_TRUE(fs::exists(tokens / "holdout/fr.idx"));
}

TEST(Mixture, the_table_of_every_phase_is_told_and_adds_up) {
  const Json stats = stats_of(mixed());
  const Json& phases = stats.at("mixture_by_phase");
  ASSERT_EQ(phases.size(), 3U);
  for (const Json& phase : phases.items()) {
    double percent = 0;
    for (const Json& row : phase.at("rows").items()) percent += row.at("percent_seen").as_double();
    EXPECT_NEAR(percent, 100, 1e-6) << phase.at("phase").as_string();
  }
  std::map<std::string, double> second;
  for (const Json& row : phases.at(1).at("rows").items()) {
    second[row.at("source").as_string()] += row.at("percent_seen").as_double();
  }
  EXPECT_NEAR(second["guide-fr"], 75, 1e-6);
  EXPECT_NEAR(second["code"], 25, 1e-6);
  EXPECT_GT(stats.at("total").at("tokens_seen").as_double(), 0) << "counted through finer groups";
  Arguments dry = run_into(mixed(), kMixtures);
  dry.push_back("--dry-run");
  const Outcome planned = lucie(dry);
  EXPECT_NE(planned.out.find("phase extension"), std::string::npos) << planned.out << planned.err;
}

TEST(Mixture, steps_of_a_phase_read_only_what_its_mixture_names) {
  const Json history = read_json(stage_folder(mixed(), "stages", "pretrain") / "history.json");
  std::set<std::string> sources, languages;
  for (std::int64_t step = 1; step <= history.at("total_steps").as_int(); ++step) {
    const Outcome told =
        lucie({"trace", mixed().string(), "--step", std::to_string(step), "--json"});
    ASSERT_EQ(told.exit_code, 0) << told.err;
    const Json answer = parse_json(told.out, "trace");
    const std::string phase = answer.at("phase").as_string();
    for (const Json& piece : answer.at("documents").items()) {
      if (phase == "extension") sources.insert(piece.at("source").as_string());
      if (phase == "annealing") languages.insert(piece.at("language").as_string());
    }
  }
  EXPECT_EQ(sources, (std::set<std::string>{"code", "guide-fr"}));
  EXPECT_EQ(languages, (std::set<std::string>{"fr"}));
}

TEST(Mixture, a_name_that_no_source_has_is_refused_before_any_work) {
  const fs::path run = workspace() / "misspelt";
  const Outcome refused = lucie(run_into(run, {"--set", "mixture={source: {guide-frr: 1}}"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("did you mean 'guide-fr'?"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(run));
}

}  // namespace
}  // namespace lucie::end_to_end
