// One column of one row group: its entries in order, page by page, in the memory of a page and of
// the dictionary.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "formats/parquet_runs.h"
#include "formats/parquet_schema.h"
#include "formats/parquet_values.h"

namespace lucie::parquet {

const char* codec_name(std::int32_t codec);  // "snappy"; "unknown codec"

// A chunk as checked by ParquetFile: within the file, its metadata present.
class ColumnReader {
 public:
  // `leaf` and `file` outlive the reader.
  ColumnReader(const Node& leaf, const ColumnChunk& chunk, const MappedFile& file);

  // An entry is a value, a null or an empty list; which one its levels tell.
  bool at_end() const { return !inside_; }
  int definition() const { return definition_; }  // of the entry, 0 at the end
  int repetition() const { return repetition_; }
  Json value();    // of the entry, whose definition level says that there is one; once
  void advance();  // to the next entry; Error{kCorrupt} at the end
  [[noreturn]] void corrupt(const std::string& message) const;

 private:
  struct Page {
    PageHeader header;
    std::span<const std::byte> body;
    std::uint64_t offset = 0;  // of the body in the file
  };
  void step();
  Page next_page();
  void begin_dictionary(const Page& page);
  void begin_data(const Page& page);
  ByteCursor levels_of_v1(const Page& page);
  ByteCursor levels_of_v2(const Page& page);
  std::optional<RunReader> take_levels(ByteCursor* bytes, std::uint64_t length, int highest);
  // `packed`, decompressed to `size` bytes in `buffer` where it is compressed.
  std::span<const std::byte> plain(const Page& page, std::span<const std::byte> packed,
                                   std::size_t size, std::vector<std::byte>* buffer) const;
  int next_level(std::optional<RunReader>* levels, int highest);

  const Node& leaf_;
  const MappedFile& file_;
  std::string path_;
  std::int32_t codec_;
  std::uint64_t at_, end_;       // of the next page; of the chunk
  std::uint64_t page_start_;     // of the page being read
  std::uint64_t chunk_left_;     // entries not yet in a page
  std::uint64_t page_left_ = 0;  // entries of the page not yet looked at
  bool inside_ = false;
  int definition_ = 0, repetition_ = 0;
  std::vector<std::byte> page_bytes_, dictionary_bytes_;
  std::vector<Value> dictionary_;
  bool has_dictionary_ = false;
  std::optional<RunReader> definitions_, repetitions_;
  std::unique_ptr<ValueReader> values_;
};

}  // namespace lucie::parquet
