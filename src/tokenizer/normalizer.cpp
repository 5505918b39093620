#include "tokenizer/normalizer.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/error.h"
#include "tokenizer/char_rules.h"
#include "tokenizer/character_normalizers.h"
#include "tokenizer/pattern.h"
#include "tokenizer/sentencepiece_charsmap.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr int kDeepest = 16;

class Form final : public Normalizer {
 public:
  explicit Form(unicode::NormalForm form) : form_(form) {}
  void apply(std::string& text) const override { unicode::normalize(text, form_); }

 private:
  unicode::NormalForm form_;
};

class Scan final : public Normalizer {
 public:
  explicit Scan(CharRules rules) : rules_(std::move(rules)) {}
  void apply(std::string& text) const override { rules_.apply(text); }

 private:
  CharRules rules_;
};

class Replace final : public Normalizer {
 public:
  Replace(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(std::string& text) const override { text = pattern_.replace_all(text, content_); }

 private:
  Pattern pattern_;
  std::string content_;
};

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void apply(std::string& text) const override {
    std::size_t begin = 0, end = text.size();
    while (left_ && begin < end && unicode::is_space(unicode::code_point(text.data() + begin))) {
      begin += unicode::char_length(static_cast<unsigned char>(text[begin]));
    }
    while (right_ && begin < end) {
      const std::size_t last = unicode::previous_char(text, end);
      if (!unicode::is_space(unicode::code_point(text.data() + last))) break;
      end = last;
    }
    text = text.substr(begin, end - begin);
  }

 private:
  bool left_, right_;
};

class Sequence final : public Normalizer {
 public:
  void add(std::unique_ptr<Normalizer> step) { steps_.push_back(std::move(step)); }
  void apply(std::string& text) const override {
    for (const auto& step : steps_) step->apply(text);
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

// Flattens nested sequences and gathers neighbouring character rules into scans.
class Builder {
 public:
  void add(const Json& json, const std::string& place, int depth) {
    if (depth > kDeepest) fail(ErrorCode::kCorrupt, "normalizers are nested too deeply", place);
    place_ = place;
    const std::string& type = json.at("type").as_string();
    if (type == "Sequence") {
      const Json::Array& steps = json.at("normalizers").items();
      for (std::size_t i = 0; i < steps.size(); ++i) {
        add(steps[i], fmt::format("{}.normalizers[{}]", place, i), depth + 1);
      }
    } else if (type == "Replace") {
      add_replace(json);
    } else if (type == "Prepend") {
      const std::string& text = json.at("prepend").as_string();
      if (!rules_.add_prepend(text)) {
        close_rules();
        rules_.add_prepend(text);
      }
    } else if (type == "Strip") {
      push(std::make_unique<Strip>(json.get("strip_left", true), json.get("strip_right", true)));
    } else if (type == "Precompiled") {
      add_precompiled(json);
    } else if (auto step = make_character_normalizer(json)) {
      push(std::move(step));
    } else {
      push(std::make_unique<Form>(form(type)));
    }
  }

  std::unique_ptr<Normalizer> finish() {
    close_rules();
    return std::move(sequence_);
  }

 private:
  void add_replace(const Json& json) {
    Pattern pattern(json.at("pattern"), place_);
    const std::string& content = json.at("content").as_string();
    if (rules_.add_replace(pattern.source(), pattern.is_regex(), content)) return;
    close_rules();
    if (rules_.add_replace(pattern.source(), pattern.is_regex(), content)) return;
    push(std::make_unique<Replace>(std::move(pattern), content));
  }

  void add_precompiled(const Json& json) {
    Charsmap map(from_base64(json.at("precompiled_charsmap").as_string(), place_), place_);
    if (!json.get("longest_match", false)) {
      return push(std::make_unique<GraphemeCharsmap>(std::move(map)));
    }
    std::vector<std::string> kept;
    if (const Json* texts = json.find("keep")) {
      for (const Json& text : texts->items()) kept.push_back(text.as_string());
    }
    push(std::make_unique<PieceCharsmap>(std::move(map), std::move(kept)));
  }

  unicode::NormalForm form(const std::string& type) const {
    if (type == "NFC") return unicode::NormalForm::kNfc;
    if (type == "NFD") return unicode::NormalForm::kNfd;
    if (type == "NFKC") return unicode::NormalForm::kNfkc;
    if (type == "NFKD") return unicode::NormalForm::kNfkd;
    fail(ErrorCode::kUnsupported, fmt::format("normalizer {}", type), place_);
  }

  void push(std::unique_ptr<Normalizer> step) {
    close_rules();
    sequence_->add(std::move(step));
  }

  void close_rules() {
    if (rules_.empty()) return;
    sequence_->add(std::make_unique<Scan>(std::exchange(rules_, CharRules())));
  }

  std::string place_;  // of the step that is being added
  CharRules rules_;
  std::unique_ptr<Sequence> sequence_ = std::make_unique<Sequence>();
};

}  // namespace

std::unique_ptr<Normalizer> make_normalizer(const Json& json, const std::string& place) {
  if (json.is_null()) return nullptr;
  Builder builder;
  builder.add(json, place, 0);
  return builder.finish();
}

}  // namespace lucie
