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
void for_each_line(std::string_view text, Visit visit) {
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

double holdout_share_of(const std::set<std::string>& pages, std::uint64_t seed, double share) {
  if (share <= 0 || pages.size() < 2) return 0;
  double first = 1, last = 0;
  for (const std::string& page : pages) {
    const double place = place_in_line(page, seed);
    first = std::min(first, place);
    last = std::max(last, place);
  }
  return std::min(std::max(share, std::nextafter(first, 1.0)), last);
}

void TrainingLines::add(std::string_view text) {
  for_each_line(text, [this](std::string_view line) {
    const std::string_view content = trim(line);
    if (!content.empty()) lines_.insert(hash128(content));
  });
}

std::string TrainingLines::without_known(std::string_view text, bool code,
                                         KnownLines* known) const {
  std::string kept;
  kept.reserve(text.size());
  for_each_line(text, [&](std::string_view line) {
    const std::string_view content = trim(line);
    if (!content.empty() && lines_.contains(hash128(content))) {
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
