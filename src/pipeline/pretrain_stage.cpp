// Pretraining in phases: main, context extension, annealing.
#include <fmt/format.h>

#include <map>

#include "base/hash.h"
#include "base/log.h"
#include "model/save.h"
#include "pipeline/metrics_log.h"
#include "pipeline/training.h"
#include "train/sources.h"

namespace lucie {
namespace {

// Held-out text read while training goes on: enough for a curve, little enough not to slow it.
constexpr std::int64_t kEvalBytesPerLanguage = 10'000;
constexpr std::int64_t kPositionBuckets = 16;
constexpr std::int64_t kLongDocuments = 8;  // per language, for the loss by position

struct Pretraining {
  const PipelineContext& p;
  TrainSettings settings;
  std::vector<DiaryPrompt> prompts;

  void run(const StageWork& work) const;
  Json use_of_phases(const std::vector<TokenGroup>& groups) const;
  Json evaluate(const Decoder& model, const PhaseSettings& phase, std::int64_t step,
                const std::vector<HeldOutDocument>& held_out) const;
};

// What a phase loses by keeping documents whole.
Json packing_waste(const PhaseSettings& phase, const std::vector<GroupUse>& groups) {
  double padding = 0, samples = 0;
  std::uint64_t split = 0;
  for (const GroupUse& use : groups) {
    padding += use.padding * static_cast<double>(use.samples);
    samples += static_cast<double>(use.samples);
    if (use.samples > 0) split += use.split;
  }
  Json waste = Json::object();
  waste["phase"] = phase.name;
  waste["packing"] = packing_name(phase.packing);
  waste["padding"] = padding / std::max(samples, 1.0);
  waste["split_documents"] = split;
  return waste;
}

// How the loss runs over the positions of the longest window, where this phase's is longer than
// the first one's: before (as the phase found the model) and after.
Json position_losses(Context& ctx, const Decoder& model, const PhaseSettings& phase,
                     const std::vector<HeldOutDocument>& held_out) {
  const std::int64_t bucket = std::max<std::int64_t>(1, phase.sequence_length / kPositionBuckets);
  Json values = Json::array();
  for (const double loss : loss_by_position(ctx, model, held_out, phase.sequence_length, bucket)) {
    values.push_back(loss);
  }
  Json json = Json::object();
  json["window"] = phase.sequence_length;
  json["bucket"] = bucket;
  json["losses"] = values;
  return json;
}

// What each phase takes of every group: the figures of the data card's mixture.
Json Pretraining::use_of_phases(const std::vector<TokenGroup>& groups) const {
  Json phases = Json::object();
  for (const PhaseSettings& phase : settings.phases) {
    const PhaseExtent extent = phase_extent(phase);
    if (extent.samples == 0) continue;
    Json uses = Json::array();
    for (const GroupUse& use : phase_samples(p.recipe, phase, groups).use()) {
      Json entry = Json::object();
      entry["group"] = use.group;
      entry["weight"] = use.weight;
      entry["tokens"] = use.tokens;
      entry["windows"] = use.windows;
      entry["samples"] = use.samples;
      entry["epochs"] = use.epochs;
      uses.push_back(entry);
    }
    phases[phase.name] = uses;
  }
  return phases;
}

// A few documents of every language that fill the longest window.
std::vector<HeldOutDocument> long_documents(const fs::path& corpus, const Tokenizer& tokenizer,
                                            std::int64_t window) {
  std::vector<HeldOutDocument> chosen;
  std::map<std::string, std::int64_t> count;
  for (HeldOutDocument& document : read_held_out(corpus, tokenizer)) {
    if (static_cast<std::int64_t>(document.ids.size()) <= window) continue;
    if (count[document.language]++ >= kLongDocuments) continue;
    document.ids.resize(static_cast<std::size_t>(window) + 1);
    chosen.push_back(std::move(document));
  }
  return chosen;
}

Json Pretraining::evaluate(const Decoder& model, const PhaseSettings& phase, std::int64_t step,
                           const std::vector<HeldOutDocument>& held_out) const {
  Json entry = Json::object();
  entry["step"] = step;
  entry["phase"] = phase.name;
  entry["scores"] = to_json(score(p.ctx, model, held_out, phase.sequence_length));
  return entry;
}

void Pretraining::run(const StageWork& work) const {
  const Tokenizer tokenizer = Tokenizer::load(work.input("tokenizer"));
  const std::vector<TokenGroup> groups = open_token_groups(work.input("tokens"), "train");
  std::int64_t longest = 0;
  for (const PhaseSettings& phase : settings.phases) {
    longest = std::max(longest, phase.sequence_length);
  }
  const std::vector<HeldOutDocument> long_ones =
      long_documents(work.input("corpus"), tokenizer, longest);
  const std::vector<HeldOutDocument> some =
      read_held_out(work.input("corpus"), tokenizer, kEvalBytesPerLanguage);

  SessionInput input = pretraining_session(p.recipe, tokenizer.vocab_size(), groups);
  for (const StageInput& entry : work.inputs) {
    if (entry.name == "tokens") input.data_hash = entry.hash;
  }
  input.checkpoints = work.out / "checkpoints";
  input.samples = [&](const PhaseSettings& phase) -> std::unique_ptr<SampleSource> {
    SampleIndex index = phase_samples(p.recipe, phase, groups);
    for (const std::string& note : index.notes()) log_warning("phase " + phase.name + ": " + note);
    if (phase.packing != Packing::kConcatenate) {
      const Json waste = packing_waste(phase, index.use());
      log_info(fmt::format("phase {}: {} pads {:.2f} % of the tokens and splits {} documents",
                           phase.name, packing_name(phase.packing),
                           100 * waste.at("padding").as_double(),
                           waste.at("split_documents").as_int()));
    }
    return std::make_unique<TokenSamples>(std::move(index));
  };

  MetricsLog metrics(p.run, "pretrain");
  SessionHooks hooks;
  hooks.on_step = [&](const StepEvent& event) { metrics.add(event); };
  hooks.on_diary = [&](const Decoder& model, std::int64_t step) {
    return write_diary(p.ctx, model, tokenizer, prompts, step);
  };
  const std::int64_t first_window = settings.phases.front().sequence_length;
  hooks.on_evaluate = [&](const Decoder& model, const PhaseSettings& phase, std::int64_t step) {
    Json entry = evaluate(model, phase, step, some);
    if (phase.sequence_length > first_window) {
      entry["loss_by_position"] = position_losses(p.ctx, model, phase, long_ones);
    }
    return entry;
  };
  hooks.on_extend = [&](const Decoder& before, const PhaseSettings& phase) {
    Json entry = Json::object();
    entry["phase"] = phase.name;
    entry["before_extension"] = true;
    entry["loss_by_position"] = position_losses(p.ctx, before, phase, long_ones);
    return entry;
  };
  const SessionResult result = run_session(p.ctx, input, hooks);

  Json history = result.history;
  history["total_steps"] = result.steps;
  history["total_tokens"] = result.tokens;
  for (const PhaseSettings& phase : settings.phases) {
    if (phase.packing == Packing::kConcatenate || phase_extent(phase).samples == 0) continue;
    history["packing"].push_back(
        packing_waste(phase, phase_samples(p.recipe, phase, groups).use()));
  }
  write_json(work.out / "history.json", history);
  write_json(work.out / "use.json", use_of_phases(groups));
}

}  // namespace

Stage pretrain_stage(const PipelineContext& p) {
  const Pretraining training{p, train_settings(p.recipe.section("train")), diary_prompts(p.recipe)};
  model_config(p.recipe, 1024);   // refuses a bad shape before anything runs
  token_grouping(p.recipe.root);  // and a bad mixture
  Stage stage;
  stage.name = "pretrain";
  stage.version = 2;
  stage.settings["model"] = p.recipe.section("model");
  // Where memory is saved, results are the same bits.
  for (const auto& [key, value] : p.recipe.section("train").members()) {
    if (key != "recompute" && key != "memory") stage.settings["train"][key] = value;
  }
  stage.settings["mixture"] = p.recipe.section("mixture");
  stage.settings["diary"] = p.recipe.section("diary");
  stage.settings["seed"] = p.recipe.root.get("seed", 42);
  stage.inputs = {"corpus", "tokenizer", "tokens"};
  stage.numeric = true;
  stage.resumes = true;
  stage.run = [training](const StageWork& work) { training.run(work); };
  return stage;
}

Stage base_stage(const PipelineContext& p) {
  Stage stage;
  stage.name = "base";
  stage.version = 2;
  stage.settings["dtype"] = dtype_info(p.compute).name;
  stage.inputs = {"tokenizer", "pretrain"};
  stage.run = [&p](const StageWork& work) {
    const Tokenizer tokenizer = Tokenizer::load(work.input("tokenizer"));
    const Checkpoint checkpoint = last_checkpoint(p.ctx, work.input("pretrain"));
    save_hf(work.out, checkpoint.config, values_of(p.ctx, checkpoint.optimizer.master), &tokenizer,
            {.dtype = p.compute,
             .bos = tokenizer.bos().value_or(0),
             .eos = {tokenizer.eos().value_or(1)},
             .name = p.recipe.name(),
             .licence = {}});
  };
  return stage;
}

}  // namespace lucie
