// fastText's supervised models, .bin and the quantized .ftz (Joulin et al. 2016, "Bag of tricks for
// efficient text classification"; "FastText.zip" for the quantized ones): read and asked, not
// trained. lid.176 and GlotLID, which tell languages, are such files.
//
// A text is the mean of the rows of its words, of their character n-grams (hashed with FNV-1a) and
// of its word n-grams; labels are scored by a softmax, a Huffman tree, or one by one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"

namespace lucie {

class FastTextModel {
 public:
  // No supervised model of fastText's version 11 or 12: Error{kUnsupported}. Cut short, or with
  // sizes that do not fit the file: Error{kCorrupt}. The file stays mapped.
  explicit FastTextModel(const fs::path& path);

  struct Guess {
    std::string_view label;  // without "__label__"; lives as long as the model
    double probability = 0;
  };
  // Labels by falling probability, at most `most`. Line feeds count as spaces. Nothing known in the
  // text: empty.
  std::vector<Guess> predict(std::string_view text, std::size_t most = 1) const;
  double probability_of(std::string_view label, std::string_view text) const;
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  enum class Loss { kTree = 1, kSampling = 2, kSoftmax = 3, kOneByOne = 4 };
  struct Codebook {  // product quantizer: vectors of `width` cut into parts of 256 choices each
    std::int32_t width = 0, parts = 0, part_width = 0, last_width = 0;
    std::span<const std::byte> centroids;
    void add(std::span<const std::byte> codes, float factor, std::span<float> sum) const;
  };
  struct Matrix {
    std::int64_t rows = 0, columns = 0;
    bool quantized = false, has_norms = false;
    std::span<const std::byte> values;  // f32, or codes
    Codebook codebook, norm_codebook;
    std::span<const std::byte> norm_codes;
    void add_row(std::int64_t row, std::span<float> sum) const;
    double dot_row(std::int64_t row, std::span<const float> vector) const;
  };
  struct Branch {
    std::int32_t left = -1, right = -1;
    std::int64_t count = 0;
  };
  class File;

  void read_settings(File& file);
  void read_dictionary(File& file);
  Matrix read_matrix(File& file, bool quantized) const;
  Codebook read_codebook(File& file) const;
  void build_tree(const std::vector<std::int64_t>& counts);

  std::vector<std::int64_t> rows_of(std::string_view text) const;
  void add_word(std::string_view word, std::vector<std::int64_t>* rows) const;
  void add_character_ngrams(std::string_view word, std::vector<std::int64_t>* rows) const;
  void add_bucket(std::uint64_t hash, std::vector<std::int64_t>* rows) const;
  std::vector<double> scores(std::span<const float> hidden) const;
  std::vector<double> probabilities(std::string_view text) const;  // by label; empty: nothing known

  MappedFile file_;
  std::int32_t width_ = 0, word_ngrams_ = 1, shortest_ = 0, longest_ = 0, buckets_ = 0;
  std::uint32_t version_ = 0;
  Loss loss_ = Loss::kSoftmax;
  std::unordered_map<std::string, std::int32_t> words_;
  std::vector<std::string> labels_;
  bool pruned_ = false;
  std::unordered_map<std::int32_t, std::int32_t> kept_buckets_;  // when pruned
  Matrix input_, output_;
  std::vector<Branch> tree_;  // leaves first, in the order of the labels; the root last
};

}  // namespace lucie
