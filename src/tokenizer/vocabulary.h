// Tokens by id and ids by token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/token_id.h"

namespace lucie {

class Vocabulary {
 public:
  // Ids are below this: room for any published vocabulary, and a bound on what a file can ask for.
  static constexpr std::int64_t kIdLimit = 1 << 21;

  // An id or a token given twice, or an id out of range: Error{kCorrupt} at `place`.
  void add(std::string token, std::int64_t id, const std::string& place);

  std::optional<TokenId> find(std::string_view token) const;
  bool contains(TokenId id) const { return id >= 0 && id < size() && present_[index(id)]; }
  // Empty for ids that no token has.
  std::string_view token(TokenId id) const;
  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  static std::size_t index(TokenId id) { return static_cast<std::size_t>(id); }

  std::vector<std::string> tokens_;
  std::vector<bool> present_;
  std::unordered_map<std::string, TokenId, Hash, std::equal_to<>> ids_;
};

}  // namespace lucie
