// PREFIX.idx, little-endian, as Megatron-LM's core/datasets/indexed_dataset.py has it:
//
//    0  9 bytes  "MMIDIDX\0\0"
//    9  u64      version, 1
//   17  u8       type of a token: 4 i32, 8 u16
//   18  u64      n, sequences
//   26  u64      m, entries of the document index
//   34  i32[n]   tokens of each sequence
//       i64[n]   byte offset of each sequence in PREFIX.bin
//       i64[m]   first sequence of each document, and n at the end: m is documents + 1
#include "formats/indexed_dataset.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "base/error.h"
#include "formats/byte_cursor.h"

namespace lucie {
namespace {

constexpr std::string_view kMagic("MMIDIDX\0\0", 9);
constexpr std::uint64_t kVersion = 1;
constexpr std::uint8_t kTypeI32 = 4;
constexpr std::uint8_t kTypeU16 = 8;
constexpr std::int64_t kNarrowVocabulary = 65500;

fs::path with_suffix(const fs::path& prefix, const char* suffix) {
  fs::path path = prefix;
  path += suffix;  // not replace_extension: a prefix may hold dots
  return path;
}

std::uint64_t width_of(bool wide) {
  return wide ? sizeof(std::int32_t) : sizeof(std::uint16_t);
}

template <class T>
void write_number(AtomicFile& file, T value) {
  file.write(std::as_bytes(std::span(&value, 1)));
}

struct Header {
  bool wide;
  std::uint64_t sequences, entries;
};

Header read_header(ByteCursor& cursor) {
  if (cursor.text(kMagic.size(), "the magic number") != kMagic) {
    fail(ErrorCode::kCorrupt, "not an indexed dataset of Megatron", cursor.place());
  }
  const auto version = cursor.number<std::uint64_t>("the version");
  if (version != kVersion) {
    fail(ErrorCode::kUnsupported, "version " + std::to_string(version) + " of the index",
         cursor.place());
  }
  const auto type = cursor.number<std::uint8_t>("the token type");
  if (type != kTypeI32 && type != kTypeU16) {
    fail(ErrorCode::kUnsupported, "token type " + std::to_string(type), cursor.place(),
         "types 8 (u16) and 4 (i32) are read");
  }
  const auto sequences = cursor.number<std::uint64_t>("the number of sequences");
  const auto entries = cursor.number<std::uint64_t>("the number of documents");
  constexpr std::uint64_t kPerSequence = sizeof(std::int32_t) + sizeof(std::int64_t);
  const std::uint64_t left = cursor.remaining();
  if (sequences > left / kPerSequence ||
      entries > (left - sequences * kPerSequence) / sizeof(std::int64_t)) {
    cursor.corrupt("the index is cut short");
  }
  const std::uint64_t rest = left - sequences * kPerSequence - entries * sizeof(std::int64_t);
  if (rest != 0) {
    fail(ErrorCode::kUnsupported,
         std::to_string(rest) + " bytes after the index (a multimodal dataset?)", cursor.place());
  }
  return {type == kTypeI32, sequences, entries};
}

// Token index one past each sequence. Sizes and byte offsets must tell the same.
std::vector<std::uint64_t> read_sequences(ByteCursor& cursor, const Header& header) {
  std::vector<std::uint64_t> ends;
  ends.reserve(header.sequences);
  std::uint64_t end = 0;  // cannot overflow: fewer than 2^61 sequences of fewer than 2^31 tokens
  for (std::uint64_t i = 0; i < header.sequences; ++i) {
    const auto size = cursor.number<std::int32_t>("a sequence's length");
    if (size < 0) cursor.corrupt("sequence of negative length");
    end += static_cast<std::uint64_t>(size);
    ends.push_back(end);
  }
  for (std::uint64_t i = 0; i < header.sequences; ++i) {
    const std::uint64_t begin = i == 0 ? 0 : ends[i - 1];
    if (cursor.number<std::uint64_t>("a sequence's offset") != begin * width_of(header.wide)) {
      cursor.corrupt("sequence " + std::to_string(i) + " does not start where the one before ends");
    }
  }
  return ends;
}

std::vector<std::uint64_t> read_documents(ByteCursor& cursor, const Header& header,
                                          const std::vector<std::uint64_t>& sequence_ends) {
  if (header.entries == 0 || cursor.number<std::uint64_t>("the document index") != 0) {
    cursor.corrupt("the document index does not start with 0");
  }
  std::vector<std::uint64_t> ends;
  ends.reserve(header.entries - 1);
  std::uint64_t first = 0;
  for (std::uint64_t i = 1; i < header.entries; ++i) {
    const auto next = cursor.number<std::uint64_t>("the document index");
    if (next < first || next > header.sequences) {
      cursor.corrupt("document " + std::to_string(i - 1) + " ends at sequence " +
                     std::to_string(next) + " of " + std::to_string(header.sequences));
    }
    ends.push_back(next == 0 ? 0 : sequence_ends[next - 1]);
    first = next;
  }
  if (first != header.sequences) cursor.corrupt("sequences after the last document");
  return ends;
}

}  // namespace

IndexedDatasetWriter::IndexedDatasetWriter(const fs::path& prefix, std::int64_t vocab_size)
    : prefix_(prefix),
      vocab_size_(vocab_size),
      wide_(vocab_size >= kNarrowVocabulary),
      bin_(with_suffix(prefix, ".bin")) {}

void IndexedDatasetWriter::add_document(std::span<const std::int32_t> tokens) {
  const std::string place = prefix_.string() + ": document " + std::to_string(sizes_.size());
  if (tokens.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    fail(ErrorCode::kUnsupported, "document of more than 2^31 - 1 tokens", place);
  }
  for (const std::int32_t token : tokens) {
    if (token < 0 || token >= vocab_size_) {
      fail(ErrorCode::kMismatch,
           "token " + std::to_string(token) + " is outside the vocabulary of " +
               std::to_string(vocab_size_),
           place, "the tokenizer does not fit");
    }
  }
  if (wide_) {
    bin_.write(std::as_bytes(tokens));
  } else {
    const std::vector<std::uint16_t> narrow(tokens.begin(), tokens.end());
    bin_.write(std::as_bytes(std::span(narrow)));
  }
  sizes_.push_back(static_cast<std::int32_t>(tokens.size()));
  tokens_ += tokens.size();
}

void IndexedDatasetWriter::commit() {
  bin_.commit();
  AtomicFile idx(with_suffix(prefix_, ".idx"));
  idx.write(kMagic);
  write_number(idx, kVersion);
  write_number(idx, wide_ ? kTypeI32 : kTypeU16);
  write_number(idx, static_cast<std::uint64_t>(sizes_.size()));
  write_number(idx, static_cast<std::uint64_t>(sizes_.size() + 1));
  idx.write(std::as_bytes(std::span(sizes_)));
  std::uint64_t offset = 0;
  for (const std::int32_t size : sizes_) {
    write_number(idx, offset);
    offset += static_cast<std::uint64_t>(size) * width_of(wide_);
  }
  for (std::uint64_t i = 0; i <= sizes_.size(); ++i) write_number(idx, i);
  idx.commit();
}

IndexedDataset::IndexedDataset(const fs::path& prefix) {
  const fs::path idx_path = with_suffix(prefix, ".idx");
  const MappedFile idx(idx_path);
  ByteCursor cursor(idx.bytes(), idx_path.string());
  const Header header = read_header(cursor);
  wide_ = header.wide;
  sequence_ends_ = read_sequences(cursor, header);
  ends_ = read_documents(cursor, header, sequence_ends_);
  if (ends_ == sequence_ends_) sequence_ends_ = {};
  bin_ = std::make_unique<const MappedFile>(with_suffix(prefix, ".bin"));
  const std::uint64_t wanted = tokens() * static_cast<std::uint64_t>(token_bytes());
  if (bin_->bytes().size() != wanted) {
    fail(ErrorCode::kCorrupt,
         "the index counts " + std::to_string(wanted) + " bytes of tokens, the file has " +
             std::to_string(bin_->bytes().size()),
         bin_->path().string(), "tokenize again");
  }
}

std::uint64_t IndexedDataset::begin(std::int64_t i) const {
  if (i < 0 || i > documents()) {
    fail(ErrorCode::kInvalidArgument, "no document " + std::to_string(i), bin_->path().string());
  }
  return i == 0 ? 0 : ends_[static_cast<std::size_t>(i - 1)];
}

std::uint64_t IndexedDataset::sequence_begin(std::int64_t i) const {
  if (i < 0 || i > sequences()) {
    fail(ErrorCode::kInvalidArgument, "no sequence " + std::to_string(i), bin_->path().string());
  }
  return i == 0 ? 0 : sequence_ends()[static_cast<std::size_t>(i - 1)];
}

std::int64_t IndexedDataset::document_of(std::uint64_t token) const {
  if (token >= tokens()) {
    fail(ErrorCode::kInvalidArgument, "no token " + std::to_string(token), bin_->path().string());
  }
  return std::upper_bound(ends_.begin(), ends_.end(), token) - ends_.begin();
}

void IndexedDataset::read(std::uint64_t at, std::span<std::int32_t> out) const {
  if (at > tokens() || out.size() > tokens() - at) {
    fail(ErrorCode::kInvalidArgument,
         "tokens " + std::to_string(at) + " to " + std::to_string(at + out.size()) + " of " +
             std::to_string(tokens()),
         bin_->path().string());
  }
  if (out.empty()) return;
  const std::byte* from = bin_->bytes().data() + at * static_cast<std::uint64_t>(token_bytes());
  if (wide_) {
    std::memcpy(out.data(), from, out.size_bytes());
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t token;
    std::memcpy(&token, from + i * sizeof(token), sizeof(token));
    out[i] = token;
  }
}

}  // namespace lucie
