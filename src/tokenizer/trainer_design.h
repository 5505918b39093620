// The designs that a tokenizer can be trained in, and what their files have in common. Internal to
// the trainers.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/trainer.h"
#include "tokenizer/word_counts.h"

namespace lucie::training {

struct LearnOptions {
  std::vector<std::size_t> vocab_sizes;  // at least one
  std::uint64_t min_frequency = 2;
  std::size_t limit_alphabet = 1000;
};

class Design {
 public:
  virtual ~Design() = default;
  // Calls `word` for each training word of a well-formed text, which it may change on the way. Any
  // number of threads at once.
  virtual void split(std::string& text,
                     const std::function<void(std::string_view)>& word) const = 0;
  // A tokenizer for each size, in the order of the sizes. `words` are emptied on the way: learning
  // needs the memory.
  virtual std::vector<TrainedTokenizer> learn(WordCounts& words, const LearnOptions& options,
                                              ThreadPool& pool) const = 0;
};

// Calls `word` for the pieces that a pre-tokenizer makes of `text`, which is used up.
void split_words(const PreTokenizer& pre_tokenizer, std::string& text,
                 const std::function<void(std::string_view)>& word);

std::unique_ptr<Design> make_lucie_design();
// `split`: "cl100k" or "gpt2"; any other is Error{kInvalidArgument}.
std::unique_ptr<Design> make_byte_level_design(const std::string& split);
std::unique_ptr<Design> make_unigram_design();

// What every design has, beside <unk> where it needs one.
inline constexpr const char* kBegin = "<s>";
inline constexpr const char* kEnd = "</s>";
inline constexpr const char* kUnknown = "<unk>";
inline constexpr const char* kPadding = "<pad>";
std::span<const char* const> chat_tokens();  // the three of the chat template

std::string byte_token(int byte);  // "<0x0A>"
// {"type": "Replace", "pattern": {kind: pattern}, "content": content}
Json replace_rule(const char* kind, std::string pattern, std::string content);
Json sequence(const char* key, Json::Array steps);  // {"type": "Sequence", key: steps}

struct SpecialToken {
  int id;
  const char* text;
};
// tokenizer.json around a model: special tokens, <s> (id 0) in front of every text.
struct Parts {
  std::vector<SpecialToken> special;
  Json normalizer, pre_tokenizer, decoder, model;
};
Json tokenizer_json(Parts parts);
// tokenizer_config.json; `unknown`: whether the design has <unk>.
Json tokenizer_config(bool unknown);

}  // namespace lucie::training
