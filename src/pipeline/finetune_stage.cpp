// Supervised fine-tuning on dialogues: loss on the assistant's tokens only.
#include <algorithm>

#include "base/error.h"
#include "corpus/instructions.h"
#include "model/save.h"
#include "pipeline/metrics_log.h"
#include "pipeline/training.h"
#include "train/sources.h"

namespace lucie {
namespace {

// Held-out dialogues on which the loss is taken before and after.
constexpr std::size_t kHeldOutDialogues = 400;

struct FinetuneSettings {
  TrainSettings train;  // one phase; train_tokens 0: as many as `epochs` asks for
  double epochs = 2;
};

FinetuneSettings finetune_settings(const Recipe& recipe) {
  const Json& section = recipe.section("finetune");
  if (section.get("method", "full") != "full") {
    fail(ErrorCode::kUnsupported, "the only fine-tuning method is 'full'",
         section.at("method").place());
  }
  static const std::vector<std::string> known{
      "method",           "data",         "epochs",        "sequence_length",
      "micro_batch_size", "train_tokens", "learning_rate", "global_batch_size",
      "warmup_tokens",    "optimizer",    "schedule",      "min_learning_rate"};
  refuse_unknown_keys(section, known, "finetune");
  Json phase = Json::object();
  phase["name"] = "finetune";
  phase["schedule"] = "cosine";
  FinetuneSettings settings;
  for (const auto& [key, value] : section.members()) {
    if (key == "method" || key == "data") continue;
    if (key == "epochs") {
      settings.epochs = value.as_double();
    } else {
      phase[key] = value;
    }
  }
  Json train = Json::object();
  for (const char* key : {"optimizer", "recompute", "memory"}) {
    if (const Json* value = recipe.section("train").find(key)) train[key] = *value;
  }
  train["phases"] = Json(Json::Array{phase});
  settings.train = train_settings(train);
  settings.train.save_interval = 1000;
  settings.train.eval_interval = 1000;
  return settings;
}

std::vector<EncodedChat> encode_dialogues(const Tokenizer& tokenizer,
                                          const std::vector<Dialogue>& dialogues) {
  std::vector<EncodedChat> chats;
  for (const Dialogue& dialogue : dialogues) {
    chats.push_back(encode_chat(tokenizer, dialogue.messages, false));
  }
  return chats;
}

// Mean loss over the assistant's tokens of all samples.
double dialogue_loss(Context& ctx, const Decoder& model, const DialogueSamples& samples,
                     std::int64_t length) {
  Activations activations(ctx, model.config(), length, DType::kF32, Activations::Keep::kOneLayer);
  const auto size = static_cast<std::size_t>(length);
  std::vector<std::int32_t> ids(size), targets(size);
  double sum = 0;
  std::int64_t count = 0;
  for (std::uint64_t i = 0; i < samples.samples(); ++i) {
    samples.read(i, ids, targets);
    const Batch batch = make_batch(ctx, ids, targets, 1);
    model.forward(ctx, batch, activations);
    for (const float loss : ctx.download(model.losses(ctx, batch, activations))) {
      sum += static_cast<double>(loss);
    }
    count += std::count_if(targets.begin(), targets.end(), [](auto t) { return t >= 0; });
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

void finetune(const PipelineContext& p, const FinetuneSettings& settings, const StageWork& work) {
  const Tokenizer tokenizer = Tokenizer::load(work.input("tokenizer"));
  const fs::path data = work.input("instructions");
  const std::vector<Dialogue> train = read_dialogues(data / "train.jsonl.zst");
  std::vector<Dialogue> held_out = read_dialogues(data / "holdout.jsonl.zst");
  held_out.resize(std::min(held_out.size(), kHeldOutDialogues));
  const Checkpoint base = last_checkpoint(p.ctx, work.input("pretrain"));

  SessionInput input;
  input.settings = settings.train;
  PhaseSettings& phase = input.settings.phases.front();
  phase.sequence_length = std::min(phase.sequence_length, base.config.max_position_embeddings);
  const std::uint64_t seed = p.recipe.seed();
  const TokenId padding = tokenizer.eos().value_or(0);
  const DialogueSamples samples(encode_dialogues(tokenizer, train), phase.sequence_length, padding,
                                seed);
  const DialogueSamples tests(encode_dialogues(tokenizer, held_out), phase.sequence_length, padding,
                              seed);
  if (samples.samples() == 0) {
    fail(ErrorCode::kInvalidArgument, "the corpus gave no dialogue to fine-tune on",
         "recipe: finetune.data", "leave the finetune section out, or add documentation");
  }
  if (phase.train_tokens == 0) {
    const double sequences = settings.epochs * static_cast<double>(samples.samples());
    phase.train_tokens = static_cast<std::int64_t>(sequences) * phase.sequence_length;
  }
  phase.train_tokens =
      std::max(phase.train_tokens, phase.global_batch_size * phase.sequence_length);
  input.config = base.config;
  input.compute = p.compute;
  input.seed = seed;
  for (const StageInput& entry : work.inputs) {
    if (entry.name == "instructions") input.data_hash = entry.hash;
  }
  input.checkpoints = work.out / "checkpoints";
  input.keep_last = 1;
  input.initial = base.optimizer.master;
  input.samples = [&](const PhaseSettings&) -> std::unique_ptr<SampleSource> {
    return std::make_unique<DialogueSamples>(samples);
  };
  MetricsLog metrics(p.run, "finetune");
  SessionHooks hooks;
  hooks.on_step = [&](const StepEvent& event) { metrics.add(event); };
  hooks.on_evaluate = [&](const Decoder& model, const PhaseSettings&, std::int64_t step) {
    Json entry = Json::object();
    entry["step"] = step;
    entry["held_out_loss"] = dialogue_loss(p.ctx, model, tests, phase.sequence_length);
    return entry;
  };
  const SessionResult result = run_session(p.ctx, input, hooks);

  const Checkpoint tuned = load_checkpoint(p.ctx, result.checkpoint);
  const fs::path model = work.out / "model";
  fs::create_directories(model);
  save_hf(model, tuned.config, values_of(p.ctx, tuned.optimizer.master), &tokenizer,
          {.dtype = p.compute,
           .bos = tokenizer.bos().value_or(0),
           .eos = {tokenizer.id("<|eot_id|>").value_or(padding)},
           .name = p.recipe.name() + "-instruct",
           .licence = {}});
  const auto& evaluations = result.history.at("evaluations").items();
  Json summary = Json::object();
  summary["dialogues"] = static_cast<std::int64_t>(train.size());
  summary["held_out_dialogues"] = static_cast<std::int64_t>(held_out.size());
  summary["steps"] = result.steps;
  summary["tokens"] = result.tokens;
  summary["loss_before"] = evaluations.front().at("held_out_loss");
  summary["loss_after"] = evaluations.back().at("held_out_loss");
  write_json(work.out / "summary.json", summary);
  write_json(work.out / "history.json", result.history);
}

}  // namespace

Stage finetune_stage(const PipelineContext& p) {
  const FinetuneSettings settings = finetune_settings(p.recipe);
  Stage stage;
  stage.name = "finetune";
  stage.version = 2;
  stage.settings["finetune"] = p.recipe.section("finetune");
  stage.settings["seed"] = p.recipe.root.get("seed", 42);
  if (const Json* optimizer = p.recipe.section("train").find("optimizer")) {
    stage.settings["optimizer"] = *optimizer;
  }
  stage.inputs = {"tokenizer", "pretrain", "instructions"};
  stage.numeric = true;
  stage.resumes = true;
  stage.run = [&p, settings](const StageWork& work) { finetune(p, settings, work); };
  return stage;
}

}  // namespace lucie
