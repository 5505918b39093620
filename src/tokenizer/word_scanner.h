// Hand-written scanners for the two regular expressions by which nearly all byte-level tokenizers
// cut words, several times as fast as a regular expression engine:
//
//   GPT-2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   cl100k   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//            ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+        (Llama 3, OLMo 2)
#pragma once

#include <span>
#include <string_view>

#include "tokenizer/regex.h"

namespace lucie {

inline constexpr std::string_view kGpt2Regex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view kCl100kRegex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct WordScanner {
  // Length of the word at the start of `text` (valid UTF-8, not empty): both match everywhere.
  std::size_t (*length)(std::string_view text);
  // Cuts `text` from `at` on, where a word starts, until its end or until `words` are full or
  // nearly so; returns how many there are, at least one. Fastest with room for hundreds, and with
  // bytes behind the text that may be read.
  std::size_t (*cut)(std::string_view text, std::size_t at, std::size_t behind,
                     std::span<Span> words);
};
// nullptr for any other expression.
const WordScanner* find_word_scanner(std::string_view regex);

// Length of 's 't 're 've 'm 'll 'd at the start of `text`, whose first character is the
// apostrophe; 0 for none. Without regard to case, U+017F is an s too.
std::size_t contraction_length(std::string_view text, bool any_case);

}  // namespace lucie
