// Models from files: a Hugging Face directory or a GGUF file. Weights are used in place in the
// mapped file; only what must change form is copied.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "formats/weight_source.h"
#include "model/decoder.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct LoadedModel {
  std::unique_ptr<Decoder> decoder;
  std::unique_ptr<Tokenizer> tokenizer;  // absent only when asked so
  std::vector<TokenId> stop_ids;         // end-of-sequence ids (generation_config.json, GGUF)
  std::string name;                      // for people: directory or general.name
  std::int64_t parameters = 0;
};

enum class TokenizerNeed {
  kRequired,
  kOptional,  // loaded where there is one
  kNone,
};

// Whether tensors of moderate size are looked through for values that are no numbers.
enum class ValueCheck { kWarn, kNone };

// `path`: directory with config.json and safetensors or PyTorch's files, a .gguf file, or a
// universal checkpoint of Megatron-DeepSpeed, which has no tokenizer. Not found, corrupt,
// unsupported or mismatched (tokenizer larger than the vocabulary, tensor of another shape): Error
// with the place.
LoadedModel load_model(Context& ctx, const fs::path& path,
                       TokenizerNeed need = TokenizerNeed::kRequired,
                       ValueCheck check = ValueCheck::kWarn);
// Of a directory or a .gguf; nullptr where it has none.
std::unique_ptr<Tokenizer> find_tokenizer(const fs::path& path);

// Error{kMismatch} when the tokenizer has ids beyond the vocabulary; `place` is for the message.
void check_fits(const LoadedModel& model, const std::string& place);

// Only the shape: config.json, or the metadata of a GGUF file.
ModelConfig read_config(const fs::path& path);
bool is_gguf(const fs::path& path);

// All tensors of the table as `format` places them, in place where they lie as the decoder wants
// them and the device can. A missing tensor, a wrong shape, or a tensor that nothing uses is an
// error.
Parameters load_parameters(Context& ctx, const WeightSource& source, const ModelConfig& config,
                           Format format, const std::string& place,
                           ValueCheck check = ValueCheck::kWarn);
// The same converted to f32 (masters for training).
Parameters to_f32(Context& ctx, const Parameters& weights);

}  // namespace lucie
