#include "formats/parquet_column.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/block_decompress.h"
#include "base/error.h"
#include "base/hash.h"
#include "formats/parquet_json.h"
#include "formats/snappy.h"

namespace lucie::parquet {
namespace {

enum Codec : std::int32_t { kUncompressed = 0, kSnappy = 1, kGzip = 2, kZstd = 6 };
constexpr std::array<const char*, 8> kCodecs = {"uncompressed", "snappy", "gzip", "lzo",
                                                "brotli",       "lz4",    "zstd", "lz4_raw"};
constexpr std::int32_t kRleLevels = 3;

// What a byte of each codec can become at most; a stated size beyond it is a lie, found before
// anything of that size is allocated.
std::uint64_t most_from_a_byte(std::int32_t codec) {
  switch (codec) {
    case kUncompressed:
      return 1;
    case kSnappy:
      return 32;  // a copy of 64 bytes is written in three
    case kGzip:
      return 1040;  // deflate: 258 bytes in two bits
    default:
      return 1 << 16;  // zstd: a block of 128 kB in four bytes
  }
}

// Writers make pages and dictionaries of about 1 MB. A dictionary takes up to eight times its size.
constexpr std::size_t kMaxPageBytes = std::size_t{1} << 28;
constexpr std::size_t kMaxDictionaryBytes = std::size_t{1} << 26;

int width_of_level(int highest) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(highest)));
}

}  // namespace

const char* codec_name(std::int32_t codec) {
  const auto index = static_cast<std::size_t>(codec);
  return codec >= 0 && index < kCodecs.size() ? kCodecs[index] : "unknown codec";
}

ColumnReader::ColumnReader(const Node& leaf, const ColumnChunk& chunk, const MappedFile& file)
    : leaf_(leaf),
      file_(file),
      path_(file.path().string()),
      codec_(chunk.codec),
      at_(static_cast<std::uint64_t>(
          chunk.dictionary_page_offset > 0
              ? std::min(chunk.dictionary_page_offset, chunk.data_page_offset)
              : chunk.data_page_offset)),
      end_(at_ + static_cast<std::uint64_t>(chunk.compressed_bytes)),
      page_start_(at_),
      chunk_left_(static_cast<std::uint64_t>(chunk.values)) {
  if (codec_ != kUncompressed && codec_ != kSnappy && codec_ != kGzip && codec_ != kZstd) {
    fail(ErrorCode::kUnsupported,
         std::string("column '") + leaf.element.name + "' compressed by " + codec_name(codec_),
         path_ + ":" + std::to_string(at_), "write the file with zstd, snappy or gzip");
  }
  step();
}

void ColumnReader::corrupt(const std::string& message) const {
  fail(ErrorCode::kCorrupt, "column '" + leaf_.element.name + "': " + message,
       path_ + ":" + std::to_string(page_start_), "the file is damaged: get it again");
}

Json ColumnReader::value() {
  if (!inside_ || !values_) corrupt("fewer values than its levels and row group say");
  Value value;
  values_->next(&value);
  return to_json(leaf_.element, value, path_ + ":" + std::to_string(page_start_));
}

void ColumnReader::advance() {
  if (!inside_) corrupt("fewer values than the row group has rows");
  step();
}

void ColumnReader::step() {
  while (page_left_ == 0) {
    if (chunk_left_ == 0) {
      inside_ = false;
      definition_ = repetition_ = 0;
      return;
    }
    const Page page = next_page();
    switch (page.header.kind) {
      case PageHeader::Kind::kIndex:
        break;
      case PageHeader::Kind::kDictionary:
        begin_dictionary(page);
        break;
      case PageHeader::Kind::kData:
      case PageHeader::Kind::kDataV2:
        begin_data(page);
        break;
    }
  }
  --page_left_;
  inside_ = true;
  repetition_ = next_level(&repetitions_, leaf_.repetition);
  definition_ = next_level(&definitions_, leaf_.definition);
}

int ColumnReader::next_level(std::optional<RunReader>* levels, int highest) {
  if (!*levels) return highest;
  const std::uint32_t level = (*levels)->next();
  if (level > static_cast<std::uint32_t>(highest)) corrupt("a level beyond the schema's");
  return static_cast<int>(level);
}

ColumnReader::Page ColumnReader::next_page() {
  const auto file = file_.bytes();
  file_.release(file.subspan(page_start_, at_ - page_start_));
  page_start_ = at_;
  if (at_ == end_) corrupt("fewer values than it states");
  Page page;
  std::uint64_t length = 0;
  page.header = parse_page_header(file.subspan(at_, end_ - at_), path_, at_, &length);
  page.offset = at_ + length;
  const PageHeader& header = page.header;
  if (header.compressed_bytes < 0 || header.uncompressed_bytes < 0 ||
      static_cast<std::uint64_t>(header.compressed_bytes) > end_ - page.offset) {
    corrupt("a page that is longer than its column");
  }
  const auto size = static_cast<std::size_t>(header.compressed_bytes);
  page.body = file.subspan(page.offset, size);
  at_ = page.offset + size;
  if (header.crc && crc32(page.body) != *header.crc) corrupt("a page does not fit its checksum");
  return page;
}

void ColumnReader::begin_dictionary(const Page& page) {
  if (has_dictionary_) corrupt("a second dictionary");
  has_dictionary_ = true;
  const auto bytes =
      plain(page, page.body, static_cast<std::size_t>(page.header.uncompressed_bytes),
            &dictionary_bytes_);
  if (page.header.encoding != 0 && page.header.encoding != 2) {  // PLAIN, PLAIN_DICTIONARY
    corrupt("a dictionary in encoding " + std::to_string(page.header.encoding));
  }
  dictionary_ =
      read_dictionary(leaf_.element, page.header.values, ByteCursor(bytes, path_, page.offset));
}

void ColumnReader::begin_data(const Page& page) {
  const std::int32_t values = page.header.values;
  if (values < 0 || static_cast<std::uint64_t>(values) > chunk_left_) {
    corrupt("a page of " + std::to_string(values) + " values, where its column has " +
            std::to_string(chunk_left_) + " left");
  }
  chunk_left_ -= static_cast<std::uint64_t>(values);
  page_left_ = static_cast<std::uint64_t>(values);
  ByteCursor bytes =
      page.header.kind == PageHeader::Kind::kData ? levels_of_v1(page) : levels_of_v2(page);
  values_.reset();
  if (bytes.remaining() > 0) {  // a page of nulls may hold nothing
    values_ = make_value_reader(leaf_.element, page.header.encoding, std::move(bytes), dictionary_);
  }
}

// v1: all compressed together; each kind of level after its length.
ByteCursor ColumnReader::levels_of_v1(const Page& page) {
  const PageHeader& header = page.header;
  ByteCursor bytes(
      plain(page, page.body, static_cast<std::size_t>(header.uncompressed_bytes), &page_bytes_),
      path_, page.offset);
  const auto levels = [&](int highest, std::int32_t encoding) -> std::optional<RunReader> {
    if (highest == 0) return std::nullopt;
    if (encoding != kRleLevels) {
      fail(ErrorCode::kUnsupported, "levels in the old encoding " + std::to_string(encoding),
           bytes.place());
    }
    return take_levels(&bytes, bytes.number<std::uint32_t>("levels"), highest);
  };
  repetitions_ = levels(leaf_.repetition, header.repetition_encoding);
  definitions_ = levels(leaf_.definition, header.definition_encoding);
  return bytes;
}

// v2: the levels are not compressed, and their lengths stand in the header.
ByteCursor ColumnReader::levels_of_v2(const Page& page) {
  const PageHeader& header = page.header;
  if (header.repetition_bytes < 0 || header.definition_bytes < 0) {
    corrupt("levels of negative length");
  }
  const auto repetition = static_cast<std::uint64_t>(header.repetition_bytes);
  const auto definition = static_cast<std::uint64_t>(header.definition_bytes);
  const auto whole = static_cast<std::uint64_t>(header.uncompressed_bytes);
  ByteCursor bytes(page.body, path_, page.offset);
  repetitions_ = take_levels(&bytes, repetition, leaf_.repetition);
  definitions_ = take_levels(&bytes, definition, leaf_.definition);
  if (repetition + definition > whole) corrupt("levels longer than their page");
  const auto packed = bytes.take(bytes.remaining(), "a page");
  if (!header.compressed) return {packed, path_, page.offset + repetition + definition};
  return {plain(page, packed, whole - repetition - definition, &page_bytes_), path_, page.offset};
}

std::optional<RunReader> ColumnReader::take_levels(ByteCursor* bytes, std::uint64_t length,
                                                   int highest) {
  const std::uint64_t offset = bytes->position();
  const auto part = bytes->take(length, "levels");
  if (highest == 0) return std::nullopt;
  return RunReader(ByteCursor(part, path_, page_start_ + offset), width_of_level(highest));
}

std::span<const std::byte> ColumnReader::plain(const Page& page, std::span<const std::byte> packed,
                                               std::size_t size,
                                               std::vector<std::byte>* buffer) const {
  const std::string place = path_ + ":" + std::to_string(page.offset);
  if (size > packed.size() * most_from_a_byte(codec_) + 64) {
    corrupt("a page that states " + std::to_string(size) + " bytes and holds " +
            std::to_string(packed.size()));
  }
  const bool dictionary = page.header.kind == PageHeader::Kind::kDictionary;
  if (size > (dictionary ? kMaxDictionaryBytes : kMaxPageBytes)) {
    fail(ErrorCode::kUnsupported,
         dictionary ? "a dictionary of more than 64 MB" : "a page of more than 256 MB", place);
  }
  if (codec_ == kUncompressed) {
    if (packed.size() != size) corrupt("a page of another size than stated");
    return packed;
  }
  buffer->resize(size);
  if (packed.empty() && size == 0) return {};  // some writers compress nothing to nothing
  if (codec_ == kSnappy) {
    decompress_snappy(packed, *buffer, place);
  } else if (codec_ == kGzip) {
    decompress_gzip(packed, *buffer, place);
  } else {
    decompress_zstd(packed, *buffer, place);
  }
  return *buffer;
}

}  // namespace lucie::parquet
