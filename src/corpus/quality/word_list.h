// A list of words and phrases that count against a document, such as the LDNOOBW lists that C4 and
// RedPajama-V2 use: a text file, one entry a line, compared in the form of normalized_text.h. None
// is shipped with the program.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/file.h"
#include "corpus/quality/normalized_text.h"

namespace lucie::quality {

class WordList {
 public:
  WordList() = default;
  static WordList load(const fs::path& path);  // UTF-8; no entry at all: Error{kCorrupt}
  void add(std::string_view entry);
  // How often an entry stands in the text; one that overlaps another counts too.
  std::uint64_t count_in(const NormalizedText& text) const;

 private:
  std::unordered_set<std::uint64_t> hashes_;
  std::vector<std::size_t> lengths_;  // in words, those that occur, rising
};

}  // namespace lucie::quality
