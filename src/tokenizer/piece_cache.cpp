#include "tokenizer/piece_cache.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace lucie {

std::uint64_t PieceCache::new_owner() {
  static std::atomic<std::uint64_t> next{1};
  return next++;
}

PieceCache& PieceCache::of_thread(std::uint64_t owner) {
  thread_local PieceCache cache;
  cache.set_owner(owner);
  return cache;
}

// Forgets everything if the entries were made by someone else.
void PieceCache::set_owner(std::uint64_t owner) {
  if (owner == owner_) return;
  owner_ = owner;
  lines_ = {};
  pool_ = {};
  resize(kFirstBits);
}

void PieceCache::resize(int bits) {
  const auto old = std::exchange(lines_, decltype(lines_)(std::size_t{1} << bits));
  shift_ = 64 - bits;
  inserted_ = 0;
  for (const Line& line : old) {
    for (const Entry& entry : line.entries) {
      if (!entry.is_empty()) put(entry);
    }
  }
}

void PieceCache::put(const Entry& entry) {
  const std::size_t home = hash(entry.key) >> shift_;
  for (std::size_t step = 0; step < kReach; ++step) {
    for (Entry& free : lines_[home ^ step].entries) {
      if (free.is_empty()) {
        free = entry;
        return;
      }
    }
  }
  lines_[home].entries[inserted_ % 2] = entry;
}

PieceCache::Key PieceCache::long_key(std::string_view piece) {
  Key key{};
  if (piece.size() > kLongest) return key;  // that of the empty piece, which is not kept either
  for (std::size_t at = 0; at < piece.size(); at += 8) {
    const std::size_t left = piece.size() - at;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, piece.data() + at, 8);
    if (left < 8) bytes &= kMasks[left].low;
    key.low = (std::rotl(key.low, 29) ^ bytes) * 0x9E3779B97F4A7C15ULL;
    key.high = (std::rotl(key.high, 23) ^ bytes) * 0xD6E8FEB86659FD93ULL;
  }
  key.high = key.high >> 8 | std::uint64_t{piece.size()} << 56;
  return key;
}

PieceCache::Ids PieceCache::find_pooled(const Entry& entry, const char* text) const {
  const TokenId* const ids = pool_.data() + entry.ids[0];
  const auto count = static_cast<std::uint32_t>(entry.ids[1]);
  const std::size_t size = entry.key.high >> 56;
  if (size > kWhole && std::memcmp(ids + count, text, size) != 0) return {};
  return {ids, count};
}

void PieceCache::insert(const Probe& probe, std::string_view piece, std::span<const TokenId> ids) {
  if (piece.empty() || piece.size() > kLongest || ids.empty()) return;
  if (++inserted_ > lines_.size() && shift_ > 64 - kMostBits) {
    resize(std::min(64 - shift_ + 2, kMostBits));
  }
  Entry entry{probe.key, {}};
  if (piece.size() <= kWhole && ids.size() <= 4) {
    if (ids.size() < 4) entry.ids[3] = -static_cast<TokenId>(ids.size());
    std::memcpy(entry.ids.data(), ids.data(), ids.size_bytes());
  } else {
    const std::size_t text = piece.size() > kWhole ? (piece.size() + 3) / 4 : 0;
    if (pool_.size() + ids.size() + text > kMostPooled) {
      lines_.assign(lines_.size(), Line());
      pool_.clear();
    }
    entry.ids = {static_cast<TokenId>(pool_.size()), static_cast<TokenId>(ids.size()), 0, kPooled};
    pool_.insert(pool_.end(), ids.begin(), ids.end());
    pool_.resize(pool_.size() + std::max<std::size_t>(text, 4));
    std::memcpy(pool_.data() + entry.ids[0] + ids.size(), piece.data(),
                text == 0 ? 0 : piece.size());
  }
  put(entry);
}

}  // namespace lucie
