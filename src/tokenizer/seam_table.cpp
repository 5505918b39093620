#include "tokenizer/seam_table.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/error.h"

namespace lucie {
namespace {

// First symbols that a token can start or end with, as far as its text tells. Taking too many only
// costs seams. Written out, a first symbol is one character, or <0xXX>, or the unknown token.
class EdgeFinder {
 public:
  EdgeFinder(const Vocabulary& vocabulary, std::span<const TokenId> first) {
    for (const TokenId id : first) {
      const std::string_view text = vocabulary.token(id);
      ids_.emplace(text, id);
      if (!text.empty()) lengths_.push_back(text.size());
    }
    std::sort(lengths_.begin(), lengths_.end());
    lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
  }

  template <typename Use>
  void starts(std::string_view token, const Use& use) const {
    for (const std::size_t n : lengths_) {
      if (n <= token.size()) look_up(token.substr(0, n), use);
    }
  }
  template <typename Use>
  void ends(std::string_view token, const Use& use) const {
    for (const std::size_t n : lengths_) {
      if (n <= token.size()) look_up(token.substr(token.size() - n), use);
    }
  }

 private:
  template <typename Use>
  void look_up(std::string_view text, const Use& use) const {
    const auto found = ids_.find(text);
    if (found != ids_.end()) use(found->second);
  }
  std::unordered_map<std::string_view, TokenId> ids_;
  std::vector<std::size_t> lengths_;
};

}  // namespace

SeamTable::SeamTable(const Vocabulary& vocabulary, std::span<const Merge> merges,
                     std::span<const TokenId> first)
    : classes_(static_cast<std::size_t>(vocabulary.size()), 0) {
  const EdgeFinder edges(vocabulary, first);
  std::vector<bool> used(classes_.size());
  const auto mark = [&](TokenId id) { used[static_cast<std::size_t>(id)] = true; };
  for (const Merge& merge : merges) {
    edges.ends(vocabulary.token(merge.left), mark);
    edges.starts(vocabulary.token(merge.right), mark);
  }
  bool overflow = false;
  for (std::size_t id = 0; id < used.size(); ++id) {
    if (!used[id]) continue;
    overflow = count_ > kMostClasses;
    classes_[id] = static_cast<Class>(overflow ? count_ : count_++);
  }
  const auto shared = static_cast<Class>(count_);
  if (overflow) ++count_;
  words_ = (count_ + 1 + 63) / 64;  // one class more may be added
  bits_.resize((count_ + 1) * words_);
  for (const Merge& merge : merges) {
    edges.ends(vocabulary.token(merge.left), [&](TokenId left) {
      edges.starts(vocabulary.token(merge.right),
                   [&](TokenId right) { join(class_of(left), class_of(right)); });
    });
  }
  for (Class c = 0; overflow && c < count_; ++c) {
    join(c, shared);
    join(shared, c);
  }
}

SeamTable::Class SeamTable::add_class(std::span<const TokenId> members) {
  LUCIE_ASSERT((count_ + 1) * words_ <= bits_.size());
  const auto added = static_cast<Class>(count_++);
  for (Class other = 0; other < added; ++other) {
    bool before = members.empty(), after = members.empty();
    for (const TokenId id : members) {
      before = before || joins(other, class_of(id));
      after = after || joins(class_of(id), other);
    }
    if (before) join(other, added);
    if (after) join(added, other);
  }
  bool itself = members.empty();
  for (const TokenId left : members) {
    for (const TokenId right : members) itself = itself || joins(class_of(left), class_of(right));
  }
  if (itself) join(added, added);
  return added;
}

}  // namespace lucie
