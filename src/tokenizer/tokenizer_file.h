// Reads the parts of tokenizer.json and tokenizer_config.json into what the engine runs on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/bpe.h"
#include "tokenizer/unigram.h"
#include "tokenizer/vocabulary.h"

namespace lucie {

// Whether "model" is Unigram; else it is BPE. Other models are Error{kUnsupported}.
bool is_unigram(const Json& model, const std::string& place);

struct BpeFile {
  Vocabulary vocabulary;
  std::vector<Merge> merges;
  BpeOptions options;  // `bytes` is left to the pre-tokenizer
};
// Dropout, the one thing of a BPE model that we do not run, is Error{kUnsupported};
// merges of unknown tokens, ids out of range or given twice are Error{kCorrupt}.
BpeFile parse_bpe(const Json& model, const std::string& place);

struct UnigramFile {
  Vocabulary vocabulary;
  std::vector<double> scores;  // by id
  UnigramOptions options;
};
UnigramFile parse_unigram(const Json& model, const std::string& place);

// The "added_tokens" array; ids agree with the vocabulary where it has the token.
std::vector<AddedToken> parse_added_tokens(const Json& tokenizer, const Vocabulary& vocabulary,
                                           const std::string& place);

// A token of tokenizer_config.json, written as a string or as an object with "content".
std::string config_token(const Json& config, std::string_view key);
// The template itself, or of several named ones that called "default"; empty without one.
std::string config_chat_template(const Json& config);

}  // namespace lucie
