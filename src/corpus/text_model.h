// What text of a language looks like: an n-gram model over bytes and the words of the language,
// trained on text that is known to be good, in one mapped file (docs/formats/text-model.md).
//
// Its perplexity tells running text from lists, noise and scanning errors, as CCNet's does (Wenzek
// et al. 2020, section 3.4), and the share of known words how well a page was scanned. Ours is of
// bytes: no word is out of the vocabulary, and a file of some 20 MB serves a language.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "corpus/ngram.h"

namespace lucie {

class TextModel {
 public:
  static constexpr std::size_t kMaxOrder = 5;  // 40 bits of a slot are an n-gram, 24 its weights

  // A file that is not whole, or no text model: Error{kCorrupt}.
  explicit TextModel(const fs::path& path);
  // One that stands in memory, as TextModelTrainer makes it.
  explicit TextModel(std::vector<std::uint64_t> image);

  struct Reading {
    double bits = 0;             // of information in the text, seen by the model
    std::uint64_t words = 0;     // runs between white space
    std::uint64_t lettered = 0;  // words of letters, as quality/text_scan.h cuts them
    std::uint64_t known = 0;     // of these, those that the model knows
    double perplexity() const;   // of a word: 2 ^ (bits / words); 1 for no words
    double known_share() const;  // 1 for no lettered words
  };
  Reading read(std::string_view text) const;  // valid UTF-8

  const std::string& language() const { return language_; }
  // Perplexities below which a third, and two thirds, of good texts lie that the model was not
  // trained on: CCNet's head and middle.
  double head() const { return head_; }
  double middle() const { return middle_; }

 private:
  struct Weights {
    bool found = false;
    double bits = 0, backoff = 0;
  };
  Weights find(std::size_t length, std::uint64_t key) const;
  bool knows(std::uint64_t word) const;
  double bits_of(std::string_view text) const;

  void open(std::span<const std::uint64_t> whole, const std::string& place);

  std::optional<MappedFile> file_;  // or image_
  std::vector<std::uint64_t> image_;
  std::string language_;
  std::size_t order_ = 0;
  double head_ = 0, middle_ = 0, unseen_bits_ = 0;
  std::array<std::span<const std::uint64_t>, kMaxOrder> tables_;  // by length - 1
  std::span<const std::uint64_t> words_;
};

class TextModelTrainer {
 public:
  TextModelTrainer(std::string language, int order = 5);
  // Every 20th document is kept apart, for head() and middle(). Once kMaxBytes are reached, more is
  // not taken; false says so. Training takes some 20 bytes of memory a byte of text.
  bool add(std::string_view document);  // valid UTF-8
  // No text at all: Error{kInvalidArgument}.
  void write(const fs::path& path);

  static constexpr std::uint64_t kMaxBytes = 64'000'000;

 private:
  std::vector<std::uint64_t> make_image() const;

  std::string language_;
  int order_;
  SymbolText text_;
  std::uint64_t documents_ = 0, bytes_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> word_counts_;
  std::vector<std::string> apart_;
};

}  // namespace lucie
