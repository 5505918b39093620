#include "trace/verbatim_spans.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {
namespace {

using Text = std::span<const std::int32_t>;

// Where what stands together from `begin` on ends, at `known` or behind it. Little more of the text
// is looked at than that.
std::size_t end_of_match(const SuffixIndex& index, Text text, std::size_t begin,
                         std::size_t known) {
  for (std::size_t more = 64;; more *= 2) {
    const std::size_t limit = std::min(known + more, text.size());
    const std::size_t end = begin + index.longest_prefix(text.subspan(begin, limit - begin));
    if (end < limit || limit == text.size()) return end;
    known = end;
  }
}

// The first start behind `begin` from which more stands together than up to `end`: as from all
// behind it. At most `end` + 1. Found in steps that double, then by halves.
std::size_t start_of_more(const SuffixIndex& index, Text text, std::size_t begin, std::size_t end) {
  const auto is_more = [&](std::size_t start) {
    const Text wanted = text.subspan(start, end + 1 - start);
    return index.longest_prefix(wanted) == wanted.size();
  };
  std::size_t step = 1;
  while (begin + step <= end && !is_more(begin + step)) {
    begin += step;
    step *= 2;
  }
  std::size_t behind = std::min(begin + step, end + 1);
  while (behind - begin > 1) {
    const std::size_t middle = begin + (behind - begin) / 2;
    (is_more(middle) ? behind : begin) = middle;
  }
  return behind;
}

}  // namespace

std::vector<std::uint64_t> matching_lengths(const SuffixIndex& index, Text text) {
  std::vector<std::uint64_t> lengths(text.size(), 0);
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t before = end;
    end = end_of_match(index, text, i, std::max(i, end));
    std::size_t next = i + 1;
    if (end == text.size()) {
      next = end;
    } else if (end == before) {  // one start more and nothing gained: there may be many of these
      next = start_of_more(index, text, i, end);
    }
    for (; i < next; ++i) lengths[i] = end - i;
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
