// C4's rules (Raffel et al. 2020, section 2.2, as datatrove's C4QualityFilter has them): lines that
// are no running text are taken out, then the whole text is judged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lucie::quality {

struct LineRules {
  std::uint64_t min_words = 3;           // a line
  std::uint64_t max_word_length = 1000;  // characters of a word without white space
  bool need_end_mark = true;             // one of . ? ! " ' at the end, but not "..."
  bool drop_javascript = true;           // lines that speak of it
  bool drop_policies = true;             // of cookies, terms of use, privacy policies
  // Rules for the text: these stop at the first line that breaks them.
  bool find_lorem_ipsum = true, find_curly_bracket = true;
};

struct FilteredLines {
  std::string text;             // lines kept, without notes such as [1] and [citation needed]
  std::uint64_t removed = 0;    // lines
  std::uint64_t sentences = 0;  // of the lines kept; at least one a line
  bool lorem_ipsum = false, curly_bracket = false;  // found in a line that was not taken out
};

FilteredLines filter_lines(std::string_view text, const LineRules& rules);  // valid UTF-8

}  // namespace lucie::quality
