// The second half of build_suffix_index(): sorted blocks become one order of all suffixes.
#pragma once

#include <functional>
#include <span>

#include "trace/index_blocks.h"

namespace lucie {

class BlockMerge {
 public:
  // Opens the blocks' files, which fit or are kCorrupt. `first`: how many suffixes of the text
  // begin with a token below t, for all t of the vocabulary and one above; it must outlive the
  // merge. `memory`: bytes for what each call of run() looks ahead.
  BlockMerge(const TokenText& text, const std::vector<IndexBlock>& blocks,
             const std::vector<std::uint64_t>& first, std::uint64_t memory);

  using Take = std::function<void(std::span<const std::uint64_t> positions)>;
  // Gives all suffixes whose first token lies in [first, last), in order. May be called from
  // several threads.
  void run(std::int32_t first, std::int32_t last, const Take& take) const;

  struct Block {
    MappedFile file;
    std::uint64_t begin = 0, tokens = 0;
    std::span<const std::uint32_t> order;  // positions less `begin`
    std::uint64_t position(std::uint64_t rank) const;
  };

 private:
  std::uint64_t rank_of(const Block& block, std::int32_t token) const;

  const TokenText* text_;
  const std::vector<std::uint64_t>* first_;
  std::uint64_t memory_;
  std::vector<Block> blocks_;
  int token_bits_;
};

}  // namespace lucie
