#include "corpus/gram_sets.h"

#include <algorithm>

namespace lucie {

void GramSets::put(std::size_t document, std::string_view text) {
  std::vector<std::uint64_t> set, grams;
  for (GramReader reader(text, settings_.ngram, settings_.hash); reader.read(&grams);) {
    set.insert(set.end(), grams.begin(), grams.end());
  }
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  Place& place = places_[document];
  place.count = set.size();
  {
    const std::lock_guard lock(mutex_);
    place.offset = end_;
    end_ += set.size() * sizeof(std::uint64_t);
  }
  file_.write(place.offset, std::as_bytes(std::span<const std::uint64_t>(set)));
}

std::vector<std::uint64_t> GramSets::get(std::size_t document) const {
  std::vector<std::uint64_t> set(places_[document].count);
  file_.read(places_[document].offset, std::as_writable_bytes(std::span<std::uint64_t>(set)));
  return set;
}

double jaccard(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::size_t i = 0, j = 0, common = 0;
  while (i < a.size() && j < b.size()) {
    const std::uint64_t x = a[i], y = b[j];
    common += x == y;
    i += x <= y;
    j += y <= x;
  }
  const std::size_t all = a.size() + b.size() - common;
  return all == 0 ? 0 : static_cast<double>(common) / static_cast<double>(all);
}

}  // namespace lucie
