#include "infer/prefix_store.h"

#include <algorithm>

#include "tensor/ops.h"

namespace lucie {

void PrefixStore::keep(std::vector<TokenId> ids, CachedSequence sequence) {
  if (most_ == 0 || ids.empty()) return;
  if (texts_.size() == most_) drop_oldest();
  texts_.push_back({std::move(ids), std::move(sequence)});
}

CachedSequence PrefixStore::begin_of(std::span<const TokenId> text, KvCache& cache) {
  std::size_t longest = 0;
  auto best = texts_.end();
  for (auto it = texts_.begin(); it != texts_.end(); ++it) {
    const auto end = std::mismatch(it->ids.begin(), it->ids.end(), text.begin(), text.end()).first;
    const auto common = static_cast<std::size_t>(end - it->ids.begin());
    if (common >= longest) {  // of equals the newest
      longest = common;
      best = it;
    }
  }
  longest = std::min(longest, text.size() - 1);
  if (best == texts_.end() || longest == 0) return CachedSequence(cache);
  const auto common = static_cast<std::int64_t>(longest);
  if (2 * longest < best->ids.size()) {
    // Most of it may be wanted by others. A page that both go on in would have to be copied.
    return best->sequence.fork(common / kCachePage * kCachePage);
  }
  CachedSequence sequence = std::move(best->sequence);
  texts_.erase(best);
  sequence.truncate(common);
  return sequence;
}

bool PrefixStore::drop_oldest() {
  if (texts_.empty()) return false;
  texts_.erase(texts_.begin());
  return true;
}

}  // namespace lucie
