#include "infer/constraint.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::size_t kMostMasks = 256;  // remembered: a megabyte or two

}  // namespace

Constraint::Constraint(std::shared_ptr<const Grammar> grammar,
                       std::shared_ptr<const VocabularyTrie> trie, std::vector<TokenId> stop_ids)
    : trie_(std::move(trie)),
      stop_ids_(std::move(stop_ids)),
      machine_(std::move(grammar)),
      state_(machine_.start()),
      way_(static_cast<std::size_t>(trie_->deepest()) + 1) {}

const TokenMask& Constraint::allowed() {
  if (const auto known = masks_.find(state_); known != masks_.end()) return known->second;
  if (masks_.size() >= kMostMasks) masks_.clear();
  TokenMask mask(trie_->vocabulary(), false);
  way_[0] = state_;
  const std::vector<VocabularyTrie::Node>& nodes = trie_->nodes();
  for (std::size_t i = 0; i < nodes.size();) {
    const VocabularyTrie::Node& node = nodes[i];
    const auto depth = static_cast<std::size_t>(node.depth);
    way_[depth] = machine_.next(way_[depth - 1], node.byte);
    if (way_[depth] == GrammarMachine::kDead) {
      i = static_cast<std::size_t>(node.behind);
      continue;
    }
    for (std::int32_t t = node.first_token; t < node.first_token + node.count; ++t) {
      mask[static_cast<std::size_t>(trie_->tokens()[static_cast<std::size_t>(t)])] = true;
    }
    ++i;
  }
  for (const TokenId id : stop_ids_) {  // one that has bytes would end the text before its time
    if (id >= 0 && static_cast<std::size_t>(id) < mask.size()) {
      mask[static_cast<std::size_t>(id)] = complete();
    }
  }
  if (std::find(mask.begin(), mask.end(), true) == mask.end()) {
    fail(ErrorCode::kInvalidArgument, "no token of the vocabulary goes on as the grammar asks",
         "grammar");
  }
  return masks_[state_] = std::move(mask);
}

void Constraint::accept(TokenId id) {
  for (const char byte : trie_->bytes(id)) {
    state_ = machine_.next(state_, static_cast<std::uint8_t>(byte));
    LUCIE_ASSERT(state_ != GrammarMachine::kDead);
  }
  if (machine_.many()) {
    state_ = machine_.keep_only(state_);
    masks_.clear();
  }
}

}  // namespace lucie
