#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "tokenizer/alphabet.h"
#include "tokenizer/unigram_trainer.h"

namespace lucie::training {
namespace {

constexpr std::size_t kLongest = 16;  // characters of a piece

struct Suffix {
  std::uint64_t head = 0;  // first eight bytes: they decide most comparisons
  std::string_view text;   // up to the word's end
};

bool operator<(const Suffix& a, const Suffix& b) {
  return a.head != b.head ? a.head < b.head : a.text < b.text;
}

std::vector<Suffix> sorted_suffixes(const WordList& words) {
  std::vector<Suffix> suffixes;
  for (std::size_t w = 0; w < words.size(); ++w) {
    const std::string_view word = words.text(w);
    for (std::size_t at = 0; at < word.size();) {
      Suffix suffix{0, word.substr(at)};
      for (std::size_t b = 0; b < 8; ++b) {
        const std::size_t byte = at + b;
        suffix.head =
            suffix.head << 8 | (byte < word.size() ? static_cast<unsigned char>(word[byte]) : 0);
      }
      suffixes.push_back(suffix);
      at += unicode::char_length(static_cast<unsigned char>(word[at]));
    }
  }
  std::sort(suffixes.begin(), suffixes.end());
  return suffixes;
}

// Characters that both begin with, the end of both words counting as one; at most kLongest + 1.
std::size_t common_characters(std::string_view a, std::string_view b) {
  std::size_t count = 0, at = 0;
  for (; count <= kLongest; ++count) {
    if (at == a.size() || at == b.size()) return a.size() == b.size() ? count + 1 : count;
    const std::size_t length = unicode::char_length(static_cast<unsigned char>(a[at]));
    if (a.substr(at, length) != b.substr(at, length)) return count;
    at += length;
  }
  return count;
}

// The first `characters` of a text; nullopt when it is shorter.
std::optional<std::string_view> prefix(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; characters > 0; --characters) {
    if (at >= text.size()) return std::nullopt;
    at += unicode::char_length(static_cast<unsigned char>(text[at]));
  }
  return text.substr(0, at);
}

struct Candidate {
  std::uint64_t score = 0;  // frequency x characters
  std::string_view text;
};
bool comes_first(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.text > b.text;
}

// Nodes of the suffix tree: runs of neighbouring suffixes that share more characters with each
// other than with those around them.
std::vector<Candidate> substrings(const WordList& words) {
  struct Open {
    std::size_t depth, begin;
  };
  const std::vector<Suffix> suffixes = sorted_suffixes(words);
  std::vector<Candidate> found;
  std::vector<Open> open = {{0, 0}};
  for (std::size_t i = 1; i <= suffixes.size(); ++i) {
    const std::size_t shared =
        i == suffixes.size() ? 0 : common_characters(suffixes[i - 1].text, suffixes[i].text);
    std::size_t begin = i - 1;
    while (open.back().depth > shared) {
      const Open closed = open.back();
      open.pop_back();
      begin = closed.begin;
      if (closed.depth < 2 || closed.depth > kLongest) continue;
      if (const auto text = prefix(suffixes[closed.begin].text, closed.depth)) {
        found.push_back({(i - closed.begin) * closed.depth, *text});
      }
    }
    if (open.back().depth < shared) open.push_back({shared, begin});
  }
  return found;
}

}  // namespace

WordList::WordList(const WordCounts& words, std::vector<char32_t> alphabet)
    : alphabet_(std::move(alphabet)) {
  words.for_each([this](std::string_view word, std::uint64_t count) {
    std::size_t begin = 0, at = 0;
    while (at < word.size()) {
      const std::size_t next = at + unicode::char_length(static_cast<unsigned char>(word[at]));
      if (!std::binary_search(alphabet_.begin(), alphabet_.end(),
                              unicode::code_point(word.data() + at))) {
        add(word.substr(begin, at - begin), count);
        begin = next;
      }
      at = next;
    }
    add(word.substr(begin), count);
  });
}

void WordList::add(std::string_view text, std::uint64_t count) {
  if (text.empty()) return;
  arena_ += text;
  offsets_.push_back(arena_.size());
  counts_.push_back(count);
}

std::vector<Piece> seed_pieces(const WordList& words, std::size_t limit) {
  CharacterMap<std::uint64_t> counts;
  for (std::size_t w = 0; w < words.size(); ++w) {
    for_each_character(words.text(w), [&](char32_t c) { counts[c] += words.count(w); });
  }
  std::vector<std::pair<std::uint64_t, char32_t>> characters;
  for (const auto& [c, count] : counts.entries()) characters.emplace_back(count, c);
  std::sort(characters.rbegin(), characters.rend());

  std::vector<Candidate> found = substrings(words);
  const std::size_t wanted =
      std::min(found.size(), limit > characters.size() ? limit - characters.size() : 1);
  const auto middle = found.begin() + static_cast<std::ptrdiff_t>(wanted);
  if (middle != found.end()) std::nth_element(found.begin(), middle, found.end(), comes_first);
  std::sort(found.begin(), middle, comes_first);

  std::vector<Piece> pieces = {{"", std::nan("")}};
  double sum = 0;
  const auto add = [&](std::string text, std::uint64_t score) {
    pieces.push_back({std::move(text), std::log(static_cast<double>(score))});
    sum += static_cast<double>(score);
  };
  for (const auto& [count, c] : characters) {
    std::string text;
    append_utf8(text, c);
    add(std::move(text), count);
  }
  for (auto piece = found.begin(); piece != middle; ++piece) {
    add(std::string(piece->text), piece->score);
  }
  for (Piece& piece : pieces) piece.score -= std::log(sum);
  return pieces;
}

}  // namespace lucie::training
