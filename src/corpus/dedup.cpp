#include "corpus/dedup.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "corpus/text_repair.h"

namespace lucie {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Texts with every run of white space as one space, and none at the ends.
class Collapser {
 public:
  // Good until the next call.
  std::string_view collapse(std::string_view text) {
    if (out_.size() < text.size() + 1) out_.resize(text.size() + 1);
    char* to = out_.data();
    *to++ = ' ';  // as if the text stood behind white space, which is then left out
    Word before = 0x80;
    std::size_t at = 0;
    for (; at + sizeof(Word) <= text.size(); at += sizeof(Word)) {
      Word word = 0;
      std::memcpy(&word, &text[at], sizeof word);
      const Word breaks = at_least(word, '\t') & ~at_least(word, '\r' + 1);
      const Word white = breaks | (at_least(word, ' ') & ~at_least(word, ' ' + 1));
      if ((white & (white << 8 | before)) == 0) {
        const Word replaced = (breaks >> 7) * 0xFF;
        word = (word & ~replaced) | (every(' ') & replaced);
        std::memcpy(to, &word, sizeof word);
        to += sizeof word;
      } else {  // few words hold white space twice in a row
        for (std::size_t i = at; i < at + sizeof word; ++i) to = add(text[i], to);
      }
      before = white >> 56;
    }
    for (; at < text.size(); ++at) to = add(text[at], to);
    const char* begin = out_.data() + 1;
    if (to > begin && to[-1] == ' ') --to;
    return {begin, static_cast<std::size_t>(to - begin)};
  }

 private:
  using Word = std::uint64_t;  // eight bytes, worked on together
  static constexpr Word every(std::uint8_t byte) { return byte * 0x0101010101010101U; }

  // Marks the highest bit of every byte that is at least `least`, of those below 0x80.
  static Word at_least(Word bytes, std::uint8_t least) {
    return ((bytes & every(0x7F)) + every(0x80 - least)) & ~bytes & every(0x80);
  }

  // Without a branch: white space cannot be foreseen.
  static char* add(char c, char* to) {
    const bool space = is_space(c);
    const bool again = space && to[-1] == ' ';
    *to = space ? ' ' : c;
    return to + !again;
  }

  std::string out_;
};

// Length of the paragraph at `at` and of the blank lines behind it.
struct Extent {
  std::size_t text = 0, gap = 0;
};
Extent paragraph_at(std::string_view text, std::size_t at) {
  const std::size_t stop = text.find("\n\n", at);
  if (stop == std::string_view::npos) return {text.size() - at, 0};
  std::size_t next = stop;
  while (next < text.size() && text[next] == '\n') ++next;
  return {stop - at, next - stop};
}

struct Paragraph {
  std::string_view text, with_gap;
  bool repeated = false, heading = false;
};

template <typename Visit>
void split_paragraphs(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    const Extent extent = paragraph_at(text, at);
    visit(Paragraph{text.substr(at, extent.text), text.substr(at, extent.text + extent.gap)});
    at += extent.text + extent.gap;
  }
}

bool is_long(std::string_view paragraph, std::uint64_t min_characters) {
  if (paragraph.size() < min_characters) return false;
  const std::string_view text = trim(paragraph);
  // A character has four bytes at most.
  return text.size() / 4 >= min_characters || count_characters(text) >= min_characters;
}

bool looks_like_heading(std::string_view text) {
  if (text.empty() || text.find('\n') != std::string_view::npos) return false;
  const auto first = static_cast<unsigned char>(text.front());
  const auto last = static_cast<unsigned char>(text.back());
  const auto alphanumeric = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
  };
  return alphanumeric(first) && !(first >= 'a' && first <= 'z') &&
         (alphanumeric(last) || last == ')');
}

// A heading goes when a repeated paragraph stood under it and the next that stays is a heading too.
void drop_empty_sections(std::vector<Paragraph>& paragraphs) {
  bool followed_by_heading = true, under_it_removed = false;
  for (std::size_t i = paragraphs.size(); i-- > 0;) {
    Paragraph& paragraph = paragraphs[i];
    if (paragraph.repeated) {
      under_it_removed = true;
      continue;
    }
    if (paragraph.heading && followed_by_heading && under_it_removed) {
      paragraph.repeated = true;
      continue;
    }
    followed_by_heading = paragraph.heading;
    under_it_removed = false;
  }
}

constexpr std::size_t kShingleWords = 8;
constexpr std::uint64_t kSampling = 4;

// Calls visit(hash) for each sampled word n-gram; a rolling sum of word hashes with the position
// folded in would be order-blind, so the n hashes of a window are hashed together.
template <typename Visit>
void for_each_shingle(std::string_view text, Visit visit) {
  std::vector<std::uint64_t> words;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_space(text[at])) ++at;
    const std::size_t start = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    if (at > start) words.push_back(hash64(text.substr(start, at - start)));
  }
  for (std::size_t i = 0; i + kShingleWords <= words.size(); ++i) {
    if (words[i] % kSampling != 0) continue;  // by its first word: the same choice in every text
    const auto* bytes = reinterpret_cast<const char*>(&words[i]);
    visit(hash64({bytes, kShingleWords * sizeof(std::uint64_t)}));
  }
}

}  // namespace

Hash128 normalized_hash(std::string_view text) {
  return hash128(Collapser().collapse(text));
}

void for_each_paragraph(std::string_view text, std::uint64_t min_characters,
                        const ParagraphVisit& visit) {
  Collapser collapser;
  std::uint32_t number = 0;
  split_paragraphs(text, [&](const Paragraph& paragraph) {
    if (is_long(paragraph.text, min_characters)) {
      visit(hash128(collapser.collapse(paragraph.text)), number);
    }
    ++number;
  });
}

std::string without_paragraphs(std::string_view text, std::span<const std::uint32_t> numbers,
                               std::uint64_t min_characters, Removal* removed) {
  std::vector<Paragraph> paragraphs;
  split_paragraphs(text, [&](Paragraph paragraph) {
    const auto number = static_cast<std::uint32_t>(paragraphs.size());
    paragraph.repeated = !numbers.empty() && numbers.front() == number;
    if (paragraph.repeated) numbers = numbers.subspan(1);
    paragraph.heading =
        !is_long(paragraph.text, min_characters) && looks_like_heading(paragraph.text);
    paragraphs.push_back(paragraph);
  });
  drop_empty_sections(paragraphs);
  std::string kept;
  kept.reserve(text.size());
  for (const Paragraph& paragraph : paragraphs) {
    if (paragraph.repeated) {
      ++removed->units;
      removed->bytes += paragraph.text.size();
    } else {
      kept.append(paragraph.with_gap);
    }
  }
  while (!kept.empty() && kept.back() == '\n') kept.pop_back();
  return kept;
}

void Containment::add(std::string_view text) {
  for_each_shingle(text, [this](std::uint64_t shingle) {
    if (shingle % rounds_ == round_) shingles_.insert(shingle);
  });
}

void Containment::count(std::string_view text, Share* share) const {
  for_each_shingle(text, [&](std::uint64_t shingle) {
    if (shingle % rounds_ != round_) return;
    ++share->all;
    share->found += shingles_.contains(shingle);
  });
}

}  // namespace lucie
