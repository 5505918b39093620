// Where in the training tokens a sequence of tokens stands, from an index on disk: a suffix array,
// the positions of all suffixes in their order, with documents as separate texts (Manber & Myers,
// "Suffix arrays: a new method for on-line string searches", 1993; over training data: Liu et al.,
// "Infini-gram", 2024). It is searched in the mapped file. docs/formats/suffix-index.md has the
// layout, build_suffix_index() (index_build.h) writes it.
//
// Suffixes are ordered by their tokens' ids; one that ends is less than one that goes on; equal
// ones by position.
#pragma once

#include <cstdint>
#include <span>

#include "trace/token_text.h"

namespace lucie {

class SuffixIndex {
 public:
  // `text` must outlive the index. A file that is none or does not fit itself is kCorrupt, one of
  // other tokens kMismatch. Whether the pointers are in order is not looked at: a file that lies
  // there leads to wrong counts, but never outside of the text.
  SuffixIndex(const fs::path& file, const TokenText& text);

  struct Ranks {  // of suffixes, next to each other in the order
    std::uint64_t begin = 0, end = 0;
    std::uint64_t count() const { return end - begin; }
  };
  // Where the sequence stands within a document; all of the text for the empty sequence.
  Ranks find(std::span<const std::int32_t> sequence) const;
  // How much of its beginning stands anywhere, in tokens.
  std::uint64_t longest_prefix(std::span<const std::int32_t> sequence) const;
  // Of the suffix of that rank: a position in the text.
  std::uint64_t position(std::uint64_t rank) const;

  const TokenText& text() const { return *text_; }

 private:
  std::uint64_t first(std::uint64_t token) const;
  Ranks beginning_with(std::int32_t token) const;
  std::vector<std::byte> as_stored(std::span<const std::int32_t> sequence) const;

  MappedFile file_;
  const TokenText* text_;
  std::uint64_t tokens_ = 0, vocabulary_ = 0;
  std::uint32_t pointer_bytes_ = 0;
  const std::byte* pointers_ = nullptr;
};

}  // namespace lucie
