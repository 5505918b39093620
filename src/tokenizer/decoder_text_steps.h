// Steps of the decoder behind the place where tokens have become one text.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "tokenizer/decoder.h"
#include "tokenizer/decoder_token_steps.h"
#include "tokenizer/pattern.h"
#include "tokenizer/unicode.h"

namespace lucie::decoding {

// Makes text of bytes: what is not UTF-8 gives U+FFFD. Holds back what may become a character.
class RepairText final : public DecodeStep {
 public:
  void push(std::string_view token) override {
    held_ += token;
    give(held_.size() - unicode::incomplete_tail(held_));
  }
  void finish() override {
    give(held_.size());
    next_->finish();
  }

 private:
  void give(std::size_t length) {
    const std::string text = unicode::repaired(std::string_view(held_).substr(0, length));
    held_.erase(0, length);
    if (!text.empty()) next_->push(text);
  }
  std::string held_;
};

// Replacement of a string in the whole text: holds back the longest end that may begin a match.
class ReplaceInText final : public DecodeStep {
 public:
  ReplaceInText(const std::string& pattern, const std::string& content)
      : pattern_(pattern), content_(content) {}
  void push(std::string_view token) override {
    held_ += token;
    if (pattern_.empty()) return pass(held_.size());
    std::size_t done = 0;
    std::string out;
    for (std::size_t at; (at = held_.find(pattern_, done)) != std::string::npos;) {
      out.append(held_, done, at - done);
      out += content_;
      done = at + pattern_.size();
    }
    std::size_t keep = std::min(held_.size() - done, pattern_.size() - 1);
    while (keep > 0 && pattern_.compare(0, keep, held_, held_.size() - keep, keep) != 0) --keep;
    out.append(held_, done, held_.size() - keep - done);
    held_.erase(0, held_.size() - keep);
    if (!out.empty()) next_->push(out);
  }
  void finish() override {
    pass(held_.size());
    next_->finish();
  }

 private:
  void pass(std::size_t length) {
    if (length > 0) next_->push(std::string_view(held_).substr(0, length));
    held_.erase(0, length);
  }
  const std::string &pattern_, &content_;
  std::string held_;
};

// A regular expression may look anywhere: nothing is certain before the end.
class ReplaceAtEnd final : public DecodeStep {
 public:
  ReplaceAtEnd(const Pattern& pattern, const std::string& content)
      : pattern_(pattern), content_(content) {}
  void push(std::string_view token) override { held_ += token; }
  void finish() override {
    next_->push(pattern_.replace_all(held_, content_));
    next_->finish();
  }

 private:
  const Pattern& pattern_;
  const std::string& content_;
  std::string held_;
};

// The same for the whole text: holds back what may turn out to be its end.
class StripText final : public DecodeStep {
 public:
  explicit StripText(const StripRule& rule) : rule_(rule), left_(rule.start) {}
  void push(std::string_view token) override {
    held_ += token;
    const std::size_t size = rule_.content.size();
    while (left_ > 0 && held_.size() >= size) {
      if (!held_.starts_with(rule_.content)) {
        left_ = 0;
      } else {
        held_.erase(0, size);
        --left_;
      }
    }
    if (left_ > 0) return;
    const std::size_t keep = std::min(held_.size(), trailing() * size);
    if (held_.size() > keep) next_->push(std::string_view(held_).substr(0, held_.size() - keep));
    held_.erase(0, held_.size() - keep);
  }
  void finish() override {
    std::string_view rest = held_;
    rest.remove_suffix(trailing() * rule_.content.size());
    if (!rest.empty()) next_->push(rest);
    next_->finish();
  }

 private:
  std::size_t trailing() const {
    std::string_view rest = held_;
    std::size_t count = 0;
    while (count < rule_.stop && rest.ends_with(rule_.content)) {
      rest.remove_suffix(rule_.content.size());
      ++count;
    }
    return count;
  }
  const StripRule& rule_;
  std::size_t left_;
  std::string held_;
};

// Where tokens become one text: later steps get it all at once, or, when they do not mind, in
// blocks that are much longer than tokens and do not fill memory once for each step.
class Collect final : public DecodeStep {
 public:
  static constexpr std::size_t kBlock = std::size_t{1} << 15;
  explicit Collect(std::size_t block = std::string::npos) : block_(block) {}
  void push(std::string_view token) override {
    held_ += token;
    if (held_.size() < block_) return;
    next_->push(held_);
    held_.clear();
  }
  void finish() override {
    next_->push(held_);
    next_->finish();
  }

 private:
  std::size_t block_;
  std::string held_;
};

}  // namespace lucie::decoding
