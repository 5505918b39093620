#include "base/framed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/posix.h"

namespace lucie {

namespace {

// Skippable frames of zstd: ours with the number of records of each frame, then the seek table of
// zstd's seekable format 0.1.0 (contrib/seekable_format), which other tools read too.
constexpr std::uint32_t kCountsMagic = 0x184D2A5D;
constexpr std::uint32_t kTableMagic = 0x184D2A5E;
constexpr std::uint32_t kSeekableMagic = 0x8F92EAB1;
constexpr std::uint32_t kHeaderBytes = 8, kFooterBytes = 9, kEntryBytes = 8;
// A document is at most 256 MiB; a frame that claims more is not ours.
constexpr std::uint32_t kMaxText = std::uint32_t{1} << 30;

void put32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

std::uint32_t get32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

std::string read_at(const posix::Descriptor& file, std::uint64_t offset, std::size_t size,
                    const fs::path& path) {
  std::string bytes(size, '\0');
  posix::read_all(file.get(), bytes.data(), size, offset, path);
  return bytes;
}

}  // namespace

FramedReader::FramedReader(const fs::path& path)
    : path_(path), file_(std::make_unique<posix::Descriptor>(path, O_RDONLY, "open")) {
  read_index();
  first_.reserve(frames_.size() + 1);
  first_.push_back(0);
  for (const Frame& frame : frames_) first_.push_back(first_.back() + frame.records);
}

FramedReader::~FramedReader() = default;
FramedReader::FramedReader(FramedReader&&) noexcept = default;

void FramedReader::fail_corrupt(const std::string& reason) const {
  fail(ErrorCode::kCorrupt, reason, path_.string(), "the file is damaged: make or get it again");
}

void FramedReader::read_index() {
  struct stat info {};
  if (::fstat(file_->get(), &info) != 0) posix::fail_errno(errno, "read", path_);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < kFooterBytes) fail_corrupt("no index of frames");
  const std::string footer = read_at(*file_, size - kFooterBytes, kFooterBytes, path_);
  if (get32(footer, 5) != kSeekableMagic || footer[4] != 0) fail_corrupt("no index of frames");
  const std::uint64_t entries = get32(footer, 0);  // of the frames, and of the counts' frame
  const std::uint64_t table_bytes = entries * kEntryBytes + kFooterBytes;
  const std::uint64_t counts_bytes = (entries - 1) * 4;
  if (entries == 0 || table_bytes + counts_bytes + 2 * kHeaderBytes > size) {
    fail_corrupt("the index of frames is longer than the file");
  }
  const std::uint64_t end = size - table_bytes - counts_bytes - 2 * kHeaderBytes;
  const std::string index = read_at(*file_, end, static_cast<std::size_t>(size - end), path_);
  const auto table = static_cast<std::size_t>(kHeaderBytes + counts_bytes);
  const std::size_t last = index.size() - kFooterBytes - kEntryBytes;  // entry of the counts' frame
  if (get32(index, 0) != kCountsMagic || get32(index, 4) != counts_bytes ||
      get32(index, table) != kTableMagic || get32(index, table + 4) != table_bytes ||
      get32(index, last) != kHeaderBytes + counts_bytes || get32(index, last + 4) != 0) {
    fail_corrupt("damaged index of frames");
  }
  frames_.resize(static_cast<std::size_t>(entries - 1));
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const std::size_t entry = table + kHeaderBytes + i * kEntryBytes;
    frames_[i] = {offset, get32(index, entry), get32(index, entry + 4),
                  get32(index, kHeaderBytes + 4 * i)};
    offset += frames_[i].bytes;
  }
  check_frames(end);
}

void FramedReader::check_frames(std::uint64_t end) const {
  std::uint64_t sum = 0;
  for (const Frame& frame : frames_) {
    sum += frame.bytes;
    if (frame.text > kMaxText) fail_corrupt("a frame of more than 1 GiB of text");
    if (frame.records > frame.text) fail_corrupt("a frame with more records than bytes");
  }
  if (sum != end) fail_corrupt("the index of frames does not fit the file");
}

std::string FramedReader::compressed(std::size_t frame) const {
  return read_at(*file_, frames_[frame].offset, frames_[frame].bytes, path_);
}

std::string FramedReader::text(std::size_t frame) const {
  const std::string bytes = compressed(frame);
  const std::size_t size = frames_[frame].text;
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != size) {
    fail_corrupt("frame " + std::to_string(frame) + " does not fit the index");
  }
  std::string text(size, '\0');
  const std::size_t got = ZSTD_decompress(text.data(), size, bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != size) {
    fail_corrupt("frame " + std::to_string(frame) + " is damaged");
  }
  return text;
}

std::string FramedReader::line(std::uint64_t number) {
  if (number >= records()) {
    fail(ErrorCode::kInvalidArgument,
         "there is no line " + std::to_string(number) + ": it has " + std::to_string(records()),
         path_.string());
  }
  const auto after = std::upper_bound(first_.begin(), first_.end(), number);
  const auto frame = static_cast<std::size_t>(after - first_.begin()) - 1;
  if (frame != cached_frame_) {
    cached_frame_ = ~std::size_t{0};
    cached_ = text(frame);
    sought_ = {first_[frame], 0};
    if (std::count(cached_.begin(), cached_.end(), '\n') !=
        std::ptrdiff_t{frames_[frame].records}) {
      fail_corrupt("a frame has not as many lines as the index says");
    }
    cached_frame_ = frame;
  }
  if (number < sought_.number) sought_ = {first_[frame], 0};
  for (;; ++sought_.number) {
    const std::size_t stop = cached_.find('\n', sought_.at);
    if (sought_.number == number) return cached_.substr(sought_.at, stop - sought_.at);
    sought_.at = stop + 1;
  }
}

struct FramedWriter::Encoder {
  Encoder(const fs::path& path, int level) : file(path), context(ZSTD_createCCtx()) {
    if (context == nullptr) {
      fail(ErrorCode::kOutOfMemory, "no memory to compress with zstd", path.string());
    }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
                           std::clamp(level, 1, ZSTD_maxCLevel()));
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  }
  ~Encoder() { ZSTD_freeCCtx(context); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  AtomicFile file;
  ZSTD_CCtx* context;
  std::string out;
};

FramedWriter::FramedWriter(const fs::path& path, int level, std::size_t frame_bytes)
    : encoder_(std::make_unique<Encoder>(path, level)), frame_bytes_(frame_bytes) {}
FramedWriter::~FramedWriter() = default;
FramedWriter::FramedWriter(FramedWriter&&) noexcept = default;

void FramedWriter::write(std::string_view record) {
  if (record.size() > kMaxText) {
    fail(ErrorCode::kUnsupported, "a record of more than 1 GiB cannot be written");
  }
  if (!text_.empty() && text_.size() + record.size() > frame_bytes_) end_frame();
  text_ += record;
  ++in_text_;
  ++records_;
}

void FramedWriter::end_frame() {
  std::string& out = encoder_->out;
  out.resize(ZSTD_compressBound(text_.size()));
  const std::size_t size =
      ZSTD_compress2(encoder_->context, out.data(), out.size(), text_.data(), text_.size());
  if (ZSTD_isError(size) != 0) {
    fail(ErrorCode::kInternal, std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  add_frame({out.data(), size}, static_cast<std::uint32_t>(text_.size()), in_text_);
  text_.clear();
  in_text_ = 0;
}

void FramedWriter::add_frame(std::string_view compressed, std::uint32_t text,
                             std::uint32_t records) {
  const std::uint64_t offset = encoder_->file.offset();
  encoder_->file.write(compressed);
  frames_.push_back({offset, static_cast<std::uint32_t>(compressed.size()), text, records});
}

void FramedWriter::append(const FramedReader& other) {
  if (!text_.empty()) end_frame();
  for (std::size_t i = 0; i < other.frames().size(); ++i) {
    const Frame& frame = other.frames()[i];
    add_frame(other.compressed(i), frame.text, frame.records);
    records_ += frame.records;
  }
}

void FramedWriter::commit() {
  if (!text_.empty()) end_frame();
  const auto count = static_cast<std::uint32_t>(frames_.size());
  std::string index;
  put32(index, kCountsMagic);
  put32(index, count * 4);
  for (const Frame& frame : frames_) put32(index, frame.records);
  const auto counts_bytes = static_cast<std::uint32_t>(index.size());
  put32(index, kTableMagic);
  put32(index, (count + 1) * kEntryBytes + kFooterBytes);
  for (const Frame& frame : frames_) {
    put32(index, frame.bytes);
    put32(index, frame.text);
  }
  put32(index, counts_bytes);
  put32(index, 0);
  put32(index, count + 1);
  index.push_back('\0');  // no checksums in the table: the frames have their own
  put32(index, kSeekableMagic);
  encoder_->file.write(index);
  encoder_->file.commit();
}

}  // namespace lucie
