#include "formats/warc.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/stream.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

const fs::path kGolden = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/warc";

struct Read {
  std::vector<std::string> contents;  // of the records that could be read
  std::vector<std::string> damage;
};

Read read_all(const fs::path& path, std::uint64_t limit = 1 << 20) {
  WarcReader reader(path);
  Read read;
  for (WarcRecord record;;) {
    try {
      if (!reader.next(&record)) return read;
      read.contents.push_back(reader.content(limit));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      read.damage.push_back(error.message());
    }
  }
}

std::string record_of(const std::string& content, const std::string& more = "") {
  return "WARC/1.0\r\nWARC-Type: resource\r\n" + more +
         "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content + "\r\n\r\n";
}

std::string compressed(const Folder& folder, const std::string& text, const std::string& suffix) {
  TextWriter writer(folder / ("part" + suffix));
  writer.write(text);
  writer.commit();
  return read_file(folder / ("part" + suffix));
}

// The files are warcio's, and what it reads from them stands in warc.json.
TEST(Warc, reads_what_warcio_reads) {
  const Json files = read_json(kGolden / "warc.json");
  for (const Json& file : files.items()) {
    const std::string name = file.at("file").as_string();
    WarcReader reader(kGolden / name);
    WarcRecord record;
    for (const Json& expected : file.at("records").items()) {
      ASSERT_TRUE(reader.next(&record)) << name;
      EXPECT_EQ(record.type, expected.at("type").as_string());
      EXPECT_EQ(record.id, expected.at("id").as_string());
      EXPECT_EQ(record.date, expected.at("date").as_string());
      EXPECT_EQ(record.uri, expected.at("uri").as_string());
      EXPECT_EQ(record.ip, expected.at("ip").as_string());
      EXPECT_EQ(static_cast<std::int64_t>(record.offset), expected.at("offset").as_int());
      EXPECT_EQ(static_cast<std::int64_t>(record.length), expected.at("length").as_int());
      if (record.type == "conversion") {
        EXPECT_EQ(reader.content(1 << 20), expected.at("text").as_string());
      }
    }
    EXPECT_FALSE(reader.next(&record)) << name;
  }
}

TEST(Warc, any_compression_by_record_or_as_a_whole) {
  const Folder folder;
  for (const char* suffix : {"", ".gz", ".zst"}) {
    const std::string whole = record_of("one") + record_of("two");
    write_file_atomic(folder / "whole", compressed(folder, whole, suffix));
    EXPECT_EQ(read_all(folder / "whole").contents, (std::vector<std::string>{"one", "two"}));
    write_file_atomic(folder / "each", compressed(folder, record_of("one"), suffix) +
                                           compressed(folder, record_of("two"), suffix));
    EXPECT_EQ(read_all(folder / "each").contents, (std::vector<std::string>{"one", "two"}));
  }
}

TEST(Warc, a_damaged_record_costs_itself_alone) {
  const Folder folder;
  for (const char* suffix : {".gz", ".zst"}) {
    for (std::size_t at = 10; at < 90; at += 7) {
      std::string bytes;
      for (const char* content : {"first content", "second, of some length", "third"}) {
        std::string member = compressed(folder, record_of(content), suffix);
        if (content[0] == 's') member[at % member.size()] ^= 0x55;
        bytes += member;
      }
      write_file_atomic(folder / "f", bytes);
      const Read read = read_all(folder / "f");
      EXPECT_EQ(read.contents, (std::vector<std::string>{"first content", "third"})) << at;
      EXPECT_GE(read.damage.size(), 1u);
    }
  }
}

TEST(Warc, lengths_that_lie_and_headers_that_are_none) {
  const Folder folder;
  const std::string good = record_of("good");
  const auto read = [&](const std::string& bad) {
    write_file_atomic(folder / "f", good + bad + good + good);
    return read_all(folder / "f", 100);
  };
  EXPECT_EQ(read("rubbish\r\n\r\n").contents.size(), 3u);
  EXPECT_EQ(read("WARC/1.0\r\nWARC-Type: x\r\n\r\n").damage.front(),
            "a WARC record without a length");
  EXPECT_EQ(read("WARC/1.0\r\nContent-Length: -1\r\n\r\n").contents.size(), 3u);
  EXPECT_EQ(read("WARC/1.0\r\nno field\r\nContent-Length: 0\r\n\r\n").contents.size(), 3u);
  EXPECT_EQ(read("WARC/1.0\r\nx: " + std::string(300'000, 'x') + "\r\nContent-Length: 0\r\n\r\n")
                .contents.size(),
            3u);
  const Read large = read(record_of(std::string(101, 'x')));
  EXPECT_EQ(large.contents.size(), 3u);
  EXPECT_EQ(large.damage.front(), "a WARC record of more than 100 bytes");
  write_file_atomic(folder / "f", good + "WARC/1.0\r\nContent-Length: 99\r\n\r\ncut");
  EXPECT_EQ(read_all(folder / "f").damage.front(), "a WARC record that is cut short");
  // A length that swallows the next record costs both, but not the third.
  EXPECT_EQ(read("WARC/1.0\r\nContent-Length: 10\r\n\r\n").contents.size(), 3u);
}

TEST(Warc, fields_may_go_on_in_the_next_line) {
  const Folder folder;
  write_file_atomic(folder / "f", record_of("", "X: a\r\n\tb\r\nWARC-Target-URI: <http://e/>\r\n"));
  WarcReader reader(folder / "f");
  WarcRecord record;
  ASSERT_TRUE(reader.next(&record));
  EXPECT_EQ(record.field("x"), "a b");
  EXPECT_EQ(record.uri, "http://e/");
}

}  // namespace
}  // namespace lucie
