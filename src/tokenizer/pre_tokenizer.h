// The pre-tokenizer of a tokenizer.json: cuts the normalized text into pieces that no merge
// crosses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizer/regex.h"
#include "tokenizer/word_scanner.h"

namespace lucie {

// Pieces of `text`, in order, none empty. Steps may rewrite the text.
struct Pieces {
  std::string text;
  std::vector<Span> spans;
  bool at_start = true;  // whether the first piece starts the whole input (Metaspace "first")
};

class PreTokenizerStep {
 public:
  virtual ~PreTokenizerStep() = default;
  virtual void apply(Pieces& pieces) const = 0;
  // Set where all that apply() does is to cut with it.
  virtual const WordScanner* scanner() const { return nullptr; }
  virtual bool changes_nothing() const { return false; }
};

class PreTokenizer {
 public:
  // JSON null: one piece. Kinds: Sequence, Split, ByteLevel, Digits, Metaspace, Punctuation,
  // Whitespace, WhitespaceSplit, CharDelimiterSplit, UnicodeScripts, FixedLength, BertPreTokenizer;
  // any other is Error{kUnsupported} that names it. `raw_bytes`: whether the model takes bytes.
  PreTokenizer(const Json& json, const std::string& place, bool raw_bytes);

  void apply(Pieces& pieces) const;
  // Set where all that apply() does is to cut with it.
  const WordScanner* scanner() const;
  // Whether pieces are raw bytes to be read in the byte-level alphabet: ByteLevel is the last step,
  // and leaves the mapping to a model that looks bytes up directly.
  bool gives_bytes() const { return gives_bytes_; }
  bool empty() const { return steps_.empty(); }

 private:
  void add(const Json& json, const std::string& place, int depth, bool last);
  void add_word_split(const Json& json, const std::string& place);
  std::vector<std::unique_ptr<PreTokenizerStep>> steps_;
  bool gives_bytes_ = false;
};

}  // namespace lucie
