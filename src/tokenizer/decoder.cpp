#include "tokenizer/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/pattern.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr int kDeepest = 16;
constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

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
      for (std::size_t i = 0; i < bytes_.size(); ++i) next_->push(kReplacementCharacter);
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

// Where tokens become one text: when nobody waits, later steps get it all at once.
class Collect final : public DecodeStep {
 public:
  void push(std::string_view token) override { held_ += token; }
  void finish() override {
    next_->push(held_);
    next_->finish();
  }

 private:
  std::string held_;
};

using StepFactory = std::function<std::unique_ptr<DecodeStep>()>;

}  // namespace

struct TokenDecoder::Plan {
  std::vector<StepFactory> steps;
  bool fused = false;          // whether the steps so far give one text instead of tokens
  std::size_t tokens_end = 0;  // number of steps before that point

  void add(const Json& json, const std::string& place, int depth);
  void add_replace(const Json& json, const std::string& place);
  void add_strip(const Json& json, const std::string& place);
};

void TokenDecoder::Plan::add_replace(const Json& json, const std::string& place) {
  auto pattern = std::make_shared<const Pattern>(json.at("pattern"), place);
  auto content = std::make_shared<const std::string>(json.at("content").as_string());
  if (!fused) {
    steps.push_back([=] { return std::make_unique<ReplaceInToken>(*pattern, *content); });
  } else if (pattern->is_regex()) {
    steps.push_back([=] { return std::make_unique<ReplaceAtEnd>(*pattern, *content); });
  } else {
    steps.push_back([=] { return std::make_unique<ReplaceInText>(pattern->source(), *content); });
  }
}

void TokenDecoder::Plan::add_strip(const Json& json, const std::string& place) {
  const auto count = [&](const char* key) {
    const std::int64_t value = json.at(key).as_int();
    if (value < 0 || value > 1024) {
      fail(ErrorCode::kCorrupt, fmt::format("Strip {} is {}", key, value), place);
    }
    return static_cast<std::size_t>(value);
  };
  auto rule = std::make_shared<const StripRule>(
      StripRule{json.at("content").as_string(), count("start"), count("stop")});
  if (rule->content.empty()) fail(ErrorCode::kCorrupt, "Strip without content", place);
  if (fused) {
    steps.push_back([=] { return std::make_unique<StripText>(*rule); });
  } else {
    steps.push_back([=] { return std::make_unique<StripToken>(*rule); });
  }
}

void TokenDecoder::Plan::add(const Json& json, const std::string& place, int depth) {
  if (depth > kDeepest) fail(ErrorCode::kCorrupt, "decoders are nested too deeply", place);
  const std::string& type = json.at("type").as_string();
  if (type == "Sequence") {
    for (const Json& step : json.at("decoders").items()) add(step, place, depth + 1);
  } else if (type == "ByteFallback" && !fused) {
    steps.push_back([] { return std::make_unique<ByteFallback>(); });
  } else if (type == "Metaspace" && !fused) {
    const std::string replacement = json.get("replacement", "\xE2\x96\x81");
    if (replacement.empty()) fail(ErrorCode::kCorrupt, "Metaspace without replacement", place);
    const bool legacy = json.get("add_prefix_space", true);
    const bool prepended = json.get("prepend_scheme", legacy ? "always" : "never") != "never";
    steps.push_back([=] { return std::make_unique<Metaspace>(replacement, prepended); });
  } else if (type == "ByteLevel" && !fused) {
    steps.push_back([] { return std::make_unique<ByteLevel>(); });
    fused = true;
    tokens_end = steps.size();
  } else if (type == "Fuse") {
    if (!fused) tokens_end = steps.size();
    fused = true;
  } else if (type == "Replace") {
    add_replace(json, place);
  } else if (type == "Strip") {
    add_strip(json, place);
  } else {
    fail(ErrorCode::kUnsupported,
         fmt::format("decoder {}{}", type, fused ? " behind one that joins the text" : ""), place);
  }
}

TokenDecoder::TokenDecoder(const Json& json, const std::string& place)
    : plan_(std::make_unique<Plan>()) {
  if (json.is_null()) {
    plan_->steps.push_back([] { return std::make_unique<JoinWithSpaces>(); });
  } else {
    plan_->add(json, place, 0);
  }
}
TokenDecoder::~TokenDecoder() = default;
TokenDecoder::TokenDecoder(TokenDecoder&&) noexcept = default;

DecodeRun TokenDecoder::start(std::string* out, bool streaming) const {
  std::vector<std::unique_ptr<DecodeStep>> steps;
  for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
    if (!streaming && plan_->fused && i == plan_->tokens_end) {
      steps.push_back(std::make_unique<Collect>());
    }
    steps.push_back(plan_->steps[i]());
  }
  return DecodeRun(std::move(steps), out);
}

DecodeRun::DecodeRun(std::vector<std::unique_ptr<DecodeStep>> steps, std::string* out)
    : steps_(std::move(steps)) {
  steps_.push_back(std::make_unique<Append>(out));
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) steps_[i]->connect(steps_[i + 1].get());
}
DecodeRun::DecodeRun(DecodeRun&&) noexcept = default;
DecodeRun& DecodeRun::operator=(DecodeRun&&) noexcept = default;
DecodeRun::~DecodeRun() = default;

}  // namespace lucie
