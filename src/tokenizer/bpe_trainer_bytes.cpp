// Byte-level BPE, in files as those of Llama 3 and OLMo 2: no normalizer, words cut by a regular
// expression, tokens written in the alphabet of byte_level.h. Ids: <s>, </s>, <pad>, the three
// tokens of the chat template, the bytes in order of that alphabet's code points, then merges.
#include "base/error.h"
#include "tokenizer/bpe_trainer_merges.h"
#include "tokenizer/bpe_trainer_model.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/trainer_design.h"
#include "tokenizer/word_scanner.h"

namespace lucie::training {
namespace {

Json byte_level(bool use_regex) {
  return Json::Object{{"type", "ByteLevel"},
                      {"add_prefix_space", false},
                      {"trim_offsets", true},
                      {"use_regex", use_regex}};
}

Json pre_tokenizer_json(const std::string& split) {
  if (split == "gpt2") return byte_level(true);
  if (split == "cl100k") {
    Json by_regex = Json::Object{{"type", "Split"},
                                 {"pattern", Json::Object{{"Regex", kCl100kRegex}}},
                                 {"behavior", "Isolated"},
                                 {"invert", false}};
    return sequence("pretokenizers", {std::move(by_regex), byte_level(false)});
  }
  fail(ErrorCode::kInvalidArgument, "unknown way to split words '" + split + "'", "split",
       "known: cl100k, gpt2");
}

std::vector<SpecialToken> special_tokens() {
  std::vector<SpecialToken> tokens = {{0, kBegin}, {1, kEnd}, {2, kPadding}};
  for (const char* token : chat_tokens()) {
    tokens.push_back({static_cast<int>(tokens.size()), token});
  }
  return tokens;
}

class ByteLevelDesign final : public Design {
 public:
  explicit ByteLevelDesign(const std::string& split)
      : json_(pre_tokenizer_json(split)), pre_tokenizer_(json_, "pre_tokenizer", true) {}

  void split(std::string& text, const std::function<void(std::string_view)>& word) const override {
    split_words(pre_tokenizer_, text, word);
  }

  std::vector<TrainedTokenizer> learn(WordCounts& words, const LearnOptions& options,
                                      ThreadPool&) const override {
    std::vector<std::string> initial;
    for (const SpecialToken& token : special_tokens()) initial.emplace_back(token.text);
    std::vector<TrainedTokenizer> trained;
    for (const bpe::Learned& learned : bpe::learn_merges(words, initial, {options, true})) {
      Parts parts{.special = special_tokens(),
                  .normalizer = {},
                  .pre_tokenizer = json_,
                  .decoder = byte_level(true),
                  .model = bpe::model_json(learned, {})};
      trained.push_back({tokenizer_json(std::move(parts)), tokenizer_config(false)});
    }
    return trained;
  }

 private:
  Json json_;
  PreTokenizer pre_tokenizer_;
};

}  // namespace

std::unique_ptr<Design> make_byte_level_design(const std::string& split) {
  return std::make_unique<ByteLevelDesign>(split);
}

}  // namespace lucie::training
