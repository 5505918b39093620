// Text from a model: prompt into the KV cache, then one token after another.
//
//   Generator generator(ctx, model, 2048);
//   Generated answer = generator.run(ids, options, [](std::string_view piece) { ... });
//
// The cache stays between calls: a prompt that begins as the last one ended is not read again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "infer/sampler.h"
#include "model/load.h"

namespace lucie {

struct GenerateOptions {
  SamplingSettings sampling;
  std::int64_t max_tokens = 256;
  std::vector<std::string> stops;  // the answer ends before the first of these
  bool ignore_eos = false;
};

enum class FinishReason { kEndOfText, kLength, kStopString, kCancelled };

struct Generated {
  std::string text;
  std::vector<TokenId> ids;
  FinishReason reason = FinishReason::kLength;
  std::int64_t prompt_tokens = 0;
  double prompt_seconds = 0, answer_seconds = 0;  // for people; results never depend on them
};

class Generator {
 public:
  // `window` positions at most, 0 for the model's own window. Decoder and tokenizer must outlive
  // this; the answer ends at any of `stop_ids`.
  Generator(Context& ctx, const Decoder& decoder, const Tokenizer& tokenizer,
            std::vector<TokenId> stop_ids, std::int64_t window = 0, DType cache = DType::kF32);
  Generator(Context& ctx, const LoadedModel& model, std::int64_t window = 0)
      : Generator(ctx, *model.decoder, *model.tokenizer, model.stop_ids, window) {}

  // `on_text` gets pieces as they become certain; may be empty. Ctrl-C ends the answer.
  Generated run(std::span<const TokenId> prompt, const GenerateOptions& options,
                const std::function<void(std::string_view)>& on_text = {});

  // Logits (V) after the given ids, as `run` computes them.
  std::vector<float> next_logits(std::span<const TokenId> ids);
  std::int64_t window() const { return window_; }

 private:
  void read(std::span<const TokenId> ids);  // makes the cache hold exactly these

  Context& ctx_;
  const Decoder& decoder_;
  const Tokenizer& tokenizer_;
  std::vector<TokenId> stop_ids_;
  std::int64_t window_;
  KvCache cache_;
  CachedSequence sequence_{cache_};
  Activations activations_;
  std::vector<TokenId> held_;  // what the cache holds
  std::vector<float> logits_;  // after the last of them
};

}  // namespace lucie
