#include "corpus/quality/normalized_text.h"

#include <array>

#include "corpus/text_repair.h"
#include "tokenizer/unicode.h"

namespace lucie::quality {

namespace {

// Below U+0300, where the combining marks begin, characters decompose one by one.
constexpr char32_t kFirstMark = 0x300;

bool is_ascii_punctuation(unsigned char c) {
  return (c > 0x20 && c < 0x30) || (c > 0x39 && c < 0x41) || (c > 0x5A && c < 0x61) ||
         (c > 0x7A && c < 0x7F);
}

std::string lower_and_decomposed(char32_t c) {
  std::string form;
  unicode::append_lower_case(form, c);
  unicode::normalize(form, unicode::NormalForm::kNfd);
  return form;
}

const std::array<std::string, kFirstMark>& simple_forms() {
  static const std::array<std::string, kFirstMark> forms = [] {
    std::array<std::string, kFirstMark> made;
    for (char32_t c = 0x80; c < kFirstMark; ++c) made[c] = lower_and_decomposed(c);
    return made;
  }();
  return forms;
}

class Normalizer {
 public:
  explicit Normalizer(std::size_t bytes) { out_.reserve(bytes + bytes / 16); }

  void add_ascii(unsigned char c) {
    if (c == ' ' || (c >= 0x09 && c <= 0x0D)) {
      add_space();
    } else if (!is_ascii_punctuation(c)) {
      out_.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 0x20 : c));
    }
  }
  void add(char32_t c) {
    if (unicode::is_space(c)) return add_space();
    if (c < kFirstMark) {
      out_ += simple_forms_[c];
    } else {
      unicode::append_lower_case(out_, c);
      composed_ = true;
    }
  }
  std::string finish() {
    if (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (composed_) unicode::normalize(out_, unicode::NormalForm::kNfd);
    return std::move(out_);
  }

 private:
  void add_space() {
    if (!out_.empty() && out_.back() != ' ') out_.push_back(' ');
  }
  const std::array<std::string, kFirstMark>& simple_forms_ = simple_forms();
  std::string out_;
  bool composed_ = false;  // something is left to decompose
};

std::vector<Word> words_between_spaces(std::string_view text) {
  std::vector<Word> words;
  words.reserve(text.size() / 5);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::uint64_t characters = count_characters(text.substr(begin, end - begin));
    words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin),
                     static_cast<std::uint32_t>(characters), 0});
    begin = end + 1;
  }
  return words;
}

}  // namespace

NormalizedText normalize_for_comparison(std::string_view text) {
  Normalizer normalizer(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      normalizer.add_ascii(lead);
      ++at;
    } else {
      normalizer.add(unicode::code_point(text.data() + at));
      at += unicode::char_length(lead);
    }
  }
  NormalizedText result;
  result.text = normalizer.finish();
  result.words = words_between_spaces(result.text);
  return result;
}

}  // namespace lucie::quality
