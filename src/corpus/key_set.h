// A set of 64-bit hashes in one flat table, 16 bytes or less an entry.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lucie {

class KeySet {
 public:
  // Room for `expected` keys at once; the set grows when there are more.
  explicit KeySet(std::size_t expected = 0) { rebuild(2 * expected + 2); }

  bool insert(std::uint64_t key) {  // false when it was there
    if (2 * (size_ + 1) > slots_.size()) rebuild(2 * slots_.size());
    key += key == 0;  // zero marks an empty slot
    std::uint64_t& slot = slots_[slot_of(key)];
    if (slot == key) return false;
    slot = key;
    ++size_;
    return true;
  }
  bool contains(std::uint64_t key) const { return find(key).has_value(); }
  // Where it stands among slots(); the same until the next insert().
  std::optional<std::size_t> find(std::uint64_t key) const {
    key += key == 0;
    const std::size_t at = slot_of(key);
    return slots_[at] == key ? std::optional<std::size_t>(at) : std::nullopt;
  }
  std::size_t size() const { return size_; }
  const std::vector<std::uint64_t>& slots() const { return slots_; }  // 0: empty

 private:
  std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 20) & mask;
    while (slots_[at] != 0 && slots_[at] != key) at = (at + 1) & mask;
    return at;
  }
  void rebuild(std::size_t least) {
    std::size_t size = 16;
    while (size < least) size *= 2;
    std::vector<std::uint64_t> old(size);
    old.swap(slots_);
    for (const std::uint64_t key : old) {
      if (key != 0) slots_[slot_of(key)] = key;
    }
  }

  std::vector<std::uint64_t> slots_;
  std::size_t size_ = 0;
};

}  // namespace lucie
