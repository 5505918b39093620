// Which hashes were met before, and how often: one table that serves many n-gram lengths of a
// document without being cleared in between. Open addressing; asked, never iterated.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lucie::quality {

class SeenSet {
 public:
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t round = 0;  // of the table in which it was met
    std::uint32_t count = 0;
    std::uint32_t first = 0;  // `position` of the first time
  };

  // For at most `capacity` different hashes a round.
  explicit SeenSet(std::size_t capacity)
      : slots_(std::bit_ceil(2 * capacity + 2)), shift_(64 - std::countr_zero(slots_.size())) {}

  void start_round() { ++round_; }
  // Counts the hash; the entry's count is 1 when it was not met before in this round.
  Entry& meet(std::uint64_t hash, std::uint32_t position) {
    std::size_t at = static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15) >> shift_);
    while (slots_[at].round == round_ && slots_[at].hash != hash) {
      at = (at + 1) & (slots_.size() - 1);
    }
    Entry& entry = slots_[at];
    if (entry.round != round_) entry = {hash, round_, 0, position};
    ++entry.count;
    return entry;
  }

 private:
  std::vector<Entry> slots_;
  int shift_;
  std::uint32_t round_ = 1;
};

}  // namespace lucie::quality
