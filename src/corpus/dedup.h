// Exact deduplication: of documents, of paragraphs across the whole corpus, and of the second form
// in which a package ships the same text. What comes first in the corpus's order stays.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/hash.h"

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

// Paragraphs (text between blank lines) of at least `min_characters` that were seen before, in this
// document or an earlier one, are taken out. Shorter ones (headings, list items) stay, but for a
// heading that is left with nothing under it.
class ParagraphDedup {
 public:
  explicit ParagraphDedup(std::uint64_t min_characters) : min_characters_(min_characters) {}
  std::string keep_new(std::string_view text, Removal* removed);

 private:
  std::uint64_t min_characters_;
  HashSet seen_;
};

// Whether a text is mostly contained in others: the share of its word 8-grams found among theirs.
// Every 4th n-gram by hash is looked at.
class Containment {
 public:
  void add(std::string_view text);
  double share_of(std::string_view text) const;  // 0 ... 1; 0 for a text of less than 8 words

 private:
  std::unordered_set<std::uint64_t> shingles_;
};

}  // namespace lucie
