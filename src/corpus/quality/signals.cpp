#include "corpus/quality/signals.h"

#include "corpus/quality/line_counts.h"
#include "corpus/quality/repetition.h"
#include "corpus/quality/text_scan.h"
#include "corpus/text_repair.h"

namespace lucie::quality {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

struct WordCounts {
  std::uint64_t meaning = 0, meaning_characters = 0;  // words that are no bare symbols
  std::uint64_t lettered = 0, ascii_lettered = 0;
};

WordCounts count_words(const TextScan& scan) {
  WordCounts counts;
  for (const Word& word : scan.words) {
    if ((word.kinds & kNoSymbol) != 0) {
      ++counts.meaning;
      counts.meaning_characters += word.characters;
    }
    counts.lettered += (word.kinds & kLetter) != 0;
    counts.ascii_lettered += (word.kinds & kAsciiLetter) != 0;
  }
  return counts;
}

void add_words(std::string_view text, const TextScan& scan, std::string_view language,
               SignalValues* values) {
  const WordCounts counts = count_words(scan);
  const std::uint64_t words = scan.words.size();
  SignalValues& v = *values;
  v[Signal::kGopherWords] = static_cast<double>(counts.meaning);
  v[Signal::kGopherMeanWordLength] = ratio(counts.meaning_characters, counts.meaning);
  v[Signal::kHashesPerWord] = ratio(scan.hashes, words);
  v[Signal::kEllipsesPerWord] = ratio(scan.ellipses, words);
  v[Signal::kWordsWithLetters] = ratio(counts.lettered, words);
  v[Signal::kStopWords] = static_cast<double>(count_stop_words(text, scan, language));
  v[Signal::kSentences] = static_cast<double>(scan.sentences);
  v[Signal::kCurlyBrackets] = ratio(scan.curly_brackets, scan.characters);
  v[Signal::kSymbolsPerWord] = ratio(scan.hashes + scan.ellipses, words);
  v[Signal::kWordsWithoutAsciiLetters] = ratio(words - counts.ascii_lettered, words);
}

void add_lines(std::string_view text, const TextScan& scan, SignalValues* values) {
  const LineCounts lines = count_lines(text);
  SignalValues& v = *values;
  v[Signal::kBulletLines] = ratio(lines.bullet_lines, lines.all_lines);
  v[Signal::kEllipsisLines] = ratio(lines.ellipsis_lines, lines.all_lines);
  v[Signal::kListLines] = ratio(lines.list_lines, lines.all_lines);
  v[Signal::kDuplicateParagraphs] = ratio(lines.paragraphs.repeated, lines.paragraphs.units);
  v[Signal::kDuplicateParagraphCharacters] =
      ratio(lines.paragraphs.repeated_characters, scan.characters);
  v[Signal::kDuplicateLines] = ratio(lines.lines.repeated, lines.lines.units);
  v[Signal::kDuplicateLineCharacters] = ratio(lines.lines.repeated_characters, scan.characters);
  v[Signal::kTerminalLines] = ratio(lines.terminal_lines, lines.filled_lines.units);
  v[Signal::kShortLines] = ratio(lines.short_lines, lines.filled_lines.units);
  v[Signal::kDuplicateFilledLineCharacters] =
      ratio(lines.filled_lines.repeated_characters, scan.characters - scan.newlines);
  v[Signal::kNewlinesPerWord] = ratio(scan.newlines, scan.words.size());
}

// Signals of one kind follow one another in the order of n.
void add_repetition(const Repetition& repetition, Signal top, Signal duplicate,
                    SignalValues* values) {
  const auto put = [&](Signal first, const auto& shares) {
    for (std::size_t i = 0; i < shares.size(); ++i) {
      (*values)[static_cast<Signal>(static_cast<std::size_t>(first) + i)] = shares[i];
    }
  };
  put(top, repetition.top);
  put(duplicate, repetition.duplicate);
}

std::uint64_t count_lorem_ipsum(std::string_view normalized) {
  constexpr std::string_view kWords = "lorem ipsum";
  std::uint64_t count = 0;
  for (std::size_t at = normalized.find(kWords); at != std::string_view::npos;
       at = normalized.find(kWords, at + kWords.size())) {
    ++count;
  }
  return count;
}

void add_normalized(std::string_view text, const WordList* bad_words, SignalValues* values) {
  const NormalizedText normalized = normalize_for_comparison(text);
  std::uint64_t characters = 0;
  for (const Word& word : normalized.words) characters += word.characters;
  SignalValues& v = *values;
  v[Signal::kNormalizedWords] = static_cast<double>(normalized.words.size());
  v[Signal::kNormalizedMeanWordLength] = ratio(characters, normalized.words.size());
  v[Signal::kLoremIpsum] =
      ratio(count_lorem_ipsum(normalized.text), count_characters(normalized.text));
  if (bad_words != nullptr) {
    v[Signal::kBadWords] = static_cast<double>(bad_words->count_in(normalized));
  }
  add_repetition(covered_repetition(normalized.text, normalized.words), Signal::kNormalizedTop2Gram,
                 Signal::kNormalizedDuplicate5Grams, values);
}

}  // namespace

SignalValues compute_signals(std::string_view text, const SignalRequest& request) {
  SignalValues values;
  const TextScan scan = scan_text(text);
  if (request.words) add_words(text, scan, request.language, &values);
  add_lines(text, scan, &values);
  if (request.repetition) {
    add_repetition(running_repetition(text, scan.words, scan.characters), Signal::kTop2Gram,
                   Signal::kDuplicate5Grams, &values);
  }
  if (request.normalized) add_normalized(text, request.bad_words, &values);
  return values;
}

}  // namespace lucie::quality
