// What the rules ask of a text's lines and paragraphs. Lines are cut at line feeds; the counts of
// bullets and ellipses cut also at U+2028 and U+2029, as Python's splitlines does.
#pragma once

#include <cstdint>
#include <string_view>

namespace lucie::quality {

struct Repeats {
  std::uint64_t units = 0;                              // lines or paragraphs
  std::uint64_t repeated = 0, repeated_characters = 0;  // those met before in the same text
};

struct LineCounts {
  Repeats paragraphs;                // between empty lines
  Repeats lines;                     // but for empty ones (Gopher)
  Repeats filled_lines;              // but for those of white space only (FineWeb)
  std::uint64_t short_lines = 0;     // filled lines of at most 30 characters
  std::uint64_t terminal_lines = 0;  // filled lines that end with the end of a sentence
  std::uint64_t all_lines = 0;       // empty ones too
  std::uint64_t bullet_lines = 0;    // all lines that begin with "-" or a bullet (Gopher)
  std::uint64_t list_lines = 0;      // with one of ten bullets and dashes (RedPajama-V2)
  std::uint64_t ellipsis_lines = 0;  // that end with "..." or its character
};

LineCounts count_lines(std::string_view text);  // valid UTF-8

}  // namespace lucie::quality
