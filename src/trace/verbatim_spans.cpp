#include "trace/verbatim_spans.h"

#include "base/error.h"

namespace lucie {

std::vector<std::uint64_t> matching_lengths(const SuffixIndex& index,
                                            std::span<const std::int32_t> text) {
  std::vector<std::uint64_t> lengths(text.size(), 0);
  std::uint64_t end = 0;  // of what stands together from the start before; from here on no less
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (end < text.size()) end = i + index.longest_prefix(text.subspan(i));
    lengths[i] = end - i;
  }
  return lengths;
}

std::vector<VerbatimSpan> maximal_spans(const SuffixIndex& index,
                                        std::span<const std::int32_t> text,
                                        std::span<const std::uint64_t> lengths,
                                        std::uint64_t shortest) {
  LUCIE_ASSERT(lengths.size() == text.size() && shortest > 0);
  std::vector<VerbatimSpan> spans;
  std::uint64_t reached = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint64_t end = i + lengths[i];
    if (lengths[i] >= shortest && end > reached) {
      spans.push_back({i, end, index.find(text.subspan(i, lengths[i]))});
    }
    reached = end;
  }
  return spans;
}

std::vector<NextToken> infinite_grams(const SuffixIndex& index, std::span<const std::int32_t> text,
                                      std::span<const std::uint64_t> lengths) {
  LUCIE_ASSERT(lengths.size() == text.size());
  std::vector<NextToken> grams;
  std::size_t begin = 0;
  std::uint64_t seen = index.find({}).count();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t before = begin;
    while (begin < i && begin + lengths[begin] < i) ++begin;
    if (begin != before) seen = index.find(text.subspan(begin, i - begin)).count();
    const std::uint64_t followed = index.find(text.subspan(begin, i - begin + 1)).count();
    grams.push_back({i - begin, seen, followed});
    seen = followed;  // how often the context of the next one is seen, if it begins at the same
  }
  return grams;
}

}  // namespace lucie
