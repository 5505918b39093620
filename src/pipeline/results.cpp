#include "pipeline/results.h"

#include "base/text.h"
#include "corpus/corpus_files.h"
#include "corpus/sources.h"
#include "eval/verbatim.h"
#include "model/load.h"
#include "release/run_report.h"
#include "run/energy.h"

namespace lucie {
namespace {

Json model_shape(const fs::path& model) {
  const ModelConfig c = read_config(model);
  Json json = Json::object();
  json["parameters"] = parameter_count(c);
  json["architecture"] = c.architecture;
  json["hidden_size"] = c.hidden_size;
  json["num_hidden_layers"] = c.num_hidden_layers;
  json["num_attention_heads"] = c.num_attention_heads;
  json["num_key_value_heads"] = c.num_key_value_heads;
  json["intermediate_size"] = c.intermediate_size;
  json["vocab_size"] = c.vocab_size;
  json["window"] = c.max_position_embeddings;
  return json;
}

Json tokenizer_figures(const Json& token_stats) {
  Json json = Json::object();
  json["vocab_size"] = token_stats.at("vocab_size");
  for (const auto& [language, tally] : token_stats.at("holdout").at("by_group").members()) {
    json["fertility"][language] = tally.at("tokens_per_word");
  }
  return json;
}

// What the model wrote into its diary is shown to everybody. A text that repeats as little as a run
// of 24 characters of a source that may not be shown is withheld.
void withhold_copies(const Recipe& recipe, const fs::path& corpus, Json* diary) {
  constexpr std::size_t kShortestRun = 24;
  const std::set<std::string> closed =
      SourceRegistry::from_json(recipe.section("sources")).closed_to(Use::kShown);
  if (closed.empty()) return;
  std::vector<Json*> texts;
  std::vector<std::string> answers;
  for (Json& entry : diary->items()) {
    for (Json& sample : entry["samples"].items()) {
      answers.push_back(sample.at("prompt").as_string() + sample.at("text").as_string());
      texts.push_back(&sample["text"]);
    }
  }
  VerbatimCheck check(answers, kShortestRun);
  for (const char* side : {"train", "holdout"}) {
    DocumentReader reader(corpus_parts(corpus, side));
    while (const auto document = reader.next()) {
      if (closed.contains(document->source)) check.read(document->text);
    }
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (check.is_copied(i)) *texts[i] = "[withheld: it repeats text that may not be passed on]";
  }
}

Json training_figures(const Recipe& recipe, const Json& history) {
  Json json = Json::object();
  json["steps"] = history.at("total_steps");
  json["tokens"] = history.at("total_tokens");
  const auto& steps = history.at("steps").items();
  if (!steps.empty()) json["final_loss"] = steps.back().at("loss");
  json["precision"] = recipe.section("train").get("precision", "");
  json["history"] = history;
  return json;
}

Json quantized_files(const fs::path& directory, std::int64_t parameters) {
  Json list = Json::array();
  const Json stage = read_json(directory / "stage.json");
  for (const auto& [name, hash] : stage.at("files").members()) {
    const auto bytes = static_cast<std::int64_t>(fs::file_size(directory / name));
    const std::string stem = fs::path(name).stem().string();
    Json entry = Json::object();
    entry["file"] = name;
    entry["type"] = stem.substr(stem.rfind('-') + 1);
    entry["bytes"] = bytes;
    entry["bits_per_weight"] = 8.0 * static_cast<double>(bytes) / static_cast<double>(parameters);
    list.push_back(entry);
  }
  return list;
}

Json energy_of(const RunDirectory& run, double seconds, int threads) {
  double joules = 0;
  bool measured = true;
  for (const StageResult& made : run.results()) {
    measured = measured && made.joules;
    joules += made.joules.value_or(0);
  }
  Json json = Json::object();
  json["joules"] = measured ? joules : seconds * estimated_watts(threads);
  json["measured"] = measured;
  json["method"] = measured ? "RAPL package counters" : "estimate: 7.5 W per thread";
  return json;
}

// "3.5 M tokens of 13,412 documents in 5 languages"
std::string reading(const Json& results, double seconds) {
  const Json& corpus = results.at("corpus");
  std::int64_t languages = 0;
  for (const Json& entry : corpus.at("by_language").items()) {
    const std::string& name = entry.at("name").as_string();
    languages += name != "code" && name.find('-') == std::string::npos;
  }
  return human_count(results.at("train").at("tokens").as_double()) + " tokens of " +
         std::to_string(corpus.at("total").at("documents").as_int()) + " documents in " +
         std::to_string(languages) + (languages == 1 ? " language" : " languages") + ", in " +
         human_seconds(seconds);
}

// {path in the release: SHA-256}
Json released_files(const fs::path& bundle) {
  Json files = Json::object();
  const Json made = read_json(bundle.parent_path() / "stage.json");
  for (const auto& [path, hash] : made.at("files").members()) {
    files[fs::path(path).lexically_relative(kBundleFolder).generic_string()] = hash;
  }
  return files;
}

}  // namespace

Json collect_results(const Recipe& recipe, const std::vector<StageInput>& stages) {
  const auto at = [&](std::string_view name) { return output_of(stages, name); };
  Json results = Json::object();
  results["version"] = 1;
  results["name"] = recipe.name();
  results["description"] = recipe.root.get("description", "");
  results["release"] = recipe.section("release");
  results["model"] = model_shape(at("base"));
  results["corpus"] = read_json(at("card") / "card.json");
  const Json tokens = read_json(at("tokens") / "stats.json");
  results["tokens"] = tokens;
  results["tokenizer"] = tokenizer_figures(tokens);
  results["train"] = training_figures(recipe, read_json(at("pretrain") / "history.json"));
  if (Json& history = results["train"]["history"]; history.find("diary") != nullptr) {
    withhold_copies(recipe, at("corpus"), &history["diary"]);
  }
  results["baselines"] = read_json(at("baselines") / "baselines.json");
  results["eval"] = read_json(at("eval") / "eval.json");
  Json finetune = read_json(at("finetune") / "summary.json");
  const Json verbatim = read_json(at("eval") / "verbatim.json");
  finetune["verbatim_share"] = verbatim.at("characters_share");
  finetune["verbatim"] = verbatim;
  results["finetune"] = finetune;
  results["quantize"] = quantized_files(at("gguf"), results.at("model").at("parameters").as_int());
  return results;
}

Json finish_results(const PipelineContext& p, const RunDirectory& run) {
  const fs::path release = run.result("release").path / kBundleFolder;
  Json results = read_json(release / "results.json");
  double total = 0, training = 0;
  for (const StageResult& made : run.results()) {
    results["timing"]["stages"][made.name] = made.seconds;
    total += made.seconds;
    if (made.name == "pretrain") training = made.seconds;
  }
  results["timing"]["total_seconds"] = total;
  results["energy"] = energy_of(run, total, p.ctx.pool().size());
  results["summary"]["reading"] = reading(results, training);
  results["files"] = released_files(release);
  write_json(run.path() / "results.json", results);
  write_file_atomic(run.path() / "report.html", run_report(results));
  return results;
}

}  // namespace lucie
