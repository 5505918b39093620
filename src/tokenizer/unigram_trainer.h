// Unigram training (Kudo, 2018, arXiv:1804.10959), step by step as in Hugging Face's
// UnigramTrainer, which follows SentencePiece: seeds are the substrings that are frequent in the
// words; rounds of EM give them scores, and between rounds those whose loss costs least are
// dropped, until few enough are left. Internal to the trainers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/unigram_trie.h"
#include "tokenizer/word_counts.h"

namespace lucie {
class ThreadPool;
}

namespace lucie::training {

// Words with their counts, in order, without the characters that are not of the alphabet: words are
// cut there.
class WordList {
 public:
  WordList(const WordCounts& words, std::vector<char32_t> alphabet);

  std::size_t size() const { return counts_.size(); }
  std::string_view text(std::size_t word) const {
    return {&arena_[offsets_[word]], offsets_[word + 1] - offsets_[word]};
  }
  std::uint64_t count(std::size_t word) const { return counts_[word]; }
  const std::vector<char32_t>& alphabet() const { return alphabet_; }  // by code point

 private:
  void add(std::string_view text, std::uint64_t count);
  std::vector<char32_t> alphabet_;
  std::string arena_;
  std::vector<std::uint64_t> offsets_ = {0};
  std::vector<std::uint64_t> counts_;
};

// The first piece is the unknown one: no text, no score.
// Characters by falling frequency, then substrings of 2 to 16 characters by falling frequency times
// length: those followed by at least two different characters (a word's end is one), as a suffix
// tree has them as nodes. Words count once here, however frequent.
std::vector<Piece> seed_pieces(const WordList& words, std::size_t limit);

// One state of training.
class UnigramEm {
 public:
  UnigramEm(const WordList& words, std::vector<Piece> pieces, ThreadPool& pool);

  // Expected counts of all pieces over all segmentations, then scores from them; pieces expected
  // less than half a time go.
  void iterate();
  // Drops the pieces without which the text costs least, down to `size` pieces.
  void prune(std::size_t size);
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<double> expected_counts() const;
  std::vector<std::uint64_t> viterbi_counts() const;

  const WordList* words_;
  ThreadPool* pool_;
  std::vector<Piece> pieces_;
  PieceTrie trie_;
};

}  // namespace lucie::training
