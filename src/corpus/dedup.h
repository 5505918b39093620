// What exact deduplication compares, and what it does to a text: documents, paragraphs, and the
// second form in which a package ships the same text. Which of them stay is decided in
// build/compare.h.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/hash.h"
#include "corpus/key_set.h"

namespace lucie {

// The text with every run of white space as one space: how paragraphs and documents are compared,
// so that another line width does not make another text.
Hash128 normalized_hash(std::string_view text);

struct HashOfHash128 {
  std::size_t operator()(const Hash128& hash) const noexcept {
    return static_cast<std::size_t>(hash.low);
  }
};
using HashSet = std::unordered_set<Hash128, HashOfHash128>;  // asked, never iterated

struct Removal {
  std::uint64_t units = 0;  // paragraphs or lines
  std::uint64_t bytes = 0;
};

// Calls visit(hash, number) for each paragraph (text between blank lines) of at least
// `min_characters`; `number` counts all paragraphs of the text.
using ParagraphVisit = std::function<void(const Hash128& hash, std::uint32_t number)>;
void for_each_paragraph(std::string_view text, std::uint64_t min_characters,
                        const ParagraphVisit& visit);

// The text without the paragraphs of these numbers (sorted), and without a heading that is left
// with nothing under it: a paragraph of less than `min_characters` that looks like one.
std::string without_paragraphs(std::string_view text, std::span<const std::uint32_t> numbers,
                               std::uint64_t min_characters, Removal* removed);

// Whether a text is mostly contained in others: the share of its word 8-grams found among theirs.
// Every 4th n-gram by hash is looked at, and of those, for less memory, the part `round` of
// `rounds`: what count() finds in all rounds adds up.
class Containment {
 public:
  struct Share {
    std::uint64_t found = 0, all = 0;  // all: 0 for a text of less than 8 words
  };
  explicit Containment(std::uint32_t round = 0, std::uint32_t rounds = 1)
      : round_(round), rounds_(rounds) {}
  void add(std::string_view text);
  void count(std::string_view text, Share* share) const;

 private:
  std::uint32_t round_, rounds_;
  KeySet shingles_;
};

}  // namespace lucie
