// Unicode repair: what no text should contain is taken out before anything else looks at it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lucie {

struct RepairedText {
  std::string text;              // valid UTF-8, lines end in "\n", no white space at either end
  std::uint64_t characters = 0;  // of `text`
  std::uint64_t invalid = 0;     // bytes that were not UTF-8, each now U+FFFD
  std::uint64_t controls = 0;    // control characters, byte order marks, soft hyphens taken out
};

// CR LF and CR become LF; white space at the ends of lines goes. Normalization forms are left to
// the tokenizer, so that the corpus keeps what its authors wrote.
RepairedText repair_text(std::string_view text);

std::uint64_t count_characters(std::string_view utf8);
std::uint64_t count_words(std::string_view text);  // runs without white space

}  // namespace lucie
