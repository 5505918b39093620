// Steps of the decoder that change each token by itself (decoder.h tells how steps are chained).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/decoder.h"
#include "tokenizer/pattern.h"
#include "tokenizer/unicode.h"

namespace lucie::decoding {

class Append final : public DecodeStep {
 public:
  explicit Append(std::string* out) : out_(out) {}
  void push(std::string_view token) override { *out_ += token; }
  void finish() override {}

 private:
  std::string* out_;
};

// <0xXX> tokens are bytes; a run of them that is not valid UTF-8 gives one U+FFFD a byte.
class ByteFallback final : public DecodeStep {
 public:
  void push(std::string_view token) override {
    if (token.size() == 6 && token.starts_with("<0x") && token.ends_with('>')) {
      const int high = digit(token[3]), low = digit(token[4]);
      if (high >= 0 && low >= 0) {
        bytes_ += static_cast<char>(high * 16 + low);
        return;
      }
    }
    flush();
    next_->push(token);
  }
  void finish() override {
    flush();
    next_->finish();
  }

 private:
  static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }
  void flush() {
    if (bytes_.empty()) return;
    if (is_valid_utf8(bytes_)) {
      next_->push(bytes_);
    } else {
      for (std::size_t i = 0; i < bytes_.size(); ++i) next_->push(unicode::kReplacementCharacter);
    }
    bytes_.clear();
  }
  std::string bytes_;
};

class ByteLevel final : public DecodeStep {
 public:
  void push(std::string_view token) override {
    const auto bytes = byte_level::to_bytes(token);
    next_->push(bytes ? std::string_view(*bytes) : token);
  }
};

// The replacement is a space, and nothing in the first token, unless nothing was prepended.
class Metaspace final : public DecodeStep {
 public:
  Metaspace(std::string replacement, bool prepended)
      : replacement_(std::move(replacement)), drop_(prepended) {}
  void push(std::string_view token) override {
    text_.clear();
    while (!token.empty()) {
      const std::size_t at = token.find(replacement_);
      text_ += token.substr(0, at);
      if (at == std::string_view::npos) break;
      if (!drop_) text_ += ' ';
      token.remove_prefix(at + replacement_.size());
    }
    drop_ = false;
    next_->push(text_);
  }

 private:
  std::string replacement_, text_;
  bool drop_;
};

// Replacement within each token.
class ReplaceInToken final : public DecodeStep {
 public:
  ReplaceInToken(const Pattern& pattern, const std::string& content)
      : pattern_(pattern), content_(content) {}
  void push(std::string_view token) override { next_->push(pattern_.replace_all(token, content_)); }

 private:
  const Pattern& pattern_;
  const std::string& content_;
};

struct StripRule {
  std::string content;  // one character
  std::size_t start = 0, stop = 0;
};

// Cuts up to `start` and `stop` times the character off the ends of a token.
class StripToken final : public DecodeStep {
 public:
  explicit StripToken(const StripRule& rule) : rule_(rule) {}
  void push(std::string_view token) override {
    for (std::size_t i = 0; i < rule_.start && token.starts_with(rule_.content); ++i) {
      token.remove_prefix(rule_.content.size());
    }
    for (std::size_t i = 0; i < rule_.stop && token.ends_with(rule_.content); ++i) {
      token.remove_suffix(rule_.content.size());
    }
    next_->push(token);
  }

 private:
  const StripRule& rule_;
};

class JoinWithSpaces final : public DecodeStep {
 public:
  void push(std::string_view token) override {
    if (!first_) next_->push(" ");
    first_ = false;
    next_->push(token);
  }

 private:
  bool first_ = true;
};

}  // namespace lucie::decoding
