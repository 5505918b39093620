#include "corpus/quality/rules.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie::quality {

namespace {

constexpr Limits kOff = {};
constexpr Limits at_most(double max) {
  return {kOff.min, max};
}
constexpr Limits at_least(double min) {
  return {min, kOff.max};
}
constexpr Rule same(std::string_view name, Signal signal, Limits limits) {
  return {name, signal, limits, limits, limits, limits, limits};
}
constexpr Rule top(std::string_view name, Signal signal, double any, double fr, double de,
                   double es, double it) {
  return {name, signal, at_most(any), at_most(fr), at_most(de), at_most(es), at_most(it)};
}
constexpr Rule only_any(std::string_view name, Signal signal, Limits limits) {
  return {name, signal, limits, kOff, kOff, kOff, kOff};
}

}  // namespace

const Limits& Rule::default_limits(std::string_view language) const {
  if (language == "fr") return fr;
  if (language == "de") return de;
  if (language == "es") return es;
  if (language == "it") return it;
  return any;
}

const std::vector<Rule>& rules() {
  using S = Signal;
  static const std::vector<Rule> table = {
      only_any("gopher.duplicate_paragraphs", S::kDuplicateParagraphs, at_most(0.3)),
      only_any("gopher.duplicate_paragraph_characters", S::kDuplicateParagraphCharacters,
               at_most(0.2)),
      top("gopher.duplicate_lines", S::kDuplicateLines, 0.3, 0.264, 0.263, 0.265, 0.246),
      only_any("gopher.duplicate_line_characters", S::kDuplicateLineCharacters, at_most(0.2)),
      top("gopher.top_2gram", S::kTop2Gram, 0.2, 0.161, 0.169, 0.077, 0.198),
      top("gopher.top_3gram", S::kTop3Gram, 0.18, 0.149, 0.153, 0.097, 0.156),
      top("gopher.top_4gram", S::kTop4Gram, 0.16, 0.134, 0.137, 0.112, 0.133),
      top("gopher.duplicate_5grams", S::kDuplicate5Grams, 0.15, 0.15, 0.141, 0.152, 0.144),
      top("gopher.duplicate_6grams", S::kDuplicate6Grams, 0.14, 0.141, 0.134, 0.137, 0.136),
      top("gopher.duplicate_7grams", S::kDuplicate7Grams, 0.13, 0.131, 0.126, 0.123, 0.127),
      top("gopher.duplicate_8grams", S::kDuplicate8Grams, 0.12, 0.121, 0.117, 0.114, 0.118),
      top("gopher.duplicate_9grams", S::kDuplicate9Grams, 0.11, 0.111, 0.108, 0.107, 0.109),
      top("gopher.duplicate_10grams", S::kDuplicate10Grams, 0.1, 0.1, 0.098, 0.099, 0.1),
      same("gopher.words", S::kGopherWords, {50, 100000}),
      {"gopher.mean_word_length",
       S::kGopherMeanWordLength,
       {3, 10},
       {2, 11},
       {0, 15},
       {4, 14},
       {3, 21}},
      same("gopher.hashes", S::kHashesPerWord, at_most(0.1)),
      same("gopher.ellipses", S::kEllipsesPerWord, at_most(0.1)),
      same("gopher.bullet_lines", S::kBulletLines, at_most(0.9)),
      same("gopher.ellipsis_lines", S::kEllipsisLines, at_most(0.3)),
      {"gopher.words_with_letters", S::kWordsWithLetters, at_least(0.8), at_least(0.812),
       at_least(0.774), at_least(0.825), at_least(0.807)},
      same("gopher.stop_words", S::kStopWords, at_least(2)),

      same("c4.line_words", S::kLineWords, at_least(3)),
      same("c4.line_word_length", S::kLineWordLength, at_most(1000)),
      same("c4.line_end_marks", S::kLineEndMarks, at_least(1)),
      same("c4.line_javascript", S::kLineJavascript, at_most(0)),
      same("c4.line_policies", S::kLinePolicies, at_most(0)),
      same("c4.lorem_ipsum", S::kFilteredLoremIpsum, at_most(0)),
      same("c4.curly_brackets", S::kFilteredCurlyBrackets, at_most(0)),
      same("c4.sentences", S::kFilteredSentences, at_least(5)),

      {"fineweb.terminal_lines", S::kTerminalLines, at_least(0.12), at_least(0.1), at_least(0),
       at_least(0.3), at_least(0.025)},
      only_any("fineweb.short_lines", S::kShortLines, at_most(0.67)),
      top("fineweb.duplicate_line_characters", S::kDuplicateFilledLineCharacters, 0.01, 0.1, 0.1,
          0.1, 0.1),
      top("fineweb.newlines", S::kNewlinesPerWord, 0.3, 0.185, 0.152, 0.171, 0.2),

      same("redpajama.sentences", S::kSentences, at_least(3)),
      same("redpajama.curly_brackets", S::kCurlyBrackets, at_most(0)),
      same("redpajama.lorem_ipsum", S::kLoremIpsum, at_most(0)),
      same("redpajama.bad_words", S::kBadWords, at_most(0)),
      same("redpajama.words", S::kNormalizedWords, {50, 100000}),
      same("redpajama.mean_word_length", S::kNormalizedMeanWordLength, {3, 10}),
      same("redpajama.symbols", S::kSymbolsPerWord, at_most(0.1)),
      same("redpajama.list_lines", S::kListLines, at_most(0.9)),
      same("redpajama.ellipsis_lines", S::kEllipsisLines, at_most(0.3)),
      same("redpajama.words_without_letters", S::kWordsWithoutAsciiLetters, at_most(0.3)),
      same("redpajama.top_2gram", S::kNormalizedTop2Gram, at_most(0.2)),
      same("redpajama.top_3gram", S::kNormalizedTop3Gram, at_most(0.18)),
      same("redpajama.top_4gram", S::kNormalizedTop4Gram, at_most(0.16)),
      same("redpajama.duplicate_5grams", S::kNormalizedDuplicate5Grams, at_most(0.15)),
      same("redpajama.duplicate_6grams", S::kNormalizedDuplicate6Grams, at_most(0.14)),
      same("redpajama.duplicate_7grams", S::kNormalizedDuplicate7Grams, at_most(0.13)),
      same("redpajama.duplicate_8grams", S::kNormalizedDuplicate8Grams, at_most(0.12)),
      same("redpajama.duplicate_9grams", S::kNormalizedDuplicate9Grams, at_most(0.11)),
      same("redpajama.duplicate_10grams", S::kNormalizedDuplicate10Grams, at_most(0.1)),
  };
  return table;
}

Limits Settings::limits(const Rule& rule, std::string_view language) const {
  Limits limits = rule.default_limits(language);
  for (const std::string_view key : {std::string_view("any"), language}) {
    const auto changes = changes_.find(key);
    if (changes == changes_.end()) continue;
    const auto change = changes->second.find(rule.name);
    if (change == changes->second.end()) continue;
    limits.min = change->second.min.value_or(limits.min);
    limits.max = change->second.max.value_or(limits.max);
  }
  return limits;
}

const WordList* Settings::bad_words(std::string_view language) const {
  const auto found = bad_words_.find(language);
  return found == bad_words_.end() ? nullptr : &found->second;
}

}  // namespace lucie::quality
