// Sentences with a gap, from held-out documents.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "base/hash.h"
#include "base/rng.h"
#include "base/text.h"
#include "eval/cloze.h"

namespace lucie {
namespace {

constexpr std::size_t kShortestSentence = 40, kLongestSentence = 240;  // bytes
constexpr std::size_t kBefore = 64;  // bytes of the document before the sentence, at most
constexpr std::size_t kShortestWord = 3;

// Letters of the Latin alphabets: all five languages end their sentences in these.
bool is_letter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
         (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7);
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t letters_in(std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < word.size(); ++count) next_code_point(word, &at);
  return count;
}

bool is_word(std::string_view word) {
  for (std::size_t at = 0; at < word.size();) {
    if (!is_letter(next_code_point(word, &at))) return false;
  }
  return letters_in(word) >= kShortestWord;
}

struct Sentence {
  const HeldOutDocument* document;
  std::size_t begin, gap, end;  // bytes: first of the sentence, first of its last word, its mark
  std::string word() const { return document->text.substr(gap, end - gap); }
};

// A sentence ends at a mark after a word and before white space or the end, and begins after white
// space after such a mark, after an empty line, or at the start.
void find_sentences(const HeldOutDocument& document, std::vector<Sentence>& sentences) {
  const std::string& text = document.text;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool last = i + 1 == text.size();
    if (text[i] == '\n' && !last && text[i + 1] == '\n') begin = i + 2;
    const bool mark = text[i] == '.' || text[i] == '!' || text[i] == '?';
    if (!mark || (!last && !is_space(text[i + 1]))) continue;
    while (begin < i && is_space(text[begin])) ++begin;
    std::size_t gap = i;
    while (gap > begin && !is_space(text[gap - 1])) --gap;
    const std::size_t size = i - begin;
    // One space before the gap: the choices then continue the context as any word would.
    const bool fits = size >= kShortestSentence && size <= kLongestSentence && gap > begin + 1 &&
                      text[gap - 1] == ' ' && !is_space(text[gap - 2]);
    if (fits && is_word(std::string_view(text).substr(gap, i - gap))) {
      sentences.push_back({&document, begin, gap, i});
    }
    begin = i + 1;
  }
}

using Counts = std::map<std::string, std::int64_t>;

void count_words(const std::string& text, Counts& counts) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    std::size_t end = at;
    while (at < text.size()) {
      end = at;
      if (!is_letter(next_code_point(text, &at))) break;
      end = at;
    }
    if (end > begin) counts[text.substr(begin, end - begin)] += 1;
  }
}

int magnitude(std::int64_t count) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count)));
}

// The three closest in length and in order of magnitude of frequency among words that end
// sentences; which of equally close ones, the seed decides.
std::vector<std::string> distractors(const std::string& word, const std::vector<std::string>& pool,
                                     const Counts& counts, std::uint64_t seed) {
  struct Candidate {
    int distance;
    std::uint64_t draw;
    const std::string* word;
  };
  const std::string folded = to_lower_ascii(word);
  const int length = static_cast<int>(letters_in(word)), frequency = magnitude(counts.at(word));
  std::vector<Candidate> candidates;
  for (const std::string& other : pool) {
    if (to_lower_ascii(other) == folded) continue;
    const int distance = std::abs(static_cast<int>(letters_in(other)) - length) +
                         std::abs(magnitude(counts.at(other)) - frequency);
    candidates.push_back({distance, hash64(other, seed), &other});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.distance, a.draw, *a.word) < std::tie(b.distance, b.draw, *b.word);
  });
  std::vector<std::string> chosen;
  std::set<std::string> taken;
  for (const Candidate& candidate : candidates) {
    if (chosen.size() == 3) break;
    if (taken.insert(to_lower_ascii(*candidate.word)).second) chosen.push_back(*candidate.word);
  }
  return chosen;
}

ClozeItem make_item(const Sentence& sentence, std::vector<std::string> others, Rng& rng) {
  const std::string& text = sentence.document->text;
  // What precedes is cut at white space, so that no word and no character is torn.
  std::size_t begin = sentence.begin > kBefore ? sentence.begin - kBefore : 0;
  while (begin > 0 && begin < sentence.begin && !is_space(text[begin - 1])) ++begin;
  ClozeItem item;
  item.language = sentence.document->language;
  item.document = sentence.document->id;
  item.context = text.substr(begin, sentence.gap - begin);
  item.mark = text.substr(sentence.end, 1);
  item.answer = static_cast<int>(rng.below(4));
  others.insert(others.begin() + item.answer, sentence.word());
  std::move(others.begin(), others.end(), item.choices.begin());
  return item;
}

}  // namespace

std::vector<ClozeItem> make_cloze_items(const std::vector<HeldOutDocument>& documents,
                                        std::uint64_t seed, std::size_t per_language) {
  std::map<std::string, std::vector<Sentence>> sentences;
  std::map<std::string, Counts> counts;
  for (const HeldOutDocument& document : documents) {
    if (document.language == "code" || document.language == "aligned") continue;
    find_sentences(document, sentences[document.language]);
    count_words(document.text, counts[document.language]);
  }
  std::vector<ClozeItem> items;
  for (const auto& [language, found] : sentences) {
    std::set<std::string> ends;
    for (const Sentence& sentence : found) ends.insert(sentence.word());
    const std::vector<std::string> pool(ends.begin(), ends.end());
    const Permutation order(std::max<std::size_t>(found.size(), 1), seed, "cloze/" + language);
    for (std::size_t i = 0; i < std::min(per_language, found.size()); ++i) {
      const Sentence& sentence = found[order(i)];
      Rng rng(seed, "cloze item/" + language, i);
      const std::uint64_t draw = std::uint64_t{rng.next()} << 32 | i;
      auto others = distractors(sentence.word(), pool, counts.at(language), draw);
      if (others.size() == 3) items.push_back(make_item(sentence, std::move(others), rng));
    }
  }
  return items;
}

}  // namespace lucie
