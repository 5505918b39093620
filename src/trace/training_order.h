// The order in which a training run of others read its data: sample i and the documents in it, from
// published files and settings alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"

namespace lucie {

class TrainingOrder {
 public:
  virtual ~TrainingOrder() = default;
  virtual std::uint64_t samples() const = 0;
  virtual std::uint64_t sequence_length() const = 0;  // tokens that a sample adds to those seen
  // The pieces of sample i in order: [{data, document, begin, end}], with `data` the file,
  // `document` its number in there and [begin, end) tokens of it; and id, source, licence,
  // language, url as far as a file beside the data tells. i < samples().
  virtual Json pieces_of(std::uint64_t i) const = 0;
};

// Megatron's GPTDataset and blend of them. The variants draw differently:
enum class MegatronVariant {
  kMegatron,   // Megatron-LM core: all epochs shuffled together, a short last one apart
  kDeepSpeed,  // Megatron-DeepSpeed: the same, but for rounding in the blend
  kLucie,      // OpenLLM-France's fork of it: epoch by epoch
  kNeoX,       // GPT-NeoX: all epochs together, no last one apart
};
struct MegatronSettings {
  std::vector<fs::path> prefixes;  // of .bin and .idx
  std::vector<double> weights;     // as many; none for a single data set without a blend
  MegatronVariant variant = MegatronVariant::kMegatron;
  std::uint32_t seed = 1234;
  std::uint64_t sequence_length = 2048;
  std::uint64_t samples = 0;       // --train-samples, or --train-iters times the batch
  std::vector<double> split{1.0};  // training, validation, test: "969,30,1"
};
std::unique_ptr<TrainingOrder> megatron_order(const MegatronSettings& settings);

// Pythia's preshuffled Pile: row i of PREFIX.bin/.idx, 2049 tokens, is sample i. Documents lie
// between tokens `end_of_document`.
std::unique_ptr<TrainingOrder> row_order(const fs::path& prefix, std::int32_t end_of_document);

// OLMo: sample i is instance indices[i] of the token files, laid end to end, each cut into chunks
// of `sequence_length` tokens, what is left over dropped. FILE.csv.gz beside FILE.npy says which
// document each range is: start,end,id,source,line.
struct ChunkSettings {
  fs::path indices;             // global_indices.npy: u32, with or without numpy's header
  std::vector<fs::path> files;  // in the order of the training config
  int token_bytes = 4;          // 2 or 4, without header
  std::uint64_t sequence_length = 4096;
};
std::unique_ptr<TrainingOrder> chunk_order(const ChunkSettings& settings);

}  // namespace lucie
