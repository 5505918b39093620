#include "tokenizer/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/error.h"

namespace lucie {

void Vocabulary::reserve(std::size_t tokens) {
  tokens = std::min(tokens, static_cast<std::size_t>(kIdLimit));
  tokens_.reserve(tokens);
  rehash(std::bit_ceil(std::max(2 * tokens, slots_.size())));
}

void Vocabulary::add(std::string token, std::int64_t id, const std::string& place) {
  if (id < 0 || id >= kIdLimit) {
    fail(ErrorCode::kCorrupt, fmt::format("token id {} is out of range", id), place);
  }
  const auto at = static_cast<std::size_t>(id);
  if (at >= tokens_.size()) {
    tokens_.resize(at + 1);
    present_.resize(at + 1);
  }
  if (present_[at]) {
    fail(ErrorCode::kCorrupt,
         fmt::format("token id {} is given to both '{}' and '{}'", id, tokens_[at], token), place);
  }
  if (2 * (count_ + 1) > slots_.size()) rehash(std::max<std::size_t>(64, 2 * slots_.size()));
  const std::uint32_t hash = hash_of(token);
  Slot& slot = slots_[slot_of(token, hash)];
  if (slot.id >= 0) fail(ErrorCode::kCorrupt, fmt::format("token '{}' has two ids", token), place);
  slot = {hash, static_cast<TokenId>(id)};
  ++count_;
  tokens_[at] = std::move(token);
  present_[at] = true;
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
  if (slots_.empty()) return std::nullopt;
  const TokenId id = slots_[slot_of(token, hash_of(token))].id;
  return id < 0 ? std::nullopt : std::optional(id);
}

// Of the token, or the free one where it belongs.
std::size_t Vocabulary::slot_of(std::string_view token, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].id >= 0 &&
         (slots_[at].hash != hash || tokens_[index(slots_[at].id)] != token)) {
    at = (at + 1) & mask;
  }
  return at;
}

// `slots`: a power of two.
void Vocabulary::rehash(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id < 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].id >= 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

std::string_view Vocabulary::token(TokenId id) const {
  return contains(id) ? std::string_view(tokens_[index(id)]) : std::string_view();
}

}  // namespace lucie
