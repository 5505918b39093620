// A model rounded by GPTQ as a Hugging Face directory that transformers, vLLM and others load
// (docs/formats/gptq-awq.md: GPTQ, first format, no act-order).
#pragma once

#include <map>
#include <optional>

#include "model/file_tensors.h"
#include "model/save.h"
#include "quant/gptq.h"

namespace lucie {

// Filled matrix by matrix, in any order.
class GptqCheckpoint {
 public:
  // Writes all that GPTQ does not round, in f16, into `directory`, which must exist. A matrix of a
  // layer whose dimensions are no multiples of 32, or that the family stores transposed:
  // Error{kUnsupported} with its name.
  GptqCheckpoint(const fs::path& directory, const ModelConfig& config, const WeightValues& values,
                 const GptqSettings& settings, std::uint64_t max_shard_bytes);
  // Matrix i of the family's table. Those of one fused tensor are kept until all are there.
  void put(std::size_t i, GptqMatrix matrix);
  void commit() { writer_->commit(); }

 private:
  void plan_layer(const FileTensor& file);
  void write_layer(const FileTensor& file, std::size_t first_stored);

  ModelConfig config_;
  GptqSettings settings_;
  std::vector<TensorSpec> table_;
  std::vector<FileTensor> files_;
  std::vector<StoredTensor> stored_;
  std::vector<std::size_t> first_stored_;  // of each file's tensors
  std::map<std::size_t, GptqMatrix> waiting_;
  std::optional<ShardedSafetensorsWriter> writer_;
};

// config.json's quantization_config.
Json quantization_config(const GptqSettings& settings);

}  // namespace lucie
