#include "tokenizer/vocabulary.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lucie {

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
  if (!ids_.emplace(token, static_cast<TokenId>(id)).second) {
    fail(ErrorCode::kCorrupt, fmt::format("token '{}' has two ids", token), place);
  }
  tokens_[at] = std::move(token);
  present_[at] = true;
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::string_view Vocabulary::token(TokenId id) const {
  return contains(id) ? std::string_view(tokens_[index(id)]) : std::string_view();
}

}  // namespace lucie
