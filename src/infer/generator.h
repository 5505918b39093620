// Text from a model, one request at a time, over a BatchEngine of one sequence.
//
//   Generator generator(ctx, model);
//   Generated answer = generator.run(ids, options, [](std::string_view piece) { ... });
//
// The cache stays between calls: a prompt that begins as the last one did is not read again.
#pragma once

#include "infer/engine.h"

namespace lucie {

class Generator {
 public:
  // Decoder and tokenizer must outlive this; the answer ends at any of `stop_ids`.
  Generator(Context& ctx, const Decoder& decoder, const Tokenizer& tokenizer,
            std::vector<TokenId> stop_ids, const EngineSettings& settings = {})
      : engine_(ctx, decoder, tokenizer, std::move(stop_ids), settings) {}
  Generator(Context& ctx, const LoadedModel& model, const EngineSettings& settings = {})
      : engine_(ctx, model, settings) {}

  // `on_text` gets pieces as they become certain; may be empty. Ctrl-C ends the answer.
  Generated run(std::span<const TokenId> prompt, const GenerateOptions& options,
                const std::function<void(std::string_view)>& on_text = {});
  std::int64_t window() const { return engine_.window(); }
  BatchEngine& engine() { return engine_; }

 private:
  BatchEngine engine_;
};

}  // namespace lucie
