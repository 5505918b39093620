// The figures that quality rules look at, each computed once for a text however many rules ask.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "corpus/quality/word_list.h"

namespace lucie::quality {

enum class Signal {
  // Of words, as text_scan.h cuts them. "Words" of Gopher's length rules are no bare symbols.
  kGopherWords,
  kGopherMeanWordLength,
  kHashesPerWord,
  kEllipsesPerWord,
  kWordsWithLetters,  // share
  kStopWords,         // different ones that occur, of the language's
  // Of lines and paragraphs; shares, characters as shares of the text.
  kBulletLines,
  kEllipsisLines,
  kDuplicateParagraphs,
  kDuplicateParagraphCharacters,
  kDuplicateLines,
  kDuplicateLineCharacters,
  kTerminalLines,
  kShortLines,
  kDuplicateFilledLineCharacters,
  kNewlinesPerWord,
  // Repetition, datatrove's form.
  kTop2Gram,
  kTop3Gram,
  kTop4Gram,
  kDuplicate5Grams,
  kDuplicate6Grams,
  kDuplicate7Grams,
  kDuplicate8Grams,
  kDuplicate9Grams,
  kDuplicate10Grams,
  // RedPajama-V2's, partly on normalized words.
  kSentences,
  kCurlyBrackets,  // a character
  kLoremIpsum,     // occurrences a character of the normalized text
  kBadWords,       // occurrences
  kNormalizedWords,
  kNormalizedMeanWordLength,
  kSymbolsPerWord,
  kListLines,
  kWordsWithoutAsciiLetters,
  kNormalizedTop2Gram,
  kNormalizedTop3Gram,
  kNormalizedTop4Gram,
  kNormalizedDuplicate5Grams,
  kNormalizedDuplicate6Grams,
  kNormalizedDuplicate7Grams,
  kNormalizedDuplicate8Grams,
  kNormalizedDuplicate9Grams,
  kNormalizedDuplicate10Grams,
  // Of C4's line filter (line_filter.h): its lines are judged one by one, the text as a whole.
  kLineWords,
  kLineWordLength,
  kLineEndMarks,
  kLineJavascript,
  kLinePolicies,
  kFilteredLoremIpsum,
  kFilteredCurlyBrackets,
  kFilteredSentences,
  kCount,
};

class SignalValues {
 public:
  double& operator[](Signal signal) { return values_[static_cast<std::size_t>(signal)]; }
  double operator[](Signal signal) const { return values_[static_cast<std::size_t>(signal)]; }

 private:
  std::array<double, static_cast<std::size_t>(Signal::kCount)> values_{};
};

struct SignalRequest {  // parts of the list above; those of lines are always computed
  bool words = false, repetition = false, normalized = false;
  std::string_view language;            // of the stop words
  const WordList* bad_words = nullptr;  // for kBadWords
};

// The signals asked for; the others are 0. `text`: valid UTF-8 with no white space at either end,
// as repair_text leaves it. A share of nothing is 0.
SignalValues compute_signals(std::string_view text, const SignalRequest& request);

// Different stop words of the language that occur, at most `enough` (text_scan.h's words, as they
// are written). Languages without a list have English's, as Gopher has.
std::size_t count_stop_words(std::string_view text, const TextScan& scan,
                             std::string_view language);

}  // namespace lucie::quality
