#include "infer/vocabulary_trie.h"

#include <algorithm>

namespace lucie {

VocabularyTrie::VocabularyTrie(const std::vector<std::string>& tokens) : bytes_(tokens) {
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (!tokens[id].empty()) tokens_.push_back(static_cast<TokenId>(id));
  }
  std::stable_sort(tokens_.begin(), tokens_.end(),
                   [&](TokenId a, TokenId b) { return bytes(a) < bytes(b); });
  std::vector<std::int32_t> open;  // nodes on the way to the last token
  const auto close = [&](std::size_t depth) {
    for (; open.size() > depth; open.pop_back()) {
      nodes_[static_cast<std::size_t>(open.back())].behind =
          static_cast<std::int32_t>(nodes_.size());
    }
  };
  std::string before;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const std::string& token = bytes(tokens_[i]);
    const auto end = std::mismatch(before.begin(), before.end(), token.begin(), token.end()).first;
    const auto common = static_cast<std::size_t>(end - before.begin());
    close(common);
    for (std::size_t depth = common; depth < token.size(); ++depth) {
      open.push_back(static_cast<std::int32_t>(nodes_.size()));
      nodes_.push_back({static_cast<std::uint8_t>(token[depth]),
                        static_cast<std::int32_t>(depth) + 1, 0, static_cast<std::int32_t>(i), 0});
    }
    ++nodes_[static_cast<std::size_t>(open.back())].count;
    deepest_ = std::max(deepest_, static_cast<std::int32_t>(token.size()));
    before = token;
  }
  close(0);
}

}  // namespace lucie
