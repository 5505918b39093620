// The decoders of word-wise tokenizers: BPEDecoder, WordPiece and CTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tokenizer/decoder.h"

namespace lucie::decoding {

inline void replace_each(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// Spaces before punctuation and English abbreviations, as the reference cleans them up.
inline void clean_up(std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& [from, to] : kRules) replace_each(text, from, to);
}

// The suffix is a space, but nothing in the last token, which is held back.
class WordEnds final : public DecodeStep {
 public:
  explicit WordEnds(std::string suffix) : suffix_(std::move(suffix)) {}
  void push(std::string_view token) override {
    give(" ");
    held_ = token;
  }
  void finish() override {
    give("");
    next_->finish();
  }

 private:
  void give(std::string_view end) {
    if (!held_) return;
    replace_each(*held_, suffix_, end);
    next_->push(*held_);
    held_.reset();
  }
  std::string suffix_;
  std::optional<std::string> held_;
};

// A space before each token but the first, unless it has the prefix, which goes.
class WordPiece final : public DecodeStep {
 public:
  WordPiece(std::string prefix, bool cleans) : prefix_(std::move(prefix)), cleans_(cleans) {}
  void push(std::string_view token) override {
    std::string text;
    if (first_) {
      text = token;
    } else if (token.starts_with(prefix_)) {
      text = token.substr(prefix_.size());
    } else {
      text.append(" ").append(token);
    }
    first_ = false;
    if (cleans_) clean_up(text);
    next_->push(text);
  }

 private:
  std::string prefix_;
  bool cleans_, first_ = true;
};

// Of equal tokens in a row one is left; the token that pads goes, the one between words is a space.
class Ctc final : public DecodeStep {
 public:
  struct Rule {
    std::string pad, delimiter;
    bool cleans = true;
  };
  explicit Ctc(Rule rule) : rule_(std::move(rule)) {}
  void push(std::string_view token) override {
    if (last_ == token) return;
    last_ = token;
    std::string text(token);
    replace_each(text, rule_.pad, "");
    if (rule_.cleans) {
      clean_up(text);
      replace_each(text, rule_.delimiter, " ");
    }
    if (!text.empty()) next_->push(text);
  }

 private:
  Rule rule_;
  std::optional<std::string> last_;
};

}  // namespace lucie::decoding
