// The data card, once tokens and training order are known, and the release.
#include "base/hash.h"
#include "corpus/build.h"
#include "corpus/card/data_card.h"
#include "pipeline/finished_run.h"
#include "pipeline/mixture_report.h"
#include "pipeline/results.h"
#include "release/settings.h"

namespace lucie {
std::vector<GroupUse> main_phase_use(const Json& phases) {
  std::vector<GroupUse> uses;
  if (phases.size() == 0) return uses;
  for (const Json& entry : phases.members().front().second.items()) {
    uses.push_back({.group = entry.at("group").as_string(),
                    .weight = entry.at("weight").as_double(),
                    .tokens = static_cast<std::uint64_t>(entry.at("tokens").as_int()),
                    .windows = static_cast<std::uint64_t>(entry.at("windows").as_int()),
                    .samples = static_cast<std::uint64_t>(entry.at("samples").as_int()),
                    .epochs = entry.at("epochs").as_double()});
  }
  return uses;
}

Stage card_stage(const PipelineContext& p) {
  const CorpusSettings corpus = CorpusSettings::from_recipe(p.recipe.root);
  Stage stage;
  stage.name = "card";
  stage.settings["name"] = p.recipe.name();
  stage.settings["description"] = corpus.description;
  stage.version = 3;
  stage.inputs = {"corpus", "tokens", "pretrain"};
  const bool memorization = !corpus.registry.closed_to(Use::kShown).empty();
  if (memorization) stage.inputs.push_back("eval");
  stage.run = [&p, corpus, memorization](const StageWork& work) {
    const fs::path text = work.input("corpus");
    const Json token_stats = read_json(work.input("tokens") / "stats.json");
    DataCardInput input{.name = p.recipe.name(),
                        .description = corpus.description,
                        .corpus_stats = read_json(text / "stats.json"),
                        .token_stats = token_stats,
                        .sources = corpus.registry,
                        .use = main_phase_use(read_json(work.input("pretrain") / "use.json")),
                        .mixture_tables = mixture_tables(p.recipe, token_stats),
                        .samples = pick_samples(text, corpus.registry),
                        .files = {},
                        .memorization = {}};
    if (memorization) {
      input.memorization = read_json(work.input("eval") / "memorization.json");
    }
    write_data_card(work.out, card_figures(input));
  };
  return stage;
}

Stage release_stage(const PipelineContext& p) {
  const ReleaseSettings settings = release_settings(p.recipe.root);
  Stage stage;
  stage.name = "release";
  stage.version = 5;
  stage.settings["recipe"] = published_recipe(p.recipe.root);
  stage.settings["program"] = p.program;
  if (!settings.paper.empty() && !settings.paper_is_elsewhere()) {
    stage.settings["paper"] = sha256_file(settings.paper);
  }
  stage.inputs = {"corpus",       "card",     "tokenizer", "tokens", "base",     "pretrain",
                  "instructions", "finetune", "gguf",      "eval",   "baselines"};
  stage.run = [&p](const StageWork& work) {
    write_release(release_input(p.recipe, p.program, work.inputs), work.out / kBundleFolder,
                  p.ctx.pool());
  };
  return stage;
}

}  // namespace lucie
