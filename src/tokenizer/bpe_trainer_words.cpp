#include "tokenizer/bpe_trainer_words.h"

#include "base/error.h"
#include "base/hash.h"
#include "tokenizer/unicode.h"

namespace lucie::bpe {
namespace {

enum class Kind : unsigned char {
  kMark,    // U+2581: starts a word, and joins what follows
  kAlone,   // newline, tab, number: a word of its own
  kSymbol,  // neither \w nor \s: runs of these are words
  kOther,   // letters and rare white space
};

Kind kind_of(char32_t c) {
  if (c == U'\u2581') return Kind::kMark;
  if (c == U'\n' || c == U'\t' || unicode::is_numeric(c)) return Kind::kAlone;
  return unicode::is_word(c) || unicode::is_space(c) ? Kind::kOther : Kind::kSymbol;
}

struct AsciiKinds {
  Kind of[128];
  AsciiKinds() {
    for (char32_t c = 0; c < 128; ++c) of[c] = kind_of(c);
  }
};

}  // namespace

void split_words(std::string_view normalized, const std::function<void(std::string_view)>& word) {
  static const AsciiKinds ascii;
  std::size_t begin = 0;
  Kind before = Kind::kAlone;
  for (std::size_t at = 0; at < normalized.size();) {
    const auto lead = static_cast<unsigned char>(normalized[at]);
    const Kind kind =
        lead < 0x80 ? ascii.of[lead] : kind_of(unicode::code_point(normalized.data() + at));
    const bool goes_on = kind == before || before == Kind::kMark;
    const bool starts = kind == Kind::kMark || kind == Kind::kAlone || !goes_on;
    if (starts && at > begin) {
      word(normalized.substr(begin, at - begin));
      begin = at;
    }
    before = kind;
    at += unicode::char_length(lead);
  }
  if (begin < normalized.size()) word(normalized.substr(begin));
}

WordCounts::WordCounts() : slots_(1 << 12) {}

void WordCounts::add(std::string_view word, std::uint64_t count) {
  add(word, hash64(word), count);
}

void WordCounts::add(std::string_view word, std::uint64_t hash, std::uint64_t count) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) {
    Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && text(entry) == word) {
      entry.count += count;
      return;
    }
    slot = (slot + 1) & mask;
  }
  if (entries_.size() >= UINT32_MAX - 1) {
    fail(ErrorCode::kUnsupported, "more than 4 billion distinct words", "tokenizer training",
         "train on a sample of the corpus");
  }
  entries_.push_back({hash, arena_.size(), word.size(), count});
  arena_ += word;
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  if (entries_.size() * 3 > slots_.size() * 2) grow();
}

void WordCounts::add_all(const WordCounts& other) {
  for (const Entry& entry : other.entries_) add(other.text(entry), entry.hash, entry.count);
}

void WordCounts::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace lucie::bpe
