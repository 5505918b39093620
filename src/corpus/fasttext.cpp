#include "corpus/fasttext.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace lucie {

namespace {

constexpr std::string_view kEndOfLine = "</s>", kLabelPrefix = "__label__";

// FNV-1a over signed bytes, as fastText has it: bytes above 127 are extended by their sign. `hash`
// is that of what stands before the text.
constexpr std::uint32_t kHashOfNothing = 2166136261;
std::uint32_t hash_of(std::string_view text, std::uint32_t hash = kHashOfNothing) {
  for (const char c : text) {
    hash ^= static_cast<std::uint32_t>(static_cast<std::int8_t>(c));
    hash *= 16777619;
  }
  return hash;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

float float_at(std::span<const std::byte> values, std::size_t index) {
  float value;
  std::memcpy(&value, values.data() + index * sizeof value, sizeof value);
  return value;
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

void FastTextModel::Codebook::add(std::span<const std::byte> codes, float factor,
                                  std::span<float> sum) const {
  for (std::int32_t part = 0; part < parts; ++part) {
    const bool is_last = part + 1 == parts;
    const auto size = static_cast<std::size_t>(is_last ? last_width : part_width);
    const auto code = static_cast<std::size_t>(codes[static_cast<std::size_t>(part)]);
    const auto begin = static_cast<std::size_t>(part) * static_cast<std::size_t>(part_width);
    const std::size_t centroid = begin * 256 + code * size;
    for (std::size_t i = 0; i < size; ++i) {
      sum[begin + i] += factor * float_at(centroids, centroid + i);
    }
  }
}

void FastTextModel::Matrix::add_row(std::int64_t row, std::span<float> sum) const {
  const auto index = static_cast<std::size_t>(row);
  if (!quantized) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += float_at(values, index * sum.size() + i);
    return;
  }
  float norm = 1;
  if (has_norms)
    norm = float_at(norm_codebook.centroids, static_cast<std::size_t>(norm_codes[index]));
  const auto parts = static_cast<std::size_t>(codebook.parts);
  codebook.add(values.subspan(index * parts, parts), norm, sum);
}

double FastTextModel::Matrix::dot_row(std::int64_t row, std::span<const float> vector) const {
  std::vector<float> values_of_row(vector.size());
  add_row(row, values_of_row);
  double sum = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    sum += static_cast<double>(values_of_row[i]) * static_cast<double>(vector[i]);
  }
  return sum;
}

// Huffman's tree over the labels, which stand by falling count: the two rarest of leaves and
// branches join, of equals the branch. The order decides which output row a branch has.
void FastTextModel::build_tree(const std::vector<std::int64_t>& counts) {
  const auto leaves = static_cast<std::int32_t>(counts.size());
  tree_.assign(static_cast<std::size_t>(2 * leaves - 1), {});
  const auto at = [&](std::int32_t i) -> Branch& { return tree_[static_cast<std::size_t>(i)]; };
  for (std::int32_t i = 0; i < leaves; ++i) at(i).count = counts[static_cast<std::size_t>(i)];
  std::int32_t leaf = leaves - 1, branch = leaves;
  for (std::int32_t made = leaves; made < 2 * leaves - 1; ++made) {
    std::array<std::int32_t, 2> rarest{};
    for (std::int32_t& child : rarest) {
      const bool take_leaf = leaf >= 0 && (branch >= made || at(leaf).count < at(branch).count);
      child = take_leaf ? leaf-- : branch++;
    }
    at(made) = {rarest[0], rarest[1], at(rarest[0]).count + at(rarest[1]).count};
  }
}

void FastTextModel::add_bucket(std::uint64_t hash, std::vector<std::int64_t>* rows) const {
  if (buckets_ == 0) return;
  auto bucket = static_cast<std::int32_t>(hash % static_cast<std::uint64_t>(buckets_));
  if (pruned_) {
    const auto kept = kept_buckets_.find(bucket);
    if (kept == kept_buckets_.end()) return;
    bucket = kept->second;
  }
  rows->push_back(static_cast<std::int64_t>(words_.size()) + bucket);
}

// N-grams of characters of "<word>", but for "<" and ">" alone.
void FastTextModel::add_character_ngrams(std::string_view word,
                                         std::vector<std::int64_t>* rows) const {
  const std::string marked = "<" + std::string(word) + ">";
  for (std::size_t begin = 0; begin < marked.size(); ++begin) {
    if (is_continuation(marked[begin])) continue;
    std::size_t end = begin;
    std::uint32_t hash = kHashOfNothing;
    for (std::int32_t n = 1; n <= longest_ && end < marked.size(); ++n) {
      const std::size_t from = end;
      do ++end;
      while (end < marked.size() && is_continuation(marked[end]));
      hash = hash_of(std::string_view(marked).substr(from, end - from), hash);
      const bool is_mark = n == 1 && (begin == 0 || end == marked.size());
      if (n >= shortest_ && !is_mark) add_bucket(hash, rows);
    }
  }
}

void FastTextModel::add_word(std::string_view word, std::vector<std::int64_t>* rows) const {
  if (const auto known = words_.find(std::string(word)); known != words_.end()) {
    rows->push_back(known->second);
  }
  if (word != kEndOfLine) add_character_ngrams(word, rows);
}

std::vector<std::int64_t> FastTextModel::rows_of(std::string_view text) const {
  constexpr std::string_view kSpaces(" \n\r\t\v\f\0", 7);
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> hashes;
  const auto add = [&](std::string_view word) {
    if (word.starts_with(kLabelPrefix) && !words_.contains(std::string(word))) return;
    add_word(word, &rows);
    hashes.push_back(static_cast<std::int32_t>(hash_of(word)));
  };
  for (std::size_t begin = text.find_first_not_of(kSpaces); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSpaces, begin), text.size());
    if (text.substr(begin, end - begin) == kEndOfLine) break;  // the reference reads no further
    add(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kSpaces, end);
  }
  add(kEndOfLine);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    auto hash = static_cast<std::uint64_t>(std::int64_t{hashes[i]});
    const std::size_t end = std::min(hashes.size(), i + static_cast<std::size_t>(word_ngrams_));
    for (std::size_t j = i + 1; j < end; ++j) {
      hash = hash * 116049371 + static_cast<std::uint64_t>(std::int64_t{hashes[j]});
      add_bucket(hash, &rows);
    }
  }
  return rows;
}

std::vector<double> FastTextModel::scores(std::span<const float> hidden) const {
  std::vector<double> scores(labels_.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = output_.dot_row(static_cast<std::int64_t>(i), hidden);
  }
  return scores;
}

std::vector<double> FastTextModel::probabilities(std::string_view text) const {
  const std::vector<std::int64_t> rows = rows_of(text);
  if (rows.empty()) return {};
  std::vector<float> hidden(static_cast<std::size_t>(width_));
  for (const std::int64_t row : rows) input_.add_row(row, hidden);
  for (float& value : hidden) value /= static_cast<float>(rows.size());
  if (loss_ == Loss::kTree) {  // from the root down: a branch's share goes to its two sides
    std::vector<double> shares(tree_.size());
    shares.back() = 1;
    for (std::size_t i = tree_.size(); i-- > labels_.size();) {
      const auto row = static_cast<std::int64_t>(i - labels_.size());
      const double right = sigmoid(output_.dot_row(row, hidden));
      shares[static_cast<std::size_t>(tree_[i].left)] = shares[i] * (1 - right);
      shares[static_cast<std::size_t>(tree_[i].right)] = shares[i] * right;
    }
    shares.resize(labels_.size());
    return shares;
  }
  std::vector<double> values = scores(hidden);
  if (loss_ != Loss::kSoftmax) {
    for (double& value : values) value = sigmoid(value);
    return values;
  }
  const double most = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - most);
  for (double& value : values) value /= sum;
  return values;
}

std::vector<FastTextModel::Guess> FastTextModel::predict(std::string_view text,
                                                         std::size_t most) const {
  const std::vector<double> values = probabilities(text);
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < values.size(); ++i) {  // a file may hold what is no number
    guesses.push_back({labels_[i], std::isfinite(values[i]) ? values[i] : 0});
  }
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const Guess& a, const Guess& b) { return a.probability > b.probability; });
  if (guesses.size() > most) guesses.resize(most);
  return guesses;
}

double FastTextModel::probability_of(std::string_view label, std::string_view text) const {
  const auto found = std::find(labels_.begin(), labels_.end(), label);
  const std::vector<double> values = probabilities(text);
  if (found == labels_.end() || values.empty()) return 0;
  return values[static_cast<std::size_t>(found - labels_.begin())];
}

}  // namespace lucie
