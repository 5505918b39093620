#include "corpus/holdout.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"
#include "corpus/text_repair.h"

namespace lucie {

namespace {

constexpr std::uint64_t kShortCodeLine = 24;

// From 0 to 1; the pages whose places are below the share are held out.
double place_in_line(std::string_view page, std::uint64_t seed) {
  return static_cast<double>(hash64(page, seed) >> 11) * 0x1p-53;
}

template <typename Visit>
void split_lines(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\n', at), text.size());
    visit(text.substr(at, stop - at));
    at = stop + 1;
  }
}

}  // namespace

bool is_held_out(std::string_view page, std::uint64_t seed, double share) {
  return place_in_line(page, seed) < share;
}

void PageRange::add(std::string_view page, std::uint64_t seed) {
  const double place = place_in_line(page, seed);
  first = std::min(first, place);
  last = std::max(last, place);
}

void PageRange::add(const PageRange& other) {
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

double holdout_share_of(const PageRange& pages, double share) {
  if (share <= 0 || pages.first >= pages.last) return 0;
  return std::min(std::max(share, std::nextafter(pages.first, 1.0)), pages.last);
}

void for_each_line(std::string_view text, const LineVisit& visit) {
  split_lines(text, [&](std::string_view line) {
    const std::string_view content = trim(line);
    if (!content.empty()) visit(hash64(content));
  });
}

std::string without_known_lines(std::string_view text, bool code, const KeySet& training,
                                KnownLines* known) {
  std::string kept;
  kept.reserve(text.size());
  split_lines(text, [&](std::string_view line) {
    const std::string_view content = trim(line);
    if (!content.empty() && training.contains(hash64(content))) {
      const bool stays = code && count_characters(content) < kShortCodeLine;
      if (!stays) {
        ++known->removed.units;
        known->removed.bytes += line.size() + 1;
        return;
      }
      known->bytes_left += line.size() + 1;
    }
    const bool third_newline = line.empty() && kept.ends_with("\n\n");
    if (!third_newline) kept.append(line).push_back('\n');
  });
  return std::string(trim(kept));
}

}  // namespace lucie
