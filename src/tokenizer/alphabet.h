// The characters of a training text. Internal to the trainers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenizer/unicode.h"
#include "tokenizer/word_counts.h"

namespace lucie::training {

template <typename Use>
void for_each_character(std::string_view text, const Use& use) {
  for (std::size_t at = 0; at < text.size();) {
    use(unicode::code_point(text.data() + at));
    at += unicode::char_length(static_cast<unsigned char>(text[at]));
  }
}

// A value for each code point that was set, without a search for most of European text.
template <typename Value>
class CharacterMap {
 public:
  Value& operator[](char32_t c) { return c < low_.size() ? low_[c] : high_[c]; }
  std::vector<std::pair<char32_t, Value>> entries() const {  // values that are not 0, by code point
    std::vector<std::pair<char32_t, Value>> result;
    for (char32_t c = 0; c < low_.size(); ++c) {
      if (low_[c] != 0) result.emplace_back(c, low_[c]);
    }
    const auto first_high = static_cast<std::ptrdiff_t>(result.size());
    result.insert(result.end(), high_.begin(), high_.end());
    std::sort(result.begin() + first_high, result.end());
    return result;
  }

 private:
  std::vector<Value> low_ = std::vector<Value>(0x800);
  std::unordered_map<char32_t, Value> high_;
};

// The `limit` most frequent characters, by code point; of equally frequent ones the lower.
std::vector<char32_t> choose_alphabet(const WordCounts& words, std::size_t limit);

}  // namespace lucie::training
