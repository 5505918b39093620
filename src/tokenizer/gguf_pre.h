// The pre-tokenizers that `tokenizer.ggml.pre` names: a fixed list in llama.cpp (llama-vocab.cpp),
// each a chain of regular expressions that cut the text at their matches.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie {

struct GgufPre {
  bool ignore_merges = false;  // a piece that is a token is taken whole
  bool adds_bos = false;       // unless tokenizer.ggml.add_bos_token says otherwise
  Json pre_tokenizer;          // as in tokenizer.json
};

// The rules of that name as llama.cpp runs them, which is not always what the model was trained
// with ("falcon", "gpt-4o", "tekken"). Error{kUnsupported} at `place` for an unknown name.
GgufPre gguf_pre(std::string_view name, const std::string& place);

// The name whose rules come nearest to a byte-level tokenizer.json; "default" when none is known to
// be the same.
std::string gguf_pre_name(const Json& tokenizer);

}  // namespace lucie
