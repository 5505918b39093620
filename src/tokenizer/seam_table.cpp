#include "tokenizer/seam_table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace lucie {
namespace {

// First symbols that a token can start or end with, as far as its text tells. Taking too many only
// costs seams. Written out, a first symbol is one character, or <0xXX>, or the unknown token.
class EdgeFinder {
 public:
  EdgeFinder(const Vocabulary& vocabulary, std::span<const TokenId> first)
      : vocabulary_(vocabulary), is_first_(static_cast<std::size_t>(vocabulary.size())) {
    for (const TokenId id : first) {
      is_first_[static_cast<std::size_t>(id)] = true;
      const std::size_t length = vocabulary.token(id).size();
      if (length > 0) lengths_.push_back(length);
    }
    std::sort(lengths_.begin(), lengths_.end());
    lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
  }

  void add_starts(std::string_view token, std::vector<TokenId>& out) const {
    for (const std::size_t n : lengths_) {
      if (n <= token.size()) look_up(token.substr(0, n), out);
    }
  }
  void add_ends(std::string_view token, std::vector<TokenId>& out) const {
    for (const std::size_t n : lengths_) {
      if (n <= token.size()) look_up(token.substr(token.size() - n), out);
    }
  }

 private:
  void look_up(std::string_view text, std::vector<TokenId>& out) const {
    const auto id = vocabulary_.find(text);
    if (id && is_first_[static_cast<std::size_t>(*id)]) out.push_back(*id);
  }
  const Vocabulary& vocabulary_;
  std::vector<bool> is_first_;
  std::vector<std::size_t> lengths_;
};

// First symbols that some merge can bring beside each other.
std::vector<std::pair<TokenId, TokenId>> joined_pairs(const Vocabulary& vocabulary,
                                                      std::span<const Merge> merges,
                                                      std::span<const TokenId> first) {
  const EdgeFinder edges(vocabulary, first);
  std::vector<std::pair<TokenId, TokenId>> pairs;
  pairs.reserve(merges.size());
  std::vector<TokenId> ends, starts;
  for (const Merge& merge : merges) {
    ends.clear();
    starts.clear();
    edges.add_ends(vocabulary.token(merge.left), ends);
    edges.add_starts(vocabulary.token(merge.right), starts);
    for (const TokenId left : ends) {
      for (const TokenId right : starts) pairs.emplace_back(left, right);
    }
  }
  return pairs;
}

}  // namespace

SeamTable::SeamTable(const Vocabulary& vocabulary, std::span<const Merge> merges,
                     std::span<const TokenId> first)
    : classes_(static_cast<std::size_t>(vocabulary.size()), 0) {
  const std::vector<std::pair<TokenId, TokenId>> pairs = joined_pairs(vocabulary, merges, first);
  std::vector<bool> used(classes_.size());
  for (const auto& [left, right] : pairs) {
    used[static_cast<std::size_t>(left)] = used[static_cast<std::size_t>(right)] = true;
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
  for (const auto& [left, right] : pairs) join(class_of(left), class_of(right));
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
