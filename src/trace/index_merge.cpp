#include "trace/index_merge.h"

#include <algorithm>
#include <bit>
#include <compare>

#include "base/cancel.h"
#include "base/error.h"

namespace lucie {
namespace {

using Block = BlockMerge::Block;

// Suffixes of a block looked up at once, so that waits overlap.
constexpr std::uint64_t kMostAhead = 256;
constexpr std::size_t kTaken = 16384;

// A suffix with the start of its text: two words of as many tokens (plus 1; 0 at the end) as fit.
struct Head {
  std::uint64_t high = 0, low = 0;
  TokenText::Suffix suffix;
  std::uint64_t position = 0;
};

class Heads {
 public:
  Heads(const TokenText& text, int token_bits)
      : text_(&text), bits_(token_bits), tokens_(64 / static_cast<std::uint64_t>(token_bits)) {}

  Head of(std::uint64_t position) const {
    Head head{0, 0, text_->suffix(position), position};
    head.high = word(head.suffix, 0);
    head.low = word(head.suffix, tokens_);
    return head;
  }

  std::strong_ordering compare(const Head& a, const Head& b) const {
    if (const auto order = a.high <=> b.high; order != 0) return order;
    if (const auto order = a.low <=> b.low; order != 0) return order;
    // Equal so far: both have ended, or neither has.
    const std::uint64_t most = std::min(a.suffix.tokens, b.suffix.tokens);
    if (most < 2 * tokens_) return std::strong_ordering::equal;
    const std::uint64_t common = text_->common(a.suffix.data, b.suffix.data, most);
    if (common == most) return a.suffix.tokens <=> b.suffix.tokens;
    return text_->token_at(a.suffix.data, common) <=> text_->token_at(b.suffix.data, common);
  }

 private:
  std::uint64_t word(TokenText::Suffix suffix, std::uint64_t from) const {
    std::uint64_t word = 0;
    for (std::uint64_t i = from; i < from + tokens_; ++i) {
      word <<= bits_;
      if (i < suffix.tokens)
        word |= static_cast<std::uint64_t>(text_->token_at(suffix.data, i)) + 1;
    }
    return word;
  }

  const TokenText* text_;
  int bits_;
  std::uint64_t tokens_;  // of a word
};

// Part of a block's order, read from front to end.
class Cursor {
 public:
  // `ahead`: how many are read at once.
  Cursor(const TokenText& text, const Block& block, std::uint64_t begin, std::uint64_t end,
         std::uint64_t ahead)
      : text_(&text), block_(&block), next_(begin), end_(end), ahead_(ahead) {}

  bool ended() const { return at_ == heads_.size(); }
  const Head& head() const { return heads_[at_]; }
  void advance(const Heads& heads) {
    if (++at_ >= heads_.size()) refill(heads);
  }
  void refill(const Heads& heads) {
    const std::uint64_t count = std::min(ahead_, end_ - next_);
    for (std::uint64_t i = 0; i < count; ++i) {
      __builtin_prefetch(text_->data(block_->position(next_ + i)));
    }
    heads_.clear();
    heads_.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i)
      heads_.push_back(heads.of(block_->position(next_ + i)));
    block_->file.release(std::as_bytes(block_->order.subspan(next_, count)));
    next_ += count;
    at_ = 0;
  }

 private:
  const TokenText* text_;
  const Block* block_;
  std::uint64_t next_, end_, ahead_;
  std::vector<Head> heads_;
  std::size_t at_ = 0;
};

// A tree of losers (Knuth, The Art of Computer Programming 3, 5.4.1): one comparison for each
// level.
class LoserTree {
 public:
  LoserTree(const Heads& heads, std::vector<Cursor> cursors)
      : heads_(&heads), cursors_(std::move(cursors)), losers_(cursors_.size()) {
    for (Cursor& cursor : cursors_) cursor.refill(heads);
    winner_ = cursors_.size() == 1 ? 0 : play(1);
  }

  bool ended() const { return cursors_[winner_].ended(); }
  std::uint64_t position() const { return cursors_[winner_].head().position; }
  void advance() {
    cursors_[winner_].advance(*heads_);
    for (std::size_t node = (winner_ + cursors_.size()) / 2; node > 0; node /= 2) {
      if (is_before(losers_[node], winner_)) std::swap(losers_[node], winner_);
    }
  }

 private:
  // Of equal suffixes the one of the earlier block stands earlier in the text.
  bool is_before(std::size_t a, std::size_t b) const {
    if (cursors_[a].ended() || cursors_[b].ended()) return !cursors_[a].ended();
    const auto order = heads_->compare(cursors_[a].head(), cursors_[b].head());
    return order == 0 ? a < b : order < 0;
  }
  // Leaf i is node cursors + i. The depth is the logarithm of the number of blocks.
  std::size_t play(std::size_t node) {
    if (node >= cursors_.size()) return node - cursors_.size();
    const std::size_t left = play(2 * node), right = play(2 * node + 1);
    const bool is_left = is_before(left, right);
    losers_[node] = is_left ? right : left;
    return is_left ? left : right;
  }

  const Heads* heads_;
  std::vector<Cursor> cursors_;
  std::vector<std::size_t> losers_;
  std::size_t winner_ = 0;
};

}  // namespace

std::uint64_t BlockMerge::Block::position(std::uint64_t rank) const {
  if (order[rank] >= tokens) {
    fail(ErrorCode::kCorrupt, "a pointer leads out of the block", file.path().string(),
         "delete the file; it is made again");
  }
  return begin + order[rank];
}

BlockMerge::BlockMerge(const TokenText& text, const std::vector<IndexBlock>& blocks,
                       const std::vector<std::uint64_t>& first, std::uint64_t memory)
    : text_(&text),
      first_(&first),
      memory_(memory),
      token_bits_(static_cast<int>(std::bit_width(first.size() - 1))) {
  for (const IndexBlock& block : blocks) {
    Block open{MappedFile(block.file), block.begin, block.end - block.begin, {}};
    const auto bytes = open.file.bytes();
    if (bytes.size() != open.tokens * sizeof(std::uint32_t)) {
      fail(ErrorCode::kCorrupt, "not the suffixes of this block", block.file.string(),
           "delete the file; it is made again");
    }
    open.order = {reinterpret_cast<const std::uint32_t*>(bytes.data()), open.tokens};
    blocks_.push_back(std::move(open));
  }
}

std::uint64_t BlockMerge::rank_of(const Block& block, std::int32_t token) const {
  const auto ranks = std::partition_point(
      block.order.begin(), block.order.end(), [&](const std::uint32_t& pointer) {
        const auto rank = static_cast<std::uint64_t>(&pointer - block.order.data());
        return text_->token(block.position(rank)) < token;
      });
  return static_cast<std::uint64_t>(ranks - block.order.begin());
}

void BlockMerge::run(std::int32_t first, std::int32_t last, const Take& take) const {
  const Heads heads(*text_, token_bits_);
  const std::uint64_t ahead =
      std::clamp<std::uint64_t>(memory_ / (blocks_.size() * sizeof(Head)), 1, kMostAhead);
  std::vector<Cursor> cursors;
  std::uint64_t found = 0;
  for (const Block& block : blocks_) {
    const std::uint64_t begin = rank_of(block, first), end = rank_of(block, last);
    cursors.emplace_back(*text_, block, begin, end, ahead);
    found += end - begin;
  }
  const auto rank = [&](std::int32_t token) { return (*first_)[static_cast<std::size_t>(token)]; };
  if (found != rank(last) - rank(first)) {
    fail(ErrorCode::kCorrupt, "the sorted blocks are not of these tokens",
         blocks_.front().file.path().parent_path().string(), "delete the folder; it is made again");
  }
  std::vector<std::uint64_t> positions;
  positions.reserve(kTaken);
  for (LoserTree tree(heads, std::move(cursors)); !tree.ended(); tree.advance()) {
    positions.push_back(tree.position());
    if (positions.size() < kTaken) continue;
    check_cancelled();
    take(positions);
    positions.clear();
  }
  if (!positions.empty()) take(positions);
}

}  // namespace lucie
