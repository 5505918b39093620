#include <algorithm>
#include <cstring>
#include <map>

#include "base/error.h"
#include "base/stream.h"
#include "base/text.h"
#include "trace/training_order.h"

namespace lucie {

namespace {

struct Span {
  std::uint64_t begin = 0, end = 0;  // tokens of the file
  std::string id, source, line;
};

// OLMo writes the indices as they are; numpy.save puts a header before them.
std::string_view without_numpy_header(std::string_view bytes, const std::string& place) {
  constexpr std::string_view kMagic("\x93NUMPY", 6);
  if (!bytes.starts_with(kMagic)) return bytes;
  const bool wide = bytes.size() > 6 && bytes[6] >= 2;
  const std::size_t start = wide ? 12 : 10;
  if (bytes.size() < start) fail(ErrorCode::kCorrupt, "numpy header cut short", place);
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, wide ? 4 : 2);
  if (length > bytes.size() - start) fail(ErrorCode::kCorrupt, "numpy header cut short", place);
  if (bytes.substr(start, length).find("'<u4'") == std::string_view::npos) {
    fail(ErrorCode::kUnsupported, "indices are no 32-bit unsigned numbers", place);
  }
  return bytes.substr(start + length);
}

std::uint64_t number(std::string_view text, const std::string& place) {
  const auto value = parse_int(text);
  if (!value || *value < 0) {
    fail(ErrorCode::kCorrupt, "'" + std::string(text) + "' is no position", place,
         "lines are start,end,id,source,line");
  }
  return static_cast<std::uint64_t>(*value);
}

// The part of a file's documents that lies in [begin, end); the file is in order.
std::vector<Span> spans_in(const fs::path& csv, std::uint64_t begin, std::uint64_t end) {
  std::vector<Span> spans;
  LineReader lines(csv);
  std::string line;
  while (lines.next(line)) {
    const std::vector<std::string> cells = split(trim(line), ',');
    if (cells.size() < 3) fail(ErrorCode::kCorrupt, "fewer than three cells", lines.place());
    Span span{number(cells[0], lines.place()), number(cells[1], lines.place()), cells[2], "", ""};
    if (span.begin >= end) break;
    if (span.end <= begin) continue;
    if (cells.size() > 3) span.source = cells[3];
    if (cells.size() > 4) span.line = cells[4];
    spans.push_back(std::move(span));
  }
  return spans;
}

class ChunkOrder : public TrainingOrder {
 public:
  explicit ChunkOrder(const ChunkSettings& settings)
      : settings_(settings), indices_(settings.indices) {
    indices_text_ = without_numpy_header(indices_.text(), settings.indices.string());
    if (indices_text_.size() % 4 != 0) {
      fail(ErrorCode::kCorrupt, "not a file of 32-bit numbers", settings.indices.string());
    }
    std::uint64_t end = 0;
    for (const fs::path& file : settings.files) {
      std::error_code error;
      const std::uint64_t bytes = fs::file_size(file, error);
      if (error) fail(ErrorCode::kNotFound, error.message(), file.string());
      end += bytes / static_cast<std::uint64_t>(settings.token_bytes) / settings.sequence_length;
      ends_.push_back(end);
    }
  }

  std::uint64_t samples() const override { return indices_text_.size() / 4; }
  std::uint64_t sequence_length() const override { return settings_.sequence_length; }

  Json pieces_of(std::uint64_t i) const override {
    LUCIE_ASSERT(i < samples());
    std::uint32_t instance = 0;
    std::memcpy(&instance, indices_text_.data() + 4 * i, 4);
    const auto found = std::upper_bound(ends_.begin(), ends_.end(), instance);
    if (found == ends_.end()) {
      fail(ErrorCode::kMismatch,
           "instance " + std::to_string(instance) + ", and the files hold " +
               std::to_string(ends_.empty() ? 0 : ends_.back()),
           settings_.indices.string(), "give all token files, in the order of the config");
    }
    const auto file = static_cast<std::size_t>(found - ends_.begin());
    const std::uint64_t before = file == 0 ? 0 : ends_[file - 1];
    return pieces_in(settings_.files[file], (instance - before) * settings_.sequence_length);
  }

 private:
  Json pieces_in(const fs::path& file, std::uint64_t begin) const {
    const std::uint64_t end = begin + settings_.sequence_length;
    fs::path csv = file;
    csv.replace_extension(".csv.gz");
    std::vector<Span> spans;
    if (fs::exists(csv)) spans = spans_in(csv, begin, end);
    Json list = Json::array();
    if (spans.empty()) spans.push_back({begin, end, "", "", ""});
    for (const Span& span : spans) {
      Json piece = Json::object();
      piece["data"] = file.string();
      piece["begin"] = std::max(begin, span.begin) - span.begin;
      piece["end"] = std::min(end, span.end) - span.begin;
      piece["token"] = std::max(begin, span.begin);  // of the file
      if (!span.id.empty()) piece["id"] = span.id;
      if (!span.source.empty()) piece["source"] = span.source;
      if (!span.line.empty()) piece["line"] = span.line;
      list.push_back(std::move(piece));
    }
    return list;
  }

  ChunkSettings settings_;
  MappedFile indices_;
  std::string_view indices_text_;
  std::vector<std::uint64_t> ends_;  // instances up to and with each file
};

}  // namespace

std::unique_ptr<TrainingOrder> chunk_order(const ChunkSettings& settings) {
  if (settings.files.empty() || settings.sequence_length < 1 ||
      (settings.token_bytes != 2 && settings.token_bytes != 4)) {
    fail(ErrorCode::kInvalidArgument, "token files, their length and width are needed", "--data",
         "for example --data \"part-0.npy part-1.npy\" --seq-length 4096");
  }
  return std::make_unique<ChunkOrder>(settings);
}

}  // namespace lucie
