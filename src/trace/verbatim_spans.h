// What of a text stands word for word in the training tokens, and how likely its tokens are by
// counting alone.
#pragma once

#include <vector>

#include "trace/suffix_index.h"

namespace lucie {

// For each token, how many from there on stand together in a document: the matching statistics of
// the text. Few searches for each span that stands there, so that a long text that is a copy but
// for a word here and there does not take quadratic time.
std::vector<std::uint64_t> matching_lengths(const SuffixIndex& index,
                                            std::span<const std::int32_t> text);

struct VerbatimSpan {
  std::uint64_t begin = 0, end = 0;  // tokens of the text
  SuffixIndex::Ranks ranks;          // where it stands
};
// The spans of at least `shortest` (above 0) tokens that stand in a document and do not with the
// token before or behind them. In order; none lies in another. `lengths` of matching_lengths().
std::vector<VerbatimSpan> maximal_spans(const SuffixIndex& index,
                                        std::span<const std::int32_t> text,
                                        std::span<const std::uint64_t> lengths,
                                        std::uint64_t shortest);

struct NextToken {
  std::uint64_t context = 0;   // tokens before it: the most that stand together anywhere
  std::uint64_t seen = 0;      // how often they do
  std::uint64_t followed = 0;  // by this token
  double probability() const { return static_cast<double>(followed) / static_cast<double>(seen); }
};
// The infinite-gram of each token: the longest context that was ever seen, whatever followed it
// (Liu et al., "Infini-gram: Scaling Unbounded n-gram Language Models to a Trillion Tokens", 2024,
// equation 2 without its fallback to shorter ones).
std::vector<NextToken> infinite_grams(const SuffixIndex& index, std::span<const std::int32_t> text,
                                      std::span<const std::uint64_t> lengths);

}  // namespace lucie
