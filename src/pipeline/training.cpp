#include "pipeline/training.h"

#include <algorithm>

#include "base/error.h"
#include "infer/generator.h"
#include "model/family.h"
#include "train/sources.h"

namespace lucie {

namespace {

// A config.json may hold anything; a recipe only what its family writes.
void refuse_unknown_fields(const Json& model) {
  ModelConfig any;
  any.architecture = family(model.get("architecture", any.architecture.c_str())).name;
  std::vector<std::string> known{"architecture", "rope_scaling"};
  const Json written = config_to_json(any);
  for (const auto& [key, value] : written.members()) known.push_back(key);
  refuse_unknown_keys(model, known, "model");
}

}  // namespace

ModelConfig model_config(const Recipe& recipe, std::int64_t vocab_size) {
  Json section = recipe.section("model");
  refuse_unknown_fields(section);
  section["vocab_size"] = vocab_size;
  const TrainSettings train = train_settings(recipe.section("train"));
  section["max_position_embeddings"] = train.phases.front().sequence_length;
  ModelConfig config = config_from_json(section);
  if (train.phases.front().rope_theta > 0) config.rope.theta = train.phases.front().rope_theta;
  return config;
}

ModelConfig final_model_config(const Recipe& recipe) {
  const Json& tokenizer = recipe.section("tokenizer");
  ModelConfig config = model_config(
      recipe, recipe.section("model").get("vocab_size", tokenizer.get("vocab_size", 32000)));
  for (const PhaseSettings& phase : train_settings(recipe.section("train")).phases) {
    config.max_position_embeddings =
        std::max(config.max_position_embeddings, phase.sequence_length);
    if (phase.rope_theta > 0) config.rope.theta = phase.rope_theta;
  }
  return config;
}

PhaseOrder phase_order(const PhaseSettings& phase, std::uint64_t seed) {
  return {.phase = phase.name,
          .sequence_length = phase.sequence_length,
          .seed = seed,
          .samples = static_cast<std::uint64_t>(phase_extent(phase).samples),
          .packing = phase.packing};
}

Mixture phase_mixture(const Recipe& recipe, const PhaseSettings& phase) {
  return Mixture::from_json(mixture_of_phase(recipe.section("mixture"), phase.mixture));
}

SampleIndex phase_samples(const Recipe& recipe, const PhaseSettings& phase,
                          const std::vector<TokenGroup>& groups) {
  return SampleIndex(groups, phase_mixture(recipe, phase), phase_order(phase, recipe.seed()));
}

SessionInput pretraining_session(const Recipe& recipe, std::int64_t vocab_size,
                                 const std::vector<TokenGroup>& groups) {
  SessionInput input;
  input.config = model_config(recipe, vocab_size);
  input.settings = train_settings(recipe.section("train"));
  input.compute = compute_type(recipe);
  input.seed = recipe.seed();
  input.samples = [&](const PhaseSettings& phase) -> std::unique_ptr<SampleSource> {
    return std::make_unique<TokenSamples>(phase_samples(recipe, phase, groups));
  };
  return input;
}

std::vector<DiaryPrompt> diary_prompts(const Recipe& recipe) {
  std::vector<DiaryPrompt> prompts;
  for (const auto& [language, text] : recipe.section("diary").members()) {
    prompts.push_back({language, text.as_string()});
  }
  if (!prompts.empty()) return prompts;
  return {{"en", "The command"},
          {"fr", "La commande"},
          {"de", "Der Befehl"},
          {"es", "La orden"},
          {"it", "Il comando"}};
}

Json write_diary(Context& ctx, const Decoder& model, const Tokenizer& tokenizer,
                 const std::vector<DiaryPrompt>& prompts, std::int64_t step) {
  std::vector<TokenId> stops;
  if (const auto eos = tokenizer.eos()) stops.push_back(*eos);
  GenerateOptions options;
  options.max_tokens = 48;
  options.sampling = {.temperature = 0.7, .top_k = 40, .top_p = 0.95, .seed = 1};
  Generator generator(ctx, model, tokenizer, stops);
  Json samples = Json::array();
  for (const DiaryPrompt& prompt : prompts) {
    std::vector<TokenId> ids = tokenizer.encode(prompt.text);
    ids.resize(std::min(ids.size(), static_cast<std::size_t>(generator.window()) - 1));
    Json sample = Json::object();
    sample["language"] = prompt.language;
    sample["prompt"] = prompt.text;
    sample["text"] = generator.run(ids, options).text;
    samples.push_back(sample);
  }
  Json entry = Json::object();
  entry["step"] = step;
  entry["samples"] = samples;
  return entry;
}

Checkpoint last_checkpoint(Context& ctx, const fs::path& stage) {
  const auto newest = newest_checkpoint(stage / "checkpoints");
  if (!newest) fail(ErrorCode::kCorrupt, "no checkpoint", (stage / "checkpoints").string());
  return load_checkpoint(ctx, *newest);
}

}  // namespace lucie
