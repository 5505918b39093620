// A model that was written, against the one it was written from: weights, logits and tokens.
#pragma once

#include <string>

#include "base/json.h"
#include "model/load.h"
#include "model/save.h"

namespace lucie {

// The model in memory.
struct WrittenFrom {
  const Decoder& decoder;
  const Tokenizer* tokenizer = nullptr;
};

struct Verification {
  bool lossless = false;        // the type written holds every value of the source's
  std::int64_t tensors = 0;     // of the table
  std::int64_t different = 0;   // of those, with a value of other bits
  std::string first_different;  // the name of the first
  std::int64_t with_nan = 0;    // tensors of the source with values that are no numbers
  double largest_logit_difference = 0;
  double divergence = 0;    // KL of the next-token distributions, mean over the prompt
  double agreement = 1;     // share of positions with the same likeliest token
  bool same_tokens = true;  // ids of the fixed prompt, special tokens included

  // Bits where the target is lossless, KL below 1e-3 for f16 and bf16; quantized types are
  // measured, not judged. Tokens must agree in any case.
  bool passed(DType written) const;
};

// Opens `path` again and compares. The prompt is fixed: five languages, code, special tokens.
Verification verify_written(Context& ctx, const WrittenFrom& source, const fs::path& path,
                            bool lossless);
std::string verification_prompt();
Json to_json(const Verification& verification);
std::string describe(const Verification& verification);  // for people, one line

}  // namespace lucie
