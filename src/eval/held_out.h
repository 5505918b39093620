// Held-out documents, tokenized for one model: what every measure of this room reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

// How the tokens stage cuts and encodes a document: without trailing white space, `<s> text </s>`.
std::string_view document_text(std::string_view text);
std::vector<TokenId> document_ids(const Tokenizer& tokenizer, std::string_view text);

}  // namespace lucie
