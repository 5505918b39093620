#include "tokenizer/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "tokenizer/decoder_text_steps.h"
#include "tokenizer/decoder_token_steps.h"
#include "tokenizer/decoder_word_steps.h"
#include "tokenizer/pattern.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr int kDeepest = 16;

using StepFactory = std::function<std::unique_ptr<DecodeStep>()>;

}  // namespace

struct TokenDecoder::Plan {
  std::vector<StepFactory> steps;
  bool fused = false;          // whether the steps so far give one text instead of tokens
  std::size_t tokens_end = 0;  // number of steps before that point
  bool gives_bytes = false;    // whether the last step may give what is not UTF-8

  void add(const Json& json, const std::string& place, int depth);
  void add_replace(const Json& json, const std::string& place);
  void add_strip(const Json& json, const std::string& place);
  void add_metaspace(const Json& json, const std::string& place);
  template <typename Step, typename... Values>
  void add_token_step(Values... values);
  void join_tokens();
};

void TokenDecoder::Plan::add_replace(const Json& json, const std::string& place) {
  auto pattern = std::make_shared<const Pattern>(json.at("pattern"), place);
  auto content = std::make_shared<const std::string>(json.at("content").as_string());
  if (!fused) {
    steps.push_back([=] { return std::make_unique<decoding::ReplaceInToken>(*pattern, *content); });
  } else if (pattern->is_regex()) {
    steps.push_back([=] { return std::make_unique<decoding::ReplaceAtEnd>(*pattern, *content); });
  } else {
    steps.push_back(
        [=] { return std::make_unique<decoding::ReplaceInText>(pattern->source(), *content); });
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
  auto rule = std::make_shared<const decoding::StripRule>(
      decoding::StripRule{json.at("content").as_string(), count("start"), count("stop")});
  if (rule->content.empty()) fail(ErrorCode::kCorrupt, "Strip without content", place);
  if (fused) {
    steps.push_back([=] { return std::make_unique<decoding::StripText>(*rule); });
  } else {
    steps.push_back([=] { return std::make_unique<decoding::StripToken>(*rule); });
  }
}

// A step over tokens; behind the place where they have become one text, that text is its token.
template <typename Step, typename... Values>
void TokenDecoder::Plan::add_token_step(Values... values) {
  if (fused) steps.push_back([] { return std::make_unique<decoding::Collect>(); });
  steps.push_back([=] { return std::make_unique<Step>(values...); });
}

void TokenDecoder::Plan::join_tokens() {
  if (!fused) tokens_end = steps.size();
  fused = true;
}

void TokenDecoder::Plan::add_metaspace(const Json& json, const std::string& place) {
  const std::string replacement = json.get("replacement", "\xE2\x96\x81");
  if (replacement.empty()) fail(ErrorCode::kCorrupt, "Metaspace without replacement", place);
  const bool legacy = json.get("add_prefix_space", true);
  const bool prepended = json.get("prepend_scheme", legacy ? "always" : "never") != "never";
  add_token_step<decoding::Metaspace>(replacement, prepended);
}

void TokenDecoder::Plan::add(const Json& json, const std::string& place, int depth) {
  if (depth > kDeepest) fail(ErrorCode::kCorrupt, "decoders are nested too deeply", place);
  const std::string& type = json.at("type").as_string();
  if (type == "Sequence") {
    const Json::Array& decoders = json.at("decoders").items();
    for (std::size_t i = 0; i < decoders.size(); ++i) {
      add(decoders[i], fmt::format("{}.decoders[{}]", place, i), depth + 1);
    }
    return;
  }
  if (gives_bytes) steps.push_back([] { return std::make_unique<decoding::RepairText>(); });
  gives_bytes = type == "ByteLevel";
  if (type == "ByteFallback") {
    add_token_step<decoding::ByteFallback>();
  } else if (type == "Metaspace") {
    add_metaspace(json, place);
  } else if (type == "ByteLevel") {
    add_token_step<decoding::ByteLevel>();
    join_tokens();
  } else if (type == "Fuse") {
    join_tokens();
  } else if (type == "Replace") {
    add_replace(json, place);
  } else if (type == "Strip") {
    add_strip(json, place);
  } else if (type == "BPEDecoder") {
    add_token_step<decoding::WordEnds>(json.get("suffix", "</w>"));
  } else if (type == "WordPiece") {
    add_token_step<decoding::WordPiece>(json.get("prefix", "##"), json.get("cleanup", true));
  } else if (type == "CTC") {
    add_token_step<decoding::Ctc>(decoding::Ctc::Rule{json.get("pad_token", "<pad>"),
                                                      json.get("word_delimiter_token", "|"),
                                                      json.get("cleanup", true)});
  } else {
    fail(ErrorCode::kUnsupported, fmt::format("decoder {}", type), place);
  }
}

TokenDecoder::TokenDecoder(const Json& json, const std::string& place)
    : plan_(std::make_unique<Plan>()) {
  if (json.is_null()) {
    plan_->steps.push_back([] { return std::make_unique<decoding::JoinWithSpaces>(); });
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
      steps.push_back(std::make_unique<decoding::Collect>(decoding::Collect::kBlock));
    }
    steps.push_back(plan_->steps[i]());
  }
  return DecodeRun(std::move(steps), out);
}

DecodeRun::DecodeRun(std::vector<std::unique_ptr<DecodeStep>> steps, std::string* out)
    : steps_(std::move(steps)) {
  steps_.push_back(std::make_unique<decoding::Append>(out));
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) steps_[i]->connect(steps_[i + 1].get());
}
DecodeRun::DecodeRun(DecodeRun&&) noexcept = default;
DecodeRun& DecodeRun::operator=(DecodeRun&&) noexcept = default;
DecodeRun::~DecodeRun() = default;

}  // namespace lucie
