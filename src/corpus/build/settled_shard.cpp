#include "corpus/build/settled_shard.h"

#include "corpus/dedup.h"

namespace lucie {

SettledShard::SettledShard(const BuildContext& build, const Comparisons& comparisons,
                           const std::vector<std::uint64_t>& first_number, std::size_t shard)
    : filters_(build.settings.filters),
      first_number_(first_number),
      candidates_(build.shard_file("read", shard, ".candidates")),
      drops_(comparisons.drops, ordinal_of(shard, 0)),
      cuts_(comparisons.cuts, ordinal_of(shard, 0)),
      ordinal_(ordinal_of(shard, 0)) {}

bool SettledShard::next(Candidate* candidate) {
  if (!candidates_.next(candidate)) return false;
  const std::uint64_t ordinal = ordinal_++;
  if (!candidate->kept()) return true;
  if (const Drop* drop = drops_.find(ordinal)) {
    const ComparisonNames& names = kComparisons[drop->comparison];
    candidate->drop(names.step, names.reason);
    if (drop->survivor != kNoDocument) {
      candidate->same_as = first_number_[static_cast<std::size_t>(shard_of(drop->survivor))] +
                           index_of(drop->survivor);
    }
    return true;
  }
  const std::vector<std::uint32_t>& numbers = cuts_.of(ordinal);
  if (!numbers.empty()) cut_paragraphs(candidate, numbers);
  return true;
}

void SettledShard::cut_paragraphs(Candidate* candidate,
                                  const std::vector<std::uint32_t>& numbers) const {
  Document& document = candidate->document;
  Removal removed;
  document.text = without_paragraphs(document.text, numbers,
                                     static_cast<std::uint64_t>(filters_.min_paragraph), &removed);
  candidate->changes.add("repeated_paragraphs", removed.units);
  candidate->changes.add("repeated_paragraph_bytes", removed.bytes);
  drop_if_short(*candidate, filters_, "paragraph", "too short without repeated paragraphs");
}

}  // namespace lucie
