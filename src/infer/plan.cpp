#include "infer/plan.h"

#include "base/error.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

// Resident after start, and for a token of the vocabulary: measured with the vocabularies of
// SmolLM2, Pythia and OLMo-2 (49,152 to 100,278 tokens).
constexpr std::size_t kProgramBytes = 20'000'000, kTokenBytes = 300;
// Rows of logits that are there at once: on the device, on the host, and sorted by the sampler.
constexpr std::size_t kLogitBytes = 4 + 4 + 8;

}  // namespace

InferencePlan plan_inference(const ModelConfig& config, std::size_t weights,
                             const EngineSettings& settings) {
  const std::int64_t window = settings.window, sequences = settings.sequences;
  if (window < 1 ||
      (window > config.max_position_embeddings && config.rope.type != RopeType::kDynamic)) {
    fail(ErrorCode::kInvalidArgument,
         "the model's window has " + std::to_string(config.max_position_embeddings) +
             " positions, not " + std::to_string(window),
         "--ctx-size");
  }
  const DType type = cache_type(settings.cache_type, config, "--cache-type");
  const auto vocabulary = static_cast<std::size_t>(config.vocab_size);
  InferencePlan plan;
  plan.weights = weights;
  plan.cache = KvCache::bytes(config, sequences * (window + kCachePage - 1), type);
  plan.work = Activations::bytes(config, rows_at_once(config, settings, window), DType::kF32,
                                 Activations::Keep::kOneLayer) +
              row_bytes(DType::kF32, config.max_position_embeddings * config.rope.dims) +
              static_cast<std::size_t>(sequences) * vocabulary * kLogitBytes;
  plan.program = kProgramBytes + vocabulary * kTokenBytes;
  return plan;
}

}  // namespace lucie
