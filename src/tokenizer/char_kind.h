// What the hand-written word scanners tell characters apart by.
#pragma once

#include <cstdint>
#include <vector>

#include "tokenizer/unicode.h"

namespace lucie {

enum class CharKind : std::uint8_t { kOther, kLetter, kNumber, kSpace };

class CharKindTable {
 public:
  static const CharKindTable& instance() {
    static const CharKindTable table;
    return table;
  }
  CharKind operator()(char32_t c) const { return c < kPlane ? kinds_[c] : classify(c); }
  CharKind of_ascii(unsigned char c) const { return kinds_[c]; }

 private:
  static constexpr char32_t kPlane = 0x10000;

  CharKindTable() : kinds_(kPlane) {
    for (char32_t c = 0; c < kPlane; ++c) kinds_[c] = classify(c);
  }
  static CharKind classify(char32_t c) {
    if (unicode::is_space(c)) return CharKind::kSpace;
    if (unicode::is_letter(c)) return CharKind::kLetter;
    return unicode::is_number(c) ? CharKind::kNumber : CharKind::kOther;
  }
  std::vector<CharKind> kinds_;
};

}  // namespace lucie
