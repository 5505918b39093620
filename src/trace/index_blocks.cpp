#include "trace/index_blocks.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "base/cancel.h"
#include "base/error.h"
#include "base/text.h"
#include "trace/index_build.h"
#include "trace/suffix_sort.h"

namespace lucie {
namespace {

// Merged at once. Each is a map, of which a process has 65,530 on Linux, and takes some hundred
// bytes on each thread.
constexpr std::size_t kMostBlocks = 4096;

// Calls see(position, tokens) for each document that has tokens.
template <typename See>
void for_each_document(const TokenText& text, std::uint64_t begin, std::uint64_t end, See see) {
  for (std::uint64_t at = begin; at < end;) {
    const std::uint64_t tokens = text.suffix(at).tokens;
    see(at, tokens);
    at += tokens;
  }
}

struct Totals {
  std::uint64_t documents = 0, longest = 0, longest_at = 0;
};

Totals totals_of(const TokenText& text) {
  Totals totals;
  for_each_document(text, 0, text.tokens(), [&](std::uint64_t at, std::uint64_t tokens) {
    ++totals.documents;
    if (tokens <= totals.longest) return;
    totals.longest = tokens;
    totals.longest_at = at;
  });
  return totals;
}

// Symbols of the largest block.
std::uint64_t block_limit(const TokenText& text, const Totals& totals, const IndexMemory& memory,
                          int* threads) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max() - 1;
  const std::uint64_t least = totals.longest + 2;
  const std::uint64_t for_ids = memory.ids * kIndexBytesPerId;
  const std::uint64_t for_longest = least * kIndexBytesPerToken + for_ids;
  if (memory.bytes < for_longest || kMost < least) {
    const TokenText::Place place = text.place_of(totals.longest_at);
    fail(ErrorCode::kInvalidArgument,
         "a document of " + std::to_string(totals.longest) + " tokens takes " +
             human_bytes(static_cast<double>(for_longest)) + " to sort",
         text.name(place.shard) + ", token " + std::to_string(place.token),
         kMost < least ? "at most " + std::to_string(kMost - 2) + " tokens of one can be sorted"
                       : "give it more: --memory");
  }
  *threads = static_cast<int>(std::clamp<std::uint64_t>(memory.bytes / for_longest, 1,
                                                        static_cast<std::uint64_t>(*threads)));
  const std::uint64_t each = memory.bytes / static_cast<std::uint64_t>(*threads);
  return std::min((each - for_ids) / kIndexBytesPerToken, kMost);
}

// The text with an end of its own behind each document, less than all tokens and in the order of
// the documents, so that nothing is compared beyond it; 0 at the end.
std::vector<std::int32_t> symbols_of(const TokenText& text, const IndexBlock& block) {
  std::vector<std::int32_t> symbols;
  symbols.reserve(block.symbols());
  const auto shift = static_cast<std::int32_t>(block.documents) + 1;
  std::int32_t document = 0;
  for_each_document(text, block.begin, block.end, [&](std::uint64_t at, std::uint64_t tokens) {
    const std::byte* data = text.data(at);
    for (std::uint64_t i = 0; i < tokens; ++i) symbols.push_back(text.token_at(data, i) + shift);
    symbols.push_back(++document);
  });
  symbols.push_back(0);
  return symbols;
}

}  // namespace

std::vector<IndexBlock> plan_blocks(const TokenText& text, const fs::path& folder,
                                    const IndexMemory& memory, int* threads) {
  const Totals totals = totals_of(text);
  const std::uint64_t limit = block_limit(text, totals, memory, threads);
  // As many blocks as keep all threads at work to the end, all about as large.
  const auto together = static_cast<std::uint64_t>(*threads);
  const std::uint64_t all = text.tokens() + totals.documents;
  const std::uint64_t rounds = all / (limit * together) + 1;
  const std::uint64_t wanted = std::min(all / (rounds * together) + 1, limit);
  std::vector<IndexBlock> blocks;
  IndexBlock block;
  const auto end_block = [&] {
    if (block.documents == 0) return;
    block.file = folder / (std::to_string(block.begin) + "-" + std::to_string(block.end));
    blocks.push_back(block);
    block = {block.end, block.end, 0, {}};
  };
  for_each_document(text, 0, text.tokens(), [&](std::uint64_t at, std::uint64_t tokens) {
    if (block.symbols() + tokens + 1 > limit) end_block();
    block.end = at + tokens;
    ++block.documents;
    if (block.symbols() > wanted) end_block();
  });
  end_block();
  if (blocks.size() > kMostBlocks) {
    fail(ErrorCode::kInvalidArgument,
         "the index would be merged of " + std::to_string(blocks.size()) + " parts",
         folder.string(),
         "at most " + std::to_string(kMostBlocks) + " are opened at once; give it more: --memory");
  }
  return blocks;
}

void sort_block(const TokenText& text, const IndexBlock& block) {
  std::vector<std::int32_t> symbols = symbols_of(text, block);
  const std::int32_t most = *std::max_element(symbols.begin(), symbols.end());
  std::vector<std::int32_t> order(symbols.size());
  sort_suffixes(symbols, order, most + 1);
  check_cancelled();
  // What is sorted counts the ends of documents too; the symbols make room for positions.
  const auto shift = static_cast<std::int32_t>(block.documents) + 1;
  std::int32_t position = 0;
  for (std::int32_t& symbol : symbols) symbol = symbol >= shift ? position++ : -1;
  AtomicFile file(block.file);
  constexpr std::size_t kPiece = 65536;
  std::vector<std::int32_t> piece;
  piece.reserve(std::min(kPiece, order.size()));
  for (std::size_t i = static_cast<std::size_t>(shift); i < order.size(); ++i) {
    piece.push_back(symbols[static_cast<std::size_t>(order[i])]);
    if (piece.size() == kPiece || i + 1 == order.size()) {
      file.write(std::as_bytes(std::span<const std::int32_t>(piece)));
      piece.clear();
    }
  }
  file.commit();
}

}  // namespace lucie
