// WARC files: records of a web crawl, and WET files, which hold their texts (ISO 28500:2017,
// https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/).
//
//   WarcReader reader("CC-MAIN-00000.warc.gz");
//   for (WarcRecord record; reader.next(&record);) {
//     if (record.type == "response") use(reader.content(limit));
//   }
//
// Plain, or with a gzip member or zstd frame per record, or compressed as a whole. Memory is that
// of one header and of the content asked for.
//
// A record that is damaged or cut short is Error{kCorrupt}, from next() or content(); called again,
// next() goes on with the next record that can be found. With a member per record, what content()
// gives has passed the member's checksum.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decompress.h"

namespace lucie {

struct WarcRecord {
  std::string type;  // "response", "conversion", "request", "warcinfo", ...
  std::string id;    // "<urn:uuid:...>"
  std::string date;  // "2024-05-01T12:00:00Z"
  std::string uri;   // WARC-Target-URI, without brackets
  std::string ip;
  std::string content_type;
  std::uint64_t length = 0;  // of the content
  // Of its gzip member or zstd frame in the file; in the first one, and in plain files, its own
  // in what is decompressed.
  std::uint64_t offset = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // all, names in lower case

  std::string_view field(std::string_view name) const;  // the first, empty when there is none
};

class WarcReader {
 public:
  explicit WarcReader(const fs::path& path);

  bool next(WarcRecord* record);  // false at the end
  // Of the record last read, once. More than `limit` bytes is Error{kCorrupt}, and is passed over.
  std::string content(std::uint64_t limit);
  std::uint64_t number() const { return number_; }  // of the record last read or refused, from 1

 private:
  bool fill();  // false at the end of the file
  std::string_view window() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t count);
  bool read_line(std::string* line);
  void read_header(WarcRecord* record);
  void skip(std::uint64_t count);
  void check_member_end();
  [[noreturn]] void fail_corrupt(const std::string& reason) const;

  fs::path path_;
  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t position_ = 0;       // of the window in the decompressed stream
  std::uint64_t member_ = 0;         // offset of the member that the window comes from
  std::uint64_t member_starts_ = 0;  // and its position
  std::uint64_t record_starts_ = 0;  // position of the record last read
  std::uint64_t number_ = 0;
  std::uint64_t left_ = 0;      // of the content of the record last read
  bool lost_ = false;           // the source has failed
  bool astray_ = false;         // where the next record begins is not known
  std::exception_ptr pending_;  // what the next member will throw
};

}  // namespace lucie
