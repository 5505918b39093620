// What pretrain and finetune share: the model's shape, sampling the diary, evaluation during
// training.
#pragma once

#include "corpus/samples.h"
#include "eval/bits_per_byte.h"
#include "pipeline/pipeline.h"
#include "train/session.h"

namespace lucie {

// The recipe's `model:` with the tokenizer's vocabulary and the first phase's window and base.
ModelConfig model_config(const Recipe& recipe, std::int64_t vocab_size);

// The shape as the last phase leaves it.
ModelConfig final_model_config(const Recipe& recipe);

// The order in which a phase reads its samples.
PhaseOrder phase_order(const PhaseSettings& phase, std::uint64_t seed);

// What a phase reads: its own mixture over the recipe's.
Mixture phase_mixture(const Recipe& recipe, const PhaseSettings& phase);

// What a phase reads, sample by sample. `groups` must outlive it.
SampleIndex phase_samples(const Recipe& recipe, const PhaseSettings& phase,
                          const std::vector<TokenGroup>& groups);

// Pretraining as the recipe has it, but for data_hash and checkpoints. `groups` must outlive it.
SessionInput pretraining_session(const Recipe& recipe, std::int64_t vocab_size,
                                 const std::vector<TokenGroup>& groups);

struct DiaryPrompt {
  std::string language, text;
};
// The recipe's `diary:` ({fr: "...", ...}), or one prompt for each of the five languages.
std::vector<DiaryPrompt> diary_prompts(const Recipe& recipe);

// {step, samples: [{language, prompt, text}]}, sampled with a fixed seed.
Json write_diary(Context& ctx, const Decoder& model, const Tokenizer& tokenizer,
                 const std::vector<DiaryPrompt>& prompts, std::int64_t step);

// The model of a finished training stage, from its last checkpoint.
Checkpoint last_checkpoint(Context& ctx, const fs::path& stage);

}  // namespace lucie
