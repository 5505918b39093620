// The logits of a model on given ids, for `lucie inspect`: what references are compared with.
#pragma once

#include <string>

namespace lucie {

// `ids`: a file with one JSON array of token ids, at most the model's window. Writes `out`, a
// safetensors file with tensor "logits" (ids, vocabulary) f32, computed in f32 in one forward pass.
// Returns the exit code.
int inspect_logits(const std::string& model, const std::string& ids, const std::string& out);

}  // namespace lucie
