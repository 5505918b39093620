// A set of code points, from the tables that tools/make_unicode_tables.py writes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace lucie::unicode {

struct CodePointRange {
  char32_t first, last;
};

// The range that holds c, nullptr for none. Range: anything with first and last, in rising order.
template <typename Range>
const Range* find_range(std::span<const Range> ranges, char32_t c) {
  const Range* after =
      std::upper_bound(ranges.data(), ranges.data() + ranges.size(), c,
                       [](char32_t x, const Range& range) { return x < range.first; });
  return after != ranges.data() && c <= after[-1].last ? after - 1 : nullptr;
}

// One bit a code point of the basic plane, the ranges beyond it.
class CharClass {
 public:
  explicit CharClass(std::span<const CodePointRange> ranges) : ranges_(ranges), bits_(kPlane / 64) {
    for (const CodePointRange& range : ranges) {
      for (char32_t c = range.first; c <= range.last && c < kPlane; ++c) {
        bits_[c / 64] |= std::uint64_t{1} << (c % 64);
      }
    }
  }
  bool contains(char32_t c) const {
    return c < kPlane ? (bits_[c / 64] >> (c % 64) & 1) != 0 : find_range(ranges_, c) != nullptr;
  }

 private:
  static constexpr char32_t kPlane = 0x10000;
  std::span<const CodePointRange> ranges_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace lucie::unicode
