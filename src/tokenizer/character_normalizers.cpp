#include "tokenizer/character_normalizers.h"

#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/byte_level.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

// Appends what stands for a character: `text` in UTF-8, its code point c.
using CharacterMap = void (*)(std::string_view text, char32_t c, std::string& out);

void lower_case(std::string_view, char32_t c, std::string& out) {
  unicode::append_lower_case(out, c);
}

void strip_marks(std::string_view text, char32_t c, std::string& out) {
  if (!unicode::is_mark(c)) out += text;
}

void byte_characters(std::string_view text, char32_t, std::string& out) {
  for (const char byte : text) out += byte_level::character(static_cast<unsigned char>(byte));
}

// The rules of SentencePiece's nmt_nfkc, as Hugging Face has them.
void nmt(std::string_view text, char32_t c, std::string& out) {
  const bool removed = (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) ||
                       c == 0x7F || c == 0x8F || c == 0x9F;
  if (removed) return;
  const bool space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
                     (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                     c == 0xFEFF || c == 0xFFFD;
  out += space ? " " : text;
}

void clean_for_bert(std::string_view text, char32_t c, std::string& out) {
  if (unicode::is_bert_control(c)) return;
  out += unicode::is_space(c) ? " " : text;
}

void space_chinese(std::string_view text, char32_t c, std::string& out) {
  const bool apart = unicode::is_bert_chinese(c);
  if (apart) out += ' ';
  out += text;
  if (apart) out += ' ';
}

void strip_bert_accents(std::string_view text, char32_t c, std::string& out) {
  if (!unicode::is_bert_accent(c)) out += text;
}

class EachCharacter final : public Normalizer {
 public:
  explicit EachCharacter(CharacterMap map) : map_(map) {}
  void apply(std::string& text) const override {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = unicode::char_length(static_cast<unsigned char>(text[at]));
      map_(std::string_view(text).substr(at, length), unicode::code_point(text.data() + at), out);
      at += length;
    }
    text = std::move(out);
  }

 private:
  CharacterMap map_;
};

class Bert final : public Normalizer {
 public:
  explicit Bert(const Json& json) {
    const bool lower = json.get("lowercase", true);
    if (json.get("clean_text", true)) before_.emplace_back(clean_for_bert);
    if (json.get("handle_chinese_chars", true)) before_.emplace_back(space_chinese);
    decompose_ = json.get("strip_accents", lower);
    if (decompose_) after_.emplace_back(strip_bert_accents);
    if (lower) after_.emplace_back(lower_case);
  }
  void apply(std::string& text) const override {
    for (const EachCharacter& step : before_) step.apply(text);
    if (decompose_) unicode::normalize(text, unicode::NormalForm::kNfd);
    for (const EachCharacter& step : after_) step.apply(text);
  }

 private:
  std::vector<EachCharacter> before_, after_;
  bool decompose_ = false;
};

}  // namespace

std::unique_ptr<Normalizer> make_character_normalizer(const Json& json) {
  const std::string& type = json.at("type").as_string();
  if (type == "BertNormalizer") return std::make_unique<Bert>(json);
  constexpr std::pair<std::string_view, CharacterMap> kMaps[] = {
      {"Lowercase", lower_case},
      {"StripAccents", strip_marks},
      {"Nmt", nmt},
      {"ByteLevel", byte_characters},
  };
  for (const auto& [name, map] : kMaps) {
    if (type == name) return std::make_unique<EachCharacter>(map);
  }
  return nullptr;
}

}  // namespace lucie
