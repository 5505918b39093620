// How the documents of a shard become sequences of S tokens.
//
//   concatenate        one stream, cut at every S tokens, wherever documents end;
//   best-fit           documents stay whole: best-fit decreasing (Ding et al. 2024, Fewer
//                      Truncations Improve Language Modeling, section 3). One longer than S is cut
//                      into pieces of S, and what is left of it is packed like a document;
//   one-per-sequence   cut likewise, but no two share a sequence.
//
// The last two pad their sequences. The sequences are a function of the lengths and S alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "formats/indexed_dataset.h"

namespace lucie {

enum class Packing { kConcatenate, kBestFit, kOnePerSequence };

Packing packing_from_json(const Json& name);  // an unknown one is kInvalidArgument
const char* packing_name(Packing packing);

// Tokens [begin, begin + length) of a shard, of one document.
struct Piece {
  std::uint64_t begin = 0;
  std::uint32_t length = 0;
};

struct SequencePart {  // of a range of tokens
  std::uint64_t sequence = 0, tokens = 0;
};

// Sequences of a stream of so many tokens, of which neighbours share one token.
std::uint64_t windows_in(std::uint64_t tokens, std::int64_t sequence_length);

// The bin of each item: longest first (of equals the first), each into the fullest open bin that
// takes it, else into a new one. No length is above `capacity`.
std::vector<std::uint32_t> fit_best(std::span<const std::uint32_t> lengths, std::uint32_t capacity);

class SequencePlan {
 public:
  // Pieces are fitted so many at a time, in the order of the shard: memory for the search is
  // bounded, and neighbours in a sequence are drawn from a stretch of the shuffled documents.
  static constexpr std::size_t kBuffer = 100'000;

  SequencePlan(const IndexedDataset& tokens, std::int64_t sequence_length, Packing packing,
               std::size_t buffer = kBuffer);

  std::uint64_t size() const { return sequences_; }
  // In order; without gaps from the sequence's first token on. Of a stream S + 1 tokens: the last
  // one is a target only.
  std::vector<Piece> at(std::uint64_t sequence) const;
  // The way back: the sequences, in order, that hold some of tokens [begin, end) of the shard.
  std::vector<SequencePart> holding(std::uint64_t begin, std::uint64_t end) const;
  std::uint64_t padding() const { return padding_; }  // tokens that are none, in all sequences
  std::uint64_t split_documents() const { return split_; }  // longer than S; 0 for a stream

 private:
  void pack(const std::vector<Piece>& pieces);

  const IndexedDataset* tokens_;
  std::uint64_t length_;  // S
  Packing packing_;
  std::uint64_t sequences_ = 0, padding_ = 0, split_ = 0;
  std::vector<Piece> pieces_;         // by sequence; none of a stream
  std::vector<std::uint64_t> first_;  // piece of each sequence, and behind the last
};

}  // namespace lucie
