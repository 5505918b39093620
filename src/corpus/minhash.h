// MinHash signatures (Broder, "On the resemblance and containment of documents", 1997) over word
// n-grams, cut into bands for locality-sensitive hashing: two texts whose n-grams overlap by a
// Jaccard index s share a band with probability 1 - (1 - s^rows)^bands; with 14 bands of 8 rows,
// those of Lucie's corpus, 0.56 at s = 0.7, 0.92 at 0.8 and 0.9998 at 0.9.
//
// Signatures are bit for bit those of datatrove 0.10 (64-bit precision, words as in plain_words.h):
//   h_i(x) = (a_i x + b_i mod 2^64) mod (2^61 - 1), a and b drawn as numpy's RandomState(seed)
//   does.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "corpus/plain_words.h"

namespace lucie {

enum class GramHash { kXxh64, kSha1 };  // of an n-gram's words in UTF-8, one space between them

struct MinHashSettings {
  int bands = 14;
  int rows = 8;
  int ngram = 5;           // words
  std::uint32_t seed = 1;  // of a and b
  GramHash hash = GramHash::kXxh64;
};

// The hashes of a text's n-grams, block by block, in the order of the text, repeated ones included.
class GramReader {
 public:
  // `text` must outlive the reader.
  GramReader(std::string_view text, int ngram, GramHash hash)
      : reader_(text), ngram_(static_cast<std::size_t>(ngram)), hash_(hash) {}
  // Replaces `grams`; false at the end. A text of fewer words than an n-gram has none.
  bool read(std::vector<std::uint64_t>* grams);

 private:
  PlainWordReader reader_;
  PlainWords words_;
  std::size_t ngram_;
  GramHash hash_;
};

// Const and shared by threads.
class MinHasher {
 public:
  explicit MinHasher(const MinHashSettings& settings);
  const MinHashSettings& settings() const { return settings_; }

  // (bands * rows) minima, row by row of each band; empty when the text has no n-gram.
  std::vector<std::uint64_t> signature(std::string_view text) const;
  // A key of each band: equal keys, equal rows (but for 64-bit accidents); keys of different bands
  // differ, so that all bands can be sorted together.
  std::vector<std::uint64_t> band_keys(std::span<const std::uint64_t> signature) const;

 private:
  MinHashSettings settings_;
  std::vector<std::uint64_t> a_, b_;  // padded to whole steps of the kernel
};

}  // namespace lucie
