#include "tokenizer/piece_cache.h"

#include <atomic>

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

}  // namespace lucie
