// Remembers the ids of short pieces: most words of a text are among a few thousand. A table of one
// cache line an entry, the newest piece of a slot replaces the older; bounded, and without
// influence on the result.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace lucie {

class PieceCache {
 public:
  static constexpr std::size_t kLongest = 31;  // bytes of a piece
  static constexpr std::size_t kMostIds = 7;
  // Texts whose pieces are looked up must be followed by this many readable bytes.
  static constexpr std::size_t kPadding = 32;

  // A number of its own for each model, and the cache of this thread, in use for that model until it
  // is asked for again: one a thread, so that short texts need not fill a new one.
  static std::uint64_t new_owner();
  static PieceCache& of_thread(std::uint64_t owner);

  // Appends the ids of `piece` to `out`: those remembered, else what compute() appends.
  template <typename Compute>
  void encode(std::string_view piece, std::vector<TokenId>& out, const Compute& compute) {
    if (piece.size() > kLongest) return compute();
    bool hit = false;
    Entry& entry = find(piece.data(), piece.size(), &hit);
    if (hit) {
      out.insert(out.end(), entry.ids.data(), entry.ids.data() + entry.count);
      return;
    }
    const std::size_t before = out.size();
    compute();
    store(entry, std::span(out).subspan(before));
  }

 private:
  struct alignas(64) Entry {
    std::array<std::uint64_t, 4> key{};  // the bytes, zeros, the length in the last byte
    std::array<TokenId, kMostIds> ids{};
    std::int32_t count = 0;
  };

  // The entry of the piece, to be read if `hit` and else to be filled with store().
  Entry& find(const char* piece, std::size_t length, bool* hit) {
    const std::array<std::uint64_t, 4> key = make_key(piece, length);
    std::uint64_t hash = (key[0] ^ key[3]) * 0x9E3779B97F4A7C15ULL;
    hash ^= (key[1] ^ hash >> 32) * 0xD6E8FEB86659FD93ULL;
    hash = (hash ^ key[2] ^ hash >> 29) * 0x9E3779B97F4A7C15ULL;
    Entry& entry = entries_[hash >> (64 - kBits)];
    *hit = entry.key == key;
    if (!*hit) candidate_ = key;
    return entry;
  }
  void store(Entry& entry, std::span<const TokenId> ids) {
    if (ids.size() > kMostIds) return;
    entry.key = candidate_;
    entry.count = static_cast<std::int32_t>(ids.size());
    std::memcpy(entry.ids.data(), ids.data(), ids.size_bytes());
  }
  // Forgets everything if the entries were made by someone else.
  void set_owner(std::uint64_t owner) {
    if (owner == owner_ && !entries_.empty()) return;
    owner_ = owner;
    entries_.assign(std::size_t{1} << kBits, Entry());
  }

  static constexpr int kBits = 14;  // 1 MB: about what a core's second cache level holds

  static std::array<std::uint64_t, 4> make_key(const char* piece, std::size_t length) {
    std::array<std::uint64_t, 4> key{};
    std::memcpy(key.data(), piece, 32);
    for (std::size_t word = 0; word < 4; ++word) {
      const std::size_t begin = word * 8;
      if (length <= begin) {
        key[word] = 0;
      } else if (length < begin + 8) {
        key[word] &= (std::uint64_t{1} << (8 * (length - begin))) - 1;
      }
    }
    key[3] |= static_cast<std::uint64_t>(length) << 56;
    return key;
  }

  std::uint64_t owner_ = 0;
  std::array<std::uint64_t, 4> candidate_{};
  std::vector<Entry> entries_;
};

}  // namespace lucie
