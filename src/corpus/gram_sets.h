// The n-gram sets of chosen documents, kept on disk, for the exact check of candidate pairs.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/external_sort.h"
#include "corpus/minhash.h"

namespace lucie {

class GramSets {
 public:
  GramSets(const fs::path& folder, const MinHashSettings& settings, std::size_t documents)
      : settings_(settings), file_(folder), places_(documents) {}

  void put(std::size_t document, std::string_view text);  // from any thread, each document once
  // Sorted, without repetition; empty when nothing was put.
  std::vector<std::uint64_t> get(std::size_t document) const;

 private:
  struct Place {
    std::uint64_t offset = 0, count = 0;
  };
  MinHashSettings settings_;
  ScratchFile file_;
  std::vector<Place> places_;
  std::mutex mutex_;
  std::uint64_t end_ = 0;
};

// The Jaccard index of two sets, each sorted and without repetition: 0 ... 1, 0 for two empty ones.
double jaccard(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

}  // namespace lucie
