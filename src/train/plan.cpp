#include "train/plan.h"

namespace lucie {

double training_flops_per_token(const ModelConfig& c, std::int64_t sequence_length) {
  double weights = 0;
  for (const TensorSpec& spec : family(c.architecture).tensors(c)) {
    if (spec.is_matrix() && spec.slot != Slot::kEmbedding) {
      weights += static_cast<double>(spec.shape.numel());
    }
  }
  if (c.tie_word_embeddings) weights += static_cast<double>(c.vocab_size * c.hidden_size);
  const double attention = static_cast<double>(c.num_hidden_layers * c.query_size()) *
                           static_cast<double>(sequence_length);
  return 6 * weights + 6 * attention;
}

TrainPlan plan_training(const ModelConfig& config, const TrainSettings& settings) {
  TrainPlan plan;
  plan.parameters = parameter_count(config);
  plan.embedding_parameters =
      config.vocab_size * config.hidden_size * (config.tie_word_embeddings ? 1 : 2);
  for (const PhaseSettings& phase : settings.phases) {
    PhasePlan entry{phase.name, phase_extent(phase), 0};
    entry.flops = static_cast<double>(entry.extent.tokens) *
                  training_flops_per_token(config, phase.sequence_length);
    plan.flops += entry.flops;
    plan.phases.push_back(entry);
  }
  return plan;
}

}  // namespace lucie
