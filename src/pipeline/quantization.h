// How the tensors of a quantized model's file are stored, from what is asked of it: a type, or the
// memory that answers may take. What `lucie quantize` and the recipe's `quantize:` share.
#pragma once

#include <optional>
#include <string>

#include "quant/fitted_mixture.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct QuantizeRequest {
  std::string type = {};         // of files; empty: q8_0, or as target_size has it
  std::string target_size = {};  // "6GB", in place of a type, with:
  std::int64_t context = 0;  // positions of the cache; 0: 4,096, or the model's where it has fewer
  std::string cache_type = {};   // empty: f16
  std::string imatrix = {};      // file of an importance matrix
  std::string calibrate = {};    // text to make one from, in place of that
  std::string effect_text = {};  // to find effects on where `calibrate` is empty
  std::int64_t window = 512;     // tokens of a chunk of those texts
};

// A model to be quantized. `tokenizer`: null where no text is read.
struct QuantizeSource {
  const Decoder& decoder;
  const Tokenizer* tokenizer;
};

struct QuantizedForm {
  GgufTypes types;
  std::optional<ImportanceMatrix> matrix;
  std::optional<FittedMixture> mixture;  // of target_size, and:
  MemoryTarget target;
  std::string effect_text;  // that effects were measured on; empty: all count the same
};

const FileType& requested_type(const QuantizeRequest& request);
// 4,096 positions, or the model's where it has fewer, unless others are asked for.
std::int64_t planned_window(std::int64_t asked, const ModelConfig& config);

// Whether the request can be met, as far as that shows without work. Error{kInvalidArgument} at the
// flag, in --imatrix's spelling, where two exclude each other, a type or size is unknown, or the
// target is too small (weight_budget).
void check_request(const QuantizeRequest& request, const ModelConfig& config);
// Reads texts, runs the model, measures. Errors as above, and those of reading.
QuantizedForm quantized_form(Context& ctx, const QuantizeSource& source,
                             const QuantizeRequest& request);

// Tokens of a text file. Error{kInvalidArgument} at `flag` without a tokenizer.
std::vector<TokenId> tokens_of(const QuantizeSource& source, const std::string& text,
                               const std::string& flag);

}  // namespace lucie
