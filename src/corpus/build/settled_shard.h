// The documents of a shard as the comparing pass decided on them.
#pragma once

#include <cstdint>
#include <vector>

#include "corpus/build/candidate_file.h"
#include "corpus/build/compare_pass.h"
#include "corpus/build/features.h"

namespace lucie {

class SettledShard {
 public:
  // `first_number`: of the first document of each shard among all.
  SettledShard(const BuildContext& build, const Comparisons& comparisons,
               const std::vector<std::uint64_t>& first_number, std::size_t shard);
  // Every document read, in order: kept, or dropped with its reason. False at the end.
  bool next(Candidate* candidate);

 private:
  void cut_paragraphs(Candidate* candidate, const std::vector<std::uint32_t>& numbers) const;

  const FilterSettings& filters_;
  const std::vector<std::uint64_t>& first_number_;
  CandidateReader candidates_;
  DropReader drops_;
  CutReader cuts_;
  std::uint64_t ordinal_;
};

}  // namespace lucie
