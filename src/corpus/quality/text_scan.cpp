#include "corpus/quality/text_scan.h"

#include <limits>

#include "base/error.h"
#include "tokenizer/unicode.h"

namespace lucie::quality {

namespace {

struct Character {
  CharKinds kinds;
  std::uint32_t bytes;
};

Character character_beyond_ascii(const char* at, const CharKindTable& kinds) {
  return {kinds(unicode::code_point(at)),
          static_cast<std::uint32_t>(unicode::char_length(static_cast<unsigned char>(*at)))};
}

inline Character character_at(std::string_view text, std::size_t at, const CharKindTable& kinds) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {kinds(lead), 1};
  return character_beyond_ascii(text.data() + at, kinds);
}

bool ends_sentence(char c) {
  return c == '.' || c == '!' || c == '?';
}

// Three dots are an ellipsis, six are two.
class SymbolCounter {
 public:
  explicit SymbolCounter(TextScan* scan) : scan_(scan) {}
  void add(char lead, std::size_t at) {
    switch (lead) {
      case '#':
        ++scan_->hashes;
        break;
      case '{':
      case '}':
        ++scan_->curly_brackets;
        break;
      case '.':
        add_dot(at);
        break;
      case '!':
      case '?':
        break;
      default:
        ++scan_->ellipses;
    }
    if (ends_sentence(lead)) inside_sentence = false;
  }
  bool inside_sentence = false;

 private:
  void add_dot(std::size_t at) {
    dots_ = at == next_dot_ ? dots_ + 1 : 1;
    next_dot_ = at + 1;
    if (dots_ < 3) return;
    ++scan_->ellipses;
    dots_ = 0;
  }
  TextScan* scan_;
  int dots_ = 0;
  std::size_t next_dot_ = 0;
};

}  // namespace

TextScan scan_text(std::string_view text) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    fail(ErrorCode::kUnsupported, "document of 4 GB or more");
  }
  const CharKindTable kinds;
  TextScan scan;
  scan.words.reserve(text.size() / 5);
  SymbolCounter symbols(&scan);
  Word word;
  CharKinds inside = kSpace;  // kSpace, kWordPart, or 0 for a run of other characters
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at, kinds);
    const CharKinds side = c.kinds & (kSpace | kWordPart);
    if (side != inside) {
      if (inside != kSpace) scan.words.push_back(word);
      word = {static_cast<std::uint32_t>(at), 0, 0, 0};
      inside = side;
    }
    word.bytes += c.bytes;
    ++word.characters;
    word.kinds |= c.kinds;
    ++scan.characters;
    if (side == kWordPart) {
      if (!symbols.inside_sentence) ++scan.sentences;
      symbols.inside_sentence = true;
    } else if ((c.kinds & kCounted) != 0) {
      symbols.add(text[at], at);
    } else {
      scan.newlines += text[at] == '\n';
    }
    at += c.bytes;
  }
  if (inside != kSpace) scan.words.push_back(word);
  return scan;
}

std::uint64_t count_sentences(std::string_view text) {
  const CharKindTable kinds;
  std::uint64_t sentences = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at, kinds);
    if ((c.kinds & kWordPart) != 0) {
      sentences += !inside;
      inside = true;
    } else if (ends_sentence(text[at])) {
      inside = false;
    }
    at += c.bytes;
  }
  return sentences;
}

}  // namespace lucie::quality
