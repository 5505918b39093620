// Samples for the trainer: windows of the token shards, and dialogues.
#pragma once

#include <vector>

#include "corpus/samples.h"
#include "tokenizer/chat_template.h"
#include "train/trainer.h"

namespace lucie {

// Pretraining: windows in the order of corpus/samples.h.
class TokenSamples : public SampleSource {
 public:
  explicit TokenSamples(SampleIndex index) : index_(std::move(index)) {}
  std::uint64_t samples() const override { return index_.samples(); }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override;
  void read_starts(std::uint64_t index, std::span<std::int32_t> starts) const override;
  std::vector<std::string> documents(std::uint64_t index) const override;
  const SampleIndex& index() const { return index_; }

 private:
  SampleIndex index_;
};

// Fine-tuning: dialogues packed one after another into sequences of sequence_length tokens, in a
// shuffled order that changes with every pass. Only the assistant's tokens carry loss. A dialogue
// longer than a sequence is cut at its end; what does not fit goes to the next sequence.
class DialogueSamples : public SampleSource {
 public:
  DialogueSamples(const std::vector<EncodedChat>& dialogues, std::int64_t sequence_length,
                  TokenId padding, std::uint64_t seed);
  std::uint64_t samples() const override { return sequences_.size(); }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override;

 private:
  struct Sequence {
    std::vector<std::int32_t> ids, targets;
  };
  std::vector<Sequence> sequences_;
  std::uint64_t seed_;
};

}  // namespace lucie
