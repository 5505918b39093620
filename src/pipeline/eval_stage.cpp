// Evaluation of what was made: base, instruct and quantized models on held-out text, what of the
// answers is copied, and the compressors and n-grams that a model must beat.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/corpus_files.h"
#include "corpus/instructions.h"
#include "corpus/sources.h"
#include "eval/baselines.h"
#include "eval/bits_per_byte.h"
#include "eval/cloze.h"
#include "eval/memorization.h"
#include "eval/verbatim.h"
#include "infer/generator.h"
#include "pipeline/pipeline.h"

namespace lucie {
namespace {

constexpr std::size_t kVerbatimQuestions = 60;

struct EvalSettings {
  bool bits_per_byte = true, cloze = true;
  std::size_t cloze_items = 100;  // per language
  std::uint64_t seed = 42;
};

EvalSettings eval_settings(const Recipe& recipe) {
  EvalSettings settings;
  settings.seed = recipe.seed();
  refuse_unknown_keys(recipe.section("eval"), {"tasks"}, "eval");
  const Json* tasks = recipe.section("eval").find("tasks");
  if (!tasks) return settings;
  settings.bits_per_byte = settings.cloze = false;
  const std::vector<std::string> known{"bits-per-byte", "cloze"};
  for (const Json& task : tasks->items()) {
    if (task.as_string() == known[0]) {
      settings.bits_per_byte = true;
    } else if (task.as_string() == known[1]) {
      settings.cloze = true;
    } else {
      fail(ErrorCode::kInvalidArgument, "unknown task '" + task.as_string() + "'",
           tasks->place() + ": eval.tasks", "known: " + join(known, ", "));
    }
  }
  return settings;
}

Json evaluate(Context& ctx, const fs::path& path, const StageWork& work,
              const EvalSettings& settings) {
  const LoadedModel model = load_model(ctx, path);
  const auto documents = read_held_out(work.input("corpus"), *model.tokenizer);
  Json json = Json::object();
  if (settings.bits_per_byte) {
    json["bits_per_byte"] = to_json(score(ctx, *model.decoder, documents, 0, true));
  }
  if (settings.cloze) {
    json["cloze"] = cloze(ctx, *model.decoder, *model.tokenizer,
                          make_cloze_items(documents, settings.seed, settings.cloze_items));
  }
  return json;
}

// Answers of the fine-tuned model to held-out questions, and how much of them stands in training.
Json verbatim_share(Context& ctx, const StageWork& work) {
  const LoadedModel model = load_model(ctx, work.input("finetune") / "model");
  std::vector<Dialogue> questions =
      read_dialogues(work.input("instructions") / "holdout.jsonl.zst");
  questions.resize(std::min(questions.size(), kVerbatimQuestions));
  Generator generator(ctx, model);
  GenerateOptions options;
  options.sampling.temperature = 0;
  options.max_tokens = 96;
  std::vector<std::string> answers;
  for (const Dialogue& dialogue : questions) {
    const EncodedChat chat = encode_chat(*model.tokenizer, {dialogue.messages.front()}, true);
    if (static_cast<std::int64_t>(chat.ids.size()) >= generator.window()) continue;
    answers.push_back(generator.run(chat.ids, options).text);
  }
  VerbatimCheck check(answers);
  DocumentReader reader(corpus_parts(work.input("corpus"), "train"));
  while (const auto document = reader.next()) check.read(document->text);
  return to_json(check.share());
}

// What the base model has by heart of sources that may not be shown: counts, no text.
Json memorization(Context& ctx, const StageWork& work, const std::set<std::string>& sources,
                  std::uint64_t seed) {
  const LoadedModel model = load_model(ctx, work.input("base"));
  DocumentReader reader(corpus_parts(work.input("corpus"), "train"));
  const DocumentSource next = [&] {
    std::optional<Document> document = reader.next();
    while (document && !sources.contains(document->source)) document = reader.next();
    return document;
  };
  MemorizationSettings settings;
  settings.seed = seed;
  return to_json(measure_memorization(ctx, *model.decoder, *model.tokenizer, next, settings));
}

// "lucie-tiny-instruct-q8_0.gguf" is reported as "q8_0".
std::string type_of_file(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.substr(stem.rfind('-') + 1);
}

}  // namespace

Stage baselines_stage(const PipelineContext& p) {
  Stage stage;
  stage.name = "baselines";
  stage.settings = Json::object();
  stage.inputs = {"corpus", "tokenizer"};
  stage.run = [&p](const StageWork& work) {
    write_json(work.out / "baselines.json",
               measure_baselines(work.input("corpus"), Tokenizer::load(work.input("tokenizer")),
                                 p.ctx.pool()));
  };
  return stage;
}

Stage eval_stage(const PipelineContext& p) {
  const EvalSettings settings = eval_settings(p.recipe);
  Stage stage;
  stage.name = "eval";
  stage.version = 2;
  stage.settings["eval"] = p.recipe.section("eval");
  stage.settings["seed"] = p.recipe.root.get("seed", 42);
  stage.inputs = {"corpus", "instructions", "base", "finetune", "gguf"};
  stage.numeric = true;
  const std::set<std::string> closed =
      SourceRegistry::from_json(p.recipe.section("sources")).closed_to(Use::kShown);
  for (const std::string& id : closed) stage.settings["memorization"].push_back(id);
  stage.run = [&p, settings, closed](const StageWork& work) {
    Json results = Json::object();
    results["base"] = evaluate(p.ctx, work.input("base"), work, settings);
    results["instruct"] = evaluate(p.ctx, work.input("finetune") / "model", work, settings);
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(work.input("gguf"))) {
      if (is_gguf(file.path())) files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      results[type_of_file(file)] = evaluate(p.ctx, file, work, settings);
    }
    write_json(work.out / "eval.json", results);
    write_json(work.out / "verbatim.json", verbatim_share(p.ctx, work));
    if (closed.empty()) return;
    write_json(work.out / "memorization.json", memorization(p.ctx, work, closed, settings.seed));
  };
  return stage;
}

}  // namespace lucie
