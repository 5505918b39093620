// Tokens by id and ids by token.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/token_id.h"

namespace lucie {

class Vocabulary {
 public:
  // Ids are below this: room for any published vocabulary, and a bound on what a file can ask for.
  static constexpr std::int64_t kIdLimit = 1 << 21;

  void reserve(std::size_t tokens);
  // An id or a token given twice, or an id out of range: Error{kCorrupt} at `place`.
  void add(std::string token, std::int64_t id, const std::string& place);

  std::optional<TokenId> find(std::string_view token) const;
  bool contains(TokenId id) const { return id >= 0 && id < size() && present_[index(id)]; }
  // Empty for ids that no token has.
  std::string_view token(TokenId id) const;
  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }

 private:
  // Open addressing, at most half full: a file names each token several times, in its merges.
  struct Slot {
    std::uint32_t hash = 0;
    TokenId id = -1;
  };
  static std::uint32_t hash_of(std::string_view token) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(token) >> 16);
  }
  std::size_t slot_of(std::string_view token, std::uint32_t hash) const;
  void rehash(std::size_t slots);
  static std::size_t index(TokenId id) { return static_cast<std::size_t>(id); }

  std::vector<std::string> tokens_;
  std::vector<bool> present_;
  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace lucie
