#include "base/text.h"
#include "tokenizer/char_class.h"
#include "tokenizer/unicode.h"

namespace lucie::unicode {
namespace {

// Every step-th code point has a lower case letter, `offset` away.
struct LowerCaseRun {
  char32_t first, last;
  char32_t step;
  std::int32_t offset;
};

struct ScriptRange {
  char32_t first, last;
  int number;
};

#include "tokenizer/unicode_text_table.inc"

}  // namespace

bool is_mark(char32_t c) {
  static const CharClass table(kMarkRanges);
  return table.contains(c);
}
bool is_bert_accent(char32_t c) {
  static const CharClass table(kBertAccentRanges);
  return table.contains(c);
}
bool is_bert_control(char32_t c) {
  static const CharClass table(kBertControlRanges);
  return table.contains(c);
}
bool is_bert_chinese(char32_t c) {
  return find_range(std::span<const CodePointRange>(kBertChineseRanges), c) != nullptr;
}

void append_lower_case(std::string& out, char32_t c) {
  if (c == 0x130) {  // the only one with two
    out += "i\xCC\x87";
    return;
  }
  const LowerCaseRun* run = find_range(std::span<const LowerCaseRun>(kLowerCaseRuns), c);
  const bool upper = run != nullptr && (c - run->first) % run->step == 0;
  append_utf8(out, upper ? static_cast<char32_t>(static_cast<std::int32_t>(c) + run->offset) : c);
}

std::optional<int> script(char32_t c) {
  const ScriptRange* range = find_range(std::span<const ScriptRange>(kScriptRanges), c);
  if (range == nullptr) return std::nullopt;
  return range->number;
}

}  // namespace lucie::unicode
