// For tests of train only: a model of two small layers, and samples that a formula gives.
#pragma once

#include <string>
#include <vector>

#include "model/config.h"
#include "train/trainer.h"

namespace lucie::testing_train {

constexpr std::int32_t kVocab = 40;

inline ModelConfig tiny_config(std::int64_t window) {
  ModelConfig c;
  c.hidden_size = 16;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 2;
  c.num_key_value_heads = 1;
  c.head_dim = 8;
  c.intermediate_size = 24;
  c.vocab_size = kVocab;
  c.max_position_embeddings = window;
  c.rope.dims = 8;
  c.attention_scale = 0.35;
  return c;
}

// Token t of sample i is i + t, its target the next; each two samples are pages of one book.
class FormulaSamples final : public SampleSource {
 public:
  std::uint64_t samples() const override { return 100; }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override {
    for (std::size_t t = 0; t < ids.size(); ++t) {
      ids[t] = static_cast<std::int32_t>((index + t) % kVocab);
      targets[t] = static_cast<std::int32_t>((index + t + 1) % kVocab);
    }
  }
  std::vector<std::string> documents(std::uint64_t index) const override {
    return {"book-" + std::to_string(index / 2), "page-" + std::to_string(index)};
  }
};

}  // namespace lucie::testing_train
