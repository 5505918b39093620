// The logits of a model on given ids, for `lucie inspect`: what references are compared with.
#pragma once

#include <string>

#include "tensor/context.h"

namespace lucie {

// `ids`: a file with one JSON array of token ids, at most the model's window. Writes `out`, a
// safetensors file with tensor "logits" (ids, vocabulary) f32, computed in one forward pass: in
// f32, or with what `products` may round. Returns the exit code.
int inspect_logits(const std::string& model, const std::string& ids, const std::string& out,
                   Products products);

}  // namespace lucie
