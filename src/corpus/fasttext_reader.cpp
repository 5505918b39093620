// The file of a fastText model (fasttext.h). Little-endian: settings, dictionary, two matrices.
#include <cstring>
#include <limits>

#include "base/error.h"
#include "corpus/fasttext.h"

namespace lucie {

namespace {

constexpr std::int32_t kMagic = 793712314;
constexpr std::string_view kLabelPrefix = "__label__";
constexpr std::int32_t kSupervised = 3;
// Words or characters of an n-gram: a text of n has up to this many times n rows.
constexpr std::int32_t kLongestNgram = 100;
constexpr std::int64_t kMostTokens = 1'000'000'000'000'000;  // more than any count of the tree's

}  // namespace

// Reads forward through the file and never past its end.
class FastTextModel::File {
 public:
  explicit File(const MappedFile& file) : bytes_(file.bytes()), path_(file.path().string()) {}
  template <typename T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  bool read_flag() { return read<std::uint8_t>() != 0; }
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > bytes_.size() - at_) corrupt("fastText model is cut short");
    const std::span<const std::byte> part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
  }
  // `count` things of `size` bytes each.
  std::span<const std::byte> take(std::int64_t count, std::uint64_t size) {
    const auto most = static_cast<std::int64_t>((bytes_.size() - at_) / size);
    if (count < 0 || count > most) corrupt("fastText model is cut short");
    return take(static_cast<std::uint64_t>(count) * size);
  }
  std::string read_name() {
    std::string name;
    while (const char c = read<char>()) name += c;
    return name;
  }
  bool at_end() const { return at_ == bytes_.size(); }
  [[noreturn]] void corrupt(const std::string& what) const {
    fail(ErrorCode::kCorrupt, what, path_ + ":" + std::to_string(at_));
  }
  [[noreturn]] void unsupported(const std::string& what) const {
    fail(ErrorCode::kUnsupported, what, path_,
         "a supervised model of fastText, such as lid.176.ftz");
  }

 private:
  std::span<const std::byte> bytes_;
  std::string path_;
  std::uint64_t at_ = 0;
};

FastTextModel::FastTextModel(const fs::path& path) : file_(path) {
  File file(file_);
  read_settings(file);
  read_dictionary(file);
  const bool quantized = file.read_flag();
  input_ = read_matrix(file, quantized);
  const bool output_quantized = file.read_flag();
  output_ = read_matrix(file, quantized && output_quantized);
  const std::int64_t buckets = pruned_ ? static_cast<std::int64_t>(kept_buckets_.size()) : buckets_;
  if (input_.rows < static_cast<std::int64_t>(words_.size()) + buckets ||
      output_.rows < static_cast<std::int64_t>(labels_.size()) || !file.at_end()) {
    file.corrupt("the matrices of the fastText model do not fit its dictionary");
  }
}

void FastTextModel::read_settings(File& file) {
  if (file.read<std::int32_t>() != kMagic) file.unsupported("no fastText model");
  version_ = file.read<std::uint32_t>();
  if (version_ != 11 && version_ != 12) {
    file.unsupported("fastText model of version " + std::to_string(version_));
  }
  width_ = file.read<std::int32_t>();
  file.take(4 * sizeof(std::int32_t));  // of training: window, epochs, least count, negatives
  word_ngrams_ = file.read<std::int32_t>();
  const auto loss = file.read<std::int32_t>();
  const auto kind = file.read<std::int32_t>();
  buckets_ = file.read<std::int32_t>();
  shortest_ = file.read<std::int32_t>();
  longest_ = file.read<std::int32_t>();
  file.take(sizeof(std::int32_t) + sizeof(double));  // of training: rate's update, sampling
  if (kind != kSupervised) file.unsupported("fastText model of word vectors, without labels");
  if (loss < 1 || loss > 4) file.corrupt("unknown loss of a fastText model");
  loss_ = static_cast<Loss>(loss);
  if (version_ == 11) longest_ = 0;  // as fastText itself reads supervised models of old
  if (width_ < 1 || width_ > 65536 || buckets_ < 0 || word_ngrams_ < 0 ||
      word_ngrams_ > kLongestNgram || longest_ > kLongestNgram) {
    file.corrupt("settings of the fastText model are out of range");
  }
}

void FastTextModel::read_dictionary(File& file) {
  const auto size = file.read<std::int32_t>();
  const auto words = file.read<std::int32_t>();
  const auto labels = file.read<std::int32_t>();
  file.read<std::int64_t>();  // tokens trained on
  const auto pruned = file.read<std::int64_t>();
  if (words < 0 || labels < 1 || size != std::int64_t{words} + labels) {
    file.corrupt("sizes of the fastText dictionary do not add up");
  }
  std::vector<std::int64_t> counts;
  std::int64_t labelled = 0;
  for (std::int32_t i = 0; i < size; ++i) {
    std::string name = file.read_name();
    const auto count = file.read<std::int64_t>();
    const bool is_label = file.read_flag();
    if (is_label != (i >= words))
      file.corrupt("labels of the fastText dictionary are out of order");
    if (is_label) {
      labels_.push_back(name.starts_with(kLabelPrefix) ? name.substr(kLabelPrefix.size()) : name);
      if (count < 0 || count > kMostTokens - labelled) {
        file.corrupt("counts of the fastText model's labels are out of range");
      }
      labelled += count;
      counts.push_back(count);
    } else if (!words_.emplace(std::move(name), i).second) {
      file.corrupt("a word stands twice in the fastText dictionary");
    }
  }
  pruned_ = pruned >= 0;
  for (std::int64_t i = 0; i < pruned; ++i) {
    const auto bucket = file.read<std::int32_t>();
    const auto row = file.read<std::int32_t>();
    if (row < 0 || row >= pruned || !kept_buckets_.emplace(bucket, row).second) {
      file.corrupt("pruned bucket of the fastText model out of range, or twice there");
    }
  }
  if (loss_ == Loss::kTree) build_tree(counts);
}

FastTextModel::Codebook FastTextModel::read_codebook(File& file) const {
  Codebook book;
  book.width = file.read<std::int32_t>();
  book.parts = file.read<std::int32_t>();
  book.part_width = file.read<std::int32_t>();
  book.last_width = file.read<std::int32_t>();
  const bool adds_up =
      book.width > 0 && book.parts > 0 && book.part_width > 0 && book.last_width > 0 &&
      book.last_width <= book.part_width &&
      (std::int64_t{book.parts} - 1) * book.part_width + book.last_width == book.width;
  if (!adds_up) file.corrupt("codebook of the fastText model does not add up");
  book.centroids = file.take(book.width, 256 * sizeof(float));
  return book;
}

FastTextModel::Matrix FastTextModel::read_matrix(File& file, bool quantized) const {
  Matrix matrix;
  matrix.quantized = quantized;
  if (quantized) matrix.has_norms = file.read_flag();
  matrix.rows = file.read<std::int64_t>();
  matrix.columns = file.read<std::int64_t>();
  if (matrix.rows < 0 || matrix.columns != width_) {
    file.corrupt("matrix of the fastText model has another width");
  }
  if (!quantized) {
    matrix.values = file.take(matrix.rows, static_cast<std::uint64_t>(width_) * sizeof(float));
    return matrix;
  }
  const auto codes = file.read<std::int32_t>();
  matrix.values = file.take(codes, 1);
  matrix.codebook = read_codebook(file);
  const Codebook& book = matrix.codebook;
  if (book.width != width_ || matrix.rows > codes / book.parts) {
    file.corrupt("codes of the fastText model do not fit its matrix");
  }
  if (matrix.has_norms) {
    matrix.norm_codes = file.take(matrix.rows, 1);
    matrix.norm_codebook = read_codebook(file);
    if (matrix.norm_codebook.width != 1) file.corrupt("norms of the fastText model are no numbers");
  }
  return matrix;
}

}  // namespace lucie
