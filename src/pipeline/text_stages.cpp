// Stages that make text into tokens: corpus, tokenizer, tokens, instructions.
#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "corpus/build.h"
#include "corpus/corpus_files.h"
#include "corpus/instructions.h"
#include "corpus/tokenize.h"
#include "corpus/unshareable.h"
#include "pipeline/training.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/trainer.h"

namespace lucie {
namespace {

// Settings name the closed sources only where there are any: other recipes keep their keys.
void add_closed_sources(const std::set<std::string>& ids, Json* settings) {
  for (const std::string& id : ids) (*settings)["closed_sources"].push_back(id);
}

SourceRegistry registry_of(const Recipe& recipe) {
  return SourceRegistry::from_json(recipe.section("sources"));
}

// The folders that a source reads: packages by pattern, or a path.
std::vector<fs::path> source_folders(const SourceSpec& spec, const fs::path& data_dir) {
  if (spec.packages.empty()) return {spec.path};
  std::vector<fs::path> folders;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(data_dir / "debian", none)) {
    const std::string name = entry.path().filename().string();
    const bool fits =
        std::any_of(spec.packages.begin(), spec.packages.end(), [&](const std::string& package) {
          return ::fnmatch(package.c_str(), name.c_str(), 0) == 0;
        });
    if (fits || name == spec.with) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// What lies there: contents decide, not dates.
Json fingerprint_sources(const CorpusSettings& settings, const fs::path& data_dir) {
  std::map<fs::path, std::string> known;  // packages that several sources read are hashed once
  Json prints = Json::object();
  for (const SourceSpec& spec : settings.sources) {
    std::string all;
    for (const fs::path& folder : source_folders(spec, data_dir)) {
      std::string& print = known[folder];
      if (print.empty() && fs::exists(folder)) {
        print = fs::is_directory(folder) ? hash_of_tree(hash_tree(folder)) : sha256_file(folder);
      }
      all += print;
    }
    prints[spec.id] = sha256_hex(all);
  }
  if (settings.decontaminate) {
    for (const EvaluationSet& set : settings.decontaminate->sets) {
      prints["decontaminate: " + set.name] = sha256_file(data_dir / set.path);
    }
  }
  return prints;
}

TrainerOptions tokenizer_options(const Recipe& recipe) {
  const Json& section = recipe.section("tokenizer");
  refuse_unknown_keys(
      section, {"design", "vocab_size", "min_frequency", "limit_alphabet", "split", "memory"},
      "tokenizer");
  TrainerOptions options;
  if (const Json* design = section.find("design")) {
    options.design = tokenizer_design(design->as_string(), design->place());
  }
  options.vocab_sizes = {section.get("vocab_size", options.vocab_sizes.front())};
  options.min_frequency = section.get("min_frequency", options.min_frequency);
  options.limit_alphabet = section.get("limit_alphabet", options.limit_alphabet);
  options.split = section.get("split", options.split.c_str());
  if (const Json* memory = section.find("memory")) {
    const auto bytes =
        parse_bytes(memory->is_int() ? std::to_string(memory->as_int()) : memory->as_string());
    if (!bytes) {
      fail(ErrorCode::kInvalidArgument, "'memory' is not a size", memory->place(),
           "for example 2GB");
    }
    options.memory = *bytes;
  }
  return options;
}

InstructionSettings instruction_settings(const Recipe& recipe) {
  InstructionSettings settings;
  settings.seed = recipe.seed();
  const Json* data = recipe.section("finetune").find("data");
  if (!data) return settings;
  refuse_unknown_keys(*data, {"generate", "max_dialogues", "max_answer_characters"},
                      "finetune.data");
  if (data->get("generate", "from-corpus") != "from-corpus") {
    fail(ErrorCode::kUnsupported, "dialogues can only be generated 'from-corpus'", data->place());
  }
  settings.max_dialogues = data->get("max_dialogues", settings.max_dialogues);
  settings.max_answer_characters =
      data->get("max_answer_characters", settings.max_answer_characters);
  return settings;
}

}  // namespace

Stage corpus_stage(const PipelineContext& p) {
  const CorpusSettings settings = CorpusSettings::from_recipe(p.recipe.root);
  Stage stage;
  stage.name = "corpus";
  stage.version = 3;
  stage.settings["sources"] = p.recipe.section("sources");
  stage.settings["corpus"] = p.recipe.section("corpus");
  if (stage.settings["corpus"].is_object()) stage.settings["corpus"].erase("memory");
  stage.settings["seed"] = p.recipe.root.get("seed", 42);
  stage.settings["data"] = fingerprint_sources(settings, p.data_dir);
  if (const Json* files = settings.recipe.find("files")) stage.settings["files"] = *files;
  stage.resumes = true;
  stage.run = [&p, settings](const StageWork& work) {
    build_corpus(settings, p.data_dir, work.out, p.ctx.pool());
  };
  return stage;
}

Stage tokenizer_stage(const PipelineContext& p) {
  const TrainerOptions options = tokenizer_options(p.recipe);
  Stage stage;
  stage.name = "tokenizer";
  stage.settings["vocab_size"] = options.vocab_sizes.front();
  stage.settings["min_frequency"] = options.min_frequency;
  stage.settings["limit_alphabet"] = options.limit_alphabet;
  const SourceRegistry registry = registry_of(p.recipe);
  const std::set<std::string> closed = registry.closed_to(Use::kVocabulary);
  if (closed.size() == registry.sources().size() && !closed.empty()) {
    fail(ErrorCode::kInvalidArgument, "no source may teach the vocabulary", "sources",
         "a published vocabulary holds words of its text: add a source that may be shared, or say "
         "also_for: [vocabulary] of an unshareable one");
  }
  add_closed_sources(closed, &stage.settings);
  if (options.design != TokenizerDesign::kLucie) {
    stage.settings["design"] = p.recipe.section("tokenizer").at("design");
    stage.settings["split"] = options.split;
  }
  stage.inputs = {"corpus"};
  stage.run = [&p, options, closed](const StageWork& work) {
    DocumentReader reader(corpus_parts(work.input("corpus"), "train"));
    const TextSource texts = [&]() -> std::optional<std::string> {
      auto document = reader.next();
      while (document && closed.contains(document->source)) document = reader.next();
      if (!document) return std::nullopt;
      return std::move(document->text);
    };
    TrainerOptions here = options;
    here.scratch = work.out;
    const TrainedTokenizer trained = train_tokenizers(texts, here, p.ctx.pool()).front();
    write_json(work.out / "tokenizer.json", trained.tokenizer);
    write_json(work.out / "tokenizer_config.json", trained.config);
  };
  return stage;
}

Stage tokens_stage(const PipelineContext& p) {
  Stage stage;
  stage.name = "tokens";
  stage.version = 3;
  stage.settings["seed"] = p.recipe.root.get("seed", 42);
  stage.inputs = {"corpus", "tokenizer"};
  stage.resumes = true;
  TokenizeSettings settings;
  settings.seed = p.recipe.seed();
  settings.memory = CorpusSettings::from_recipe(p.recipe.root).memory;
  settings.grouping = token_grouping(p.recipe.root);
  // Only where it is finer than a language: other recipes keep their keys.
  if (!settings.grouping.is_plain()) stage.settings["groups"] = settings.grouping.to_json();
  stage.run = [&p, settings](const StageWork& work) {
    tokenize_corpus(work.input("corpus"), Tokenizer::load(work.input("tokenizer")), work.out,
                    settings, p.ctx.pool());
    mark_unshareable(work.out, registry_of(p.recipe).closed_to(Use::kShown));
  };
  return stage;
}

Stage instructions_stage(const PipelineContext& p) {
  InstructionSettings settings = instruction_settings(p.recipe);
  const SourceRegistry registry = registry_of(p.recipe);
  settings.closed_sources = registry.closed_to(Use::kDialogues);
  std::set<std::string> granted = registry.closed_to(Use::kShown);
  for (const std::string& id : settings.closed_sources) granted.erase(id);
  Stage stage;
  add_closed_sources(settings.closed_sources, &stage.settings);
  stage.name = "instructions";
  stage.settings["seed"] = p.recipe.root.get("seed", 42);
  stage.settings["max_dialogues"] = settings.max_dialogues;
  stage.settings["max_answer_characters"] = settings.max_answer_characters;
  stage.inputs = {"corpus"};
  stage.run = [settings, granted](const StageWork& work) {
    generate_instructions(work.input("corpus"), work.out, settings);
    mark_unshareable(work.out, granted);
  };
  return stage;
}

}  // namespace lucie
