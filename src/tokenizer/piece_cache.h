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

  // A number of its own for each model, and the cache of this thread, in use for that model until
  // it is asked for again: one a thread, so that short texts need not fill a new one.
  static std::uint64_t new_owner();
  static PieceCache& of_thread(std::uint64_t owner);

  // Where a piece is looked up. Made some pieces ahead, its entry is on the way from memory when it
  // is needed.
  struct Probe {
    std::array<std::uint64_t, 4> key{};  // the bytes, zeros, the length in the last byte
    std::size_t slot = 0;
  };
  // Of a piece of at most kLongest bytes.
  Probe probe(std::string_view piece) const {
    Probe result;
    std::memcpy(result.key.data(), piece.data(), 32);
    const auto& masks = kMasks[piece.size()];
    for (std::size_t word = 0; word < 4; ++word) result.key[word] &= masks[word];
    result.key[3] |= static_cast<std::uint64_t>(piece.size()) << 56;
    const auto& key = result.key;
    std::uint64_t hash = (key[0] ^ key[3]) * 0x9E3779B97F4A7C15ULL;
    hash ^= (key[1] ^ hash >> 32) * 0xD6E8FEB86659FD93ULL;
    hash = (hash ^ key[2] ^ hash >> 29) * 0x9E3779B97F4A7C15ULL;
    result.slot = hash >> (64 - kBits);
    __builtin_prefetch(&entries_[result.slot]);
    return result;
  }

  // Appends the ids of the piece: those remembered, else what compute() appends.
  template <typename Compute>
  void encode(const Probe& probe, std::vector<TokenId>& out, const Compute& compute) {
    Entry& entry = entries_[probe.slot];
    if (((entry.key[0] ^ probe.key[0]) | (entry.key[1] ^ probe.key[1]) |
         (entry.key[2] ^ probe.key[2]) | (entry.key[3] ^ probe.key[3])) == 0) {
      // Nearly always one or two: a call to copy them costs more than they do.
      for (std::int32_t i = 0; i < entry.count; ++i) {
        out.push_back(entry.ids[static_cast<std::size_t>(i)]);
      }
      return;
    }
    const std::size_t before = out.size();
    compute();
    const std::span<const TokenId> ids = std::span(out).subspan(before);
    if (ids.size() > kMostIds) return;
    entry.key = probe.key;
    entry.count = static_cast<std::int32_t>(ids.size());
    std::memcpy(entry.ids.data(), ids.data(), ids.size_bytes());
  }
  // The same for a piece of any length.
  template <typename Compute>
  void encode(std::string_view piece, std::vector<TokenId>& out, const Compute& compute) {
    if (piece.size() > kLongest) return compute();
    encode(probe(piece), out, compute);
  }

 private:
  struct alignas(64) Entry {
    std::array<std::uint64_t, 4> key{};
    std::array<TokenId, kMostIds> ids{};
    std::int32_t count = 0;
  };

  // Forgets everything if the entries were made by someone else.
  void set_owner(std::uint64_t owner) {
    if (owner == owner_ && !entries_.empty()) return;
    owner_ = owner;
    entries_.assign(std::size_t{1} << kBits, Entry());
  }

  static constexpr int kBits = 16;  // 4 MB: the rare words of several languages too

  // By length: what of the 32 bytes at a piece belongs to it.
  static constexpr auto kMasks = [] {
    std::array<std::array<std::uint64_t, 4>, kLongest + 1> masks{};
    for (std::size_t length = 0; length <= kLongest; ++length) {
      for (std::size_t byte = 0; byte < length; ++byte) {
        masks[length][byte / 8] |= std::uint64_t{0xFF} << (8 * (byte % 8));
      }
    }
    return masks;
  }();

  std::uint64_t owner_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace lucie
