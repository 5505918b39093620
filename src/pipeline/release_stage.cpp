// The data card, once tokens and training order are known, and the release.
#include "corpus/build.h"
#include "corpus/data_card.h"
#include "pipeline/results.h"
#include "release/bundle.h"

namespace lucie {
namespace {

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

}  // namespace

Stage card_stage(const PipelineContext& p) {
  const CorpusSettings corpus = CorpusSettings::from_recipe(p.recipe.root);
  Stage stage;
  stage.name = "card";
  stage.settings["name"] = p.recipe.name();
  stage.settings["description"] = corpus.description;
  stage.inputs = {"corpus", "tokens", "pretrain"};
  stage.run = [&p, corpus](const StageWork& work) {
    const fs::path pretrain = work.input("pretrain");
    write_data_card(work.out,
                    make_data_card({.name = p.recipe.name(),
                                    .description = corpus.description,
                                    .corpus_stats = read_json(work.input("corpus") / "stats.json"),
                                    .token_stats = read_json(work.input("tokens") / "stats.json"),
                                    .sources = corpus.registry,
                                    .use = main_phase_use(read_json(pretrain / "use.json"))}));
  };
  return stage;
}

Stage release_stage(const PipelineContext& p) {
  check_release_section(p.recipe.root);
  Stage stage;
  stage.name = "release";
  stage.settings["recipe"] = p.recipe.root;
  stage.inputs = {"corpus",   "card", "tokens", "base",     "pretrain",
                  "finetune", "gguf", "eval",   "baselines"};
  stage.run = [&p](const StageWork& work) {
    write_release({.recipe = p.recipe.root,
                   .results = collect_results(p.recipe, work),
                   .corpus_stats = read_json(work.input("corpus") / "stats.json"),
                   .data_card_markdown = read_file(work.input("card") / "data_card.md"),
                   .instruct_dir = work.input("finetune") / "model",
                   .base_dir = work.input("base"),
                   .gguf_dir = work.input("gguf")},
                  work.out);
  };
  return stage;
}

}  // namespace lucie
