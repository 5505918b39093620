// Remembers the ids of pieces of text: most words of a text are among a few thousand. A table in
// which new pieces replace older ones where there is no room; bounded, and without influence on the
// result.
//
// The table is small while few pieces were seen and an entry is half a cache line, two of
// which are looked at together, since what counts is how much of it the near caches hold; where
// both are taken, the lines beside it are used too. Pieces of up to 15 bytes with up to four ids
// lie in their entries whole; of others the entry says where in a pool they are.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/huge_pages.h"
#include "tokenizer/token_id.h"

namespace lucie {

class PieceCache {
 public:
  static constexpr std::size_t kLongest = 64;  // bytes of a piece
  // Texts whose pieces are looked up must be followed by this many readable bytes.
  static constexpr std::size_t kPadding = 16;

  // A number of its own for each model, and the cache of this thread, in use for that model until
  // it is asked for again: one a thread, so that short texts need not fill a new one.
  static std::uint64_t new_owner();
  static PieceCache& of_thread(std::uint64_t owner);

  // The bytes, zeros, the length in the last byte; of longer pieces two hashes and the length.
  struct Key {
    std::uint64_t low, high;
    std::uint64_t difference(const Key& other) const {
      return (low ^ other.low) | (high ^ other.high);
    }
  };
  // Where a piece is looked up. Made some pieces ahead, its entry is on the way from memory when it
  // is needed.
  struct Probe {
    Key key;
    std::uint64_t hash;
  };
  // Pieces longer than kLongest are never found.
  Probe probe(std::string_view piece) const {
    Probe result;
    const std::size_t size = piece.size();
    if (size <= kWhole) [[likely]] {
      std::memcpy(&result.key, piece.data(), 16);
      result.key.low &= kMasks[size].low;
      result.key.high = (result.key.high & kMasks[size].high) | std::uint64_t{size} << 56;
    } else {
      result.key = long_key(piece);
    }
    result.hash = hash(result.key);
    __builtin_prefetch(&lines_[result.hash >> shift_]);
    return result;
  }

  // Ids that can be copied four at a time: what lies behind the last is readable.
  struct Ids {
    const TokenId* data;
    std::uint32_t count;  // 0: not remembered
  };
  // Of the piece at `text` that the probe was made of. Valid until the next insert().
  Ids find(const Probe& probe, const char* text) const {
    const std::size_t home = probe.hash >> shift_;
    const Entry* entry = &lines_[home].looks_like(probe.key);
    for (std::size_t step = 1; entry->key.difference(probe.key) != 0; ++step) {
      if (step == kReach || lines_[home ^ (step - 1)].has_room()) return {};
      entry = &lines_[home ^ step].looks_like(probe.key);
    }
    const TokenId last = entry->ids[3];
    if (last == kPooled) [[unlikely]]
      return find_pooled(*entry, text);
    return {entry->ids.data(), last >= 0 ? 4 : static_cast<std::uint32_t>(-last)};
  }
  // Nothing is kept of pieces that are empty, longer than kLongest, or without ids.
  void insert(const Probe& probe, std::string_view piece, std::span<const TokenId> ids);

  // Appends the ids of a piece of any length: those remembered, else what compute() appends.
  template <typename Compute>
  void encode(std::string_view piece, std::vector<TokenId>& out, const Compute& compute) {
    const Probe place = probe(piece);
    const Ids known = find(place, piece.data());
    // Nearly always one or two: a call to copy them costs more than they do.
    for (std::uint32_t i = 0; i < known.count; ++i) out.push_back(known.data[i]);
    if (known.count > 0) return;
    const std::size_t before = out.size();
    compute();
    insert(place, piece, std::span(out).subspan(before));
  }

 private:
  static constexpr std::size_t kWhole = 15;
  static constexpr std::size_t kReach = 4;  // lines that an entry may be in
  static constexpr TokenId kPooled = -4;
  struct Entry {
    Key key{0, 1};  // that of no piece
    // The last: an id; or minus how many there are; or kPooled behind place and number.
    std::array<TokenId, 4> ids{};
    bool is_empty() const { return key.high == 1; }
  };
  struct alignas(64) Line {
    std::array<Entry, 2> entries;  // filled in order
    bool has_room() const { return entries[1].is_empty(); }
    // The only one that may have this key. Which could not be foreseen: no branch.
    const Entry& looks_like(const Key& key) const {
      return entries[entries[1].key.difference(key) == 0 ? 1 : 0];
    }
  };

  static std::uint64_t hash(const Key& key) {
    return key.low * 0x9E3779B97F4A7C15ULL + key.high * 0xD6E8FEB86659FD93ULL;
  }
  static Key long_key(std::string_view piece);
  Ids find_pooled(const Entry& entry, const char* text) const;
  void set_owner(std::uint64_t owner);
  void resize(int bits);
  void put(const Entry& entry);

  static constexpr int kFirstBits = 11, kMostBits = 18;             // 128 KB to 16 MB
  static constexpr std::size_t kMostPooled = std::size_t{1} << 20;  // 4 MB

  // By length: what of the 16 bytes at a piece belongs to it.
  static constexpr auto kMasks = [] {
    std::array<Key, kWhole + 1> masks{};
    for (std::size_t length = 0; length <= kWhole; ++length) {
      for (std::size_t byte = 0; byte < length; ++byte) {
        (byte < 8 ? masks[length].low : masks[length].high) |= std::uint64_t{0xFF}
                                                               << (8 * (byte % 8));
      }
    }
    return masks;
  }();

  std::uint64_t owner_ = 0;
  std::vector<Line, HugePages<Line>> lines_;
  std::vector<TokenId> pool_;  // ids, behind them the bytes of pieces that their keys do not hold
  std::size_t inserted_ = 0;   // since the table has its size
  int shift_ = 64;
};

}  // namespace lucie
