// Held-out documents, tokenized for one model: what every measure of this room reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct HeldOutDocument {
  std::string id, language;  // language: the mixture's group ("fr", "code", "aligned")
  std::string text;          // trailing white space stripped, as in training
  std::vector<TokenId> ids;  // `<s> text </s>`
};

// The corpus stage's held-out side, in file order. At most `limit_bytes` of text per language
// (whole documents, 0: all).
std::vector<HeldOutDocument> read_held_out(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                                           std::int64_t limit_bytes = 0);

}  // namespace lucie
