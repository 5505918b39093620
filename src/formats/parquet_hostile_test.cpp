// Footers that pyarrow would not write: each states something that must not be believed.
#include <gtest/gtest.h>

#include "formats/format_test_files.h"
#include "formats/parquet.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::put_file;

// Thrift's compact protocol, writing: just what the tests need.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
  return bytes + static_cast<char>(value);
}

std::string integer(std::int64_t value) {
  const auto wide = static_cast<std::uint64_t>(value);
  return varint(wide << 1U ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

std::string field(int step, int type, const std::string& value) {
  return static_cast<char>(step << 4 | type) + value;
}

std::string number(int step, std::int64_t value) {
  return field(step, 6, integer(value));
}

std::string text(int step, const std::string& value) {
  return field(step, 8, varint(value.size()) + value);
}

const std::string kStop(1, '\0');

std::string structures(int step, const std::vector<std::string>& elements) {
  std::string bytes = varint(elements.size());
  for (const std::string& element : elements) bytes += element;
  return field(step, 9, std::string(1, '\xfc') + bytes);
}

std::string group(const std::string& name, std::int64_t children) {
  return text(4, name) + number(1, children) + kStop;
}

std::string leaf(std::int64_t type, std::int64_t repetition = 0) {
  return number(1, type) + number(2, repetition) + text(1, "x") + kStop;
}

struct Chunk {
  std::int64_t type = 2, codec = 0, values = 1, bytes = 0, offset = 4;
};

std::string row_group(const Chunk& chunk, std::int64_t rows) {
  const std::string metadata = number(1, chunk.type) + number(3, chunk.codec) +
                               number(1, chunk.values) + number(2, chunk.bytes) +
                               number(2, chunk.offset) + kStop;
  return structures(1, {field(3, 12, metadata) + kStop}) + number(2, rows) + kStop;
}

std::string file_of(const std::string& pages, const std::string& footer) {
  std::string length(4, '\0');
  const auto size = static_cast<std::uint32_t>(footer.size());
  std::memcpy(length.data(), &size, 4);
  return "PAR1" + pages + footer + length + "PAR1";
}

std::string file_of(const std::string& pages, const std::vector<std::string>& schema,
                    std::int64_t rows, const std::vector<std::string>& groups) {
  return file_of(pages, structures(2, schema) + number(1, rows) + structures(1, groups) + kStop);
}

// A page v1 of plain values.
std::string page(std::int64_t values, const std::string& body, std::int64_t stated,
                 std::int64_t encoding = 0) {
  const std::string data =
      number(1, values) + number(1, encoding) + number(1, 3) + number(1, 3) + kStop;
  return number(1, 0) + number(1, stated) + number(1, static_cast<std::int64_t>(body.size())) +
         field(2, 12, data) + kStop + body;
}

Error read(const std::string& bytes) {
  const fs::path path = fresh_folder() / "x.parquet";
  put_file(path, bytes);
  return error_of([&] {
    const ParquetFile file(path);
    for (std::size_t i = 0; i < file.row_groups(); ++i) {
      ParquetRows rows(file, i, {});
      for (Json row; rows.next(&row);) continue;
    }
  });
}

void expect_corrupt(const std::string& bytes, const std::string& message) {
  const Error error = read(bytes);
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  EXPECT_NE(error.message().find(message), std::string::npos) << error.what();
  EXPECT_NE(error.place().find("x.parquet:"), std::string::npos) << error.what();
}

const std::vector<std::string> kOneInt64 = {group("root", 1), leaf(2)};

TEST(HostileParquet, the_files_of_this_test_can_be_read) {
  const std::string pages = page(1, std::string(8, '\1'), 8);
  Chunk chunk;
  chunk.bytes = static_cast<std::int64_t>(pages.size());
  const fs::path path = fresh_folder() / "x.parquet";
  put_file(path, file_of(pages, kOneInt64, 1, {row_group(chunk, 1)}));
  const ParquetFile file(path);
  ParquetRows rows(file, 0, {});
  Json row;
  ASSERT_TRUE(rows.next(&row));
  EXPECT_EQ(row.dump(), R"({"x":72340172838076673})");
  EXPECT_FALSE(rows.next(&row));
}

TEST(HostileParquet, schemas_that_are_no_tree) {
  std::vector<std::string> deep(200, group("g", 1));
  deep.push_back(leaf(2));
  expect_corrupt(file_of("", deep, 0, {}), "nests too deeply");
  expect_corrupt(file_of("", {group("root", 2'000'000'000), leaf(2)}, 0, {}), "fewer elements");
  expect_corrupt(file_of("", {group("root", 1), leaf(2), leaf(2)}, 0, {}), "below no group");
  expect_corrupt(file_of("", {group("root", 1), group("g", 0)}, 0, {}), "without columns");
  expect_corrupt(file_of("", {leaf(2)}, 0, {}), "root is a column");
  expect_corrupt(file_of("", {}, 0, {}), "without a root");
  expect_corrupt(file_of("", {group("root", 1), leaf(9)}, 0, {}), "unknown physical type");
  expect_corrupt(file_of("", {group("root", 1), leaf(2, 3)}, 0, {}), "unknown repetition");
  expect_corrupt(file_of("", {group("root", 1), leaf(7)}, 0, {}), "values of 0 bytes");
}

TEST(HostileParquet, thrift_that_nests_or_counts_without_end) {
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested += field(15, 12, "");  // a structure in a structure
  expect_corrupt(file_of("", nested), "nest too deeply");
  expect_corrupt(file_of("", field(2, 9, "\xfc" + varint(std::uint64_t{1} << 60U))),
                 "list is too long");
  expect_corrupt(file_of("", field(15, 11, varint(2'000'000'000) + "\x11")), "map is too long");
  expect_corrupt(file_of("", field(15, 8, varint(~std::uint64_t{0}))), "file ends within");
  expect_corrupt(file_of("", field(15, 14, "")), "unknown thrift type");
  expect_corrupt(file_of("", field(1, 6, std::string(11, '\xff'))), "more than 64 bits");
}

TEST(HostileParquet, counts_that_contradict_each_other) {
  const auto with = [](const Chunk& chunk, std::int64_t rows, std::int64_t all) {
    return file_of("0123456789", kOneInt64, all, {row_group(chunk, rows)});
  };
  expect_corrupt(with({}, 1, 2), "fewer rows than stated");
  expect_corrupt(with({}, 1, 0), "more rows than stated");
  expect_corrupt(with({.values = 2}, 1, 1), "number of values");
  expect_corrupt(with({}, -1, -1), "negative size");
  expect_corrupt(with({.type = 1}, 1, 1), "another type");
  expect_corrupt(with({.bytes = 1'000'000}, 1, 1), "not within the file");
  expect_corrupt(with({.bytes = -1}, 1, 1), "not within the file");
  expect_corrupt(with({.offset = std::int64_t{1} << 62}, 1, 1), "not within the file");
  expect_corrupt(with({}, 1, 1), "fewer values than it states");
  expect_corrupt(file_of("", kOneInt64, 1, {structures(1, {}) + number(2, 1) + kStop}),
                 "other columns");
  expect_corrupt(file_of("", {group("root", 0)}, 1'000'000'000'000, {}), "rows without columns");
  expect_corrupt(file_of("", kOneInt64, 1, {structures(1, {kStop}) + number(2, 1) + kStop}),
                 "a column without metadata");
  std::vector<std::string> many(100'001, leaf(2));
  many.front() = group("root", 100'000);
  expect_corrupt(file_of("", many, 0, {}), "too many columns");
}

TEST(HostileParquet, pages_that_state_what_they_do_not_hold) {
  const auto with = [](const std::string& pages, Chunk chunk) {
    chunk.bytes = static_cast<std::int64_t>(pages.size());
    return file_of(pages, kOneInt64, chunk.values, {row_group(chunk, chunk.values)});
  };
  for (const std::int64_t codec : {0, 1, 2, 6}) {
    expect_corrupt(with(page(1, "12345678", 2'000'000'000), {.codec = codec}), "states 2000000000");
    expect_corrupt(with(page(1, "12345678", -1), {.codec = codec}), "longer than its column");
  }
  const std::string large(1 << 16, 'x');
  EXPECT_EQ(read(with(page(1, large, 1'000'000'000), {.codec = 6})).code(),
            ErrorCode::kUnsupported);
  expect_corrupt(with(page(2'000'000'000, "12345678", 8), {}), "where its column has 1 left");
  expect_corrupt(with(page(-1, "12345678", 8), {}), "a page of -1 values");
  expect_corrupt(with(page(2, "12345678", 8), {.values = 2}), "file ends within a value");
  expect_corrupt(with(page(1, "", 0), {}), "fewer values");
  // A dictionary that is not there; runs of no values; blocks of no values.
  expect_corrupt(with(page(1, std::string("\x01\x02\x00", 3), 3, 8), {}), "a dictionary of 0");
  expect_corrupt(with(page(1, std::string("\x01\x00\x00", 3), 3, 8), {}), "a run of 0 values");
  expect_corrupt(with(page(1, "\x21\x02", 2, 8), {}), "packed numbers of 33 bits");
  expect_corrupt(with(page(1, std::string(4, '\0'), 4, 5), {}), "delta header");
  expect_corrupt(with(page(1, "12345678", 8, 7), {}), "a column of another type");
}

TEST(HostileParquet, a_list_of_a_thousand_million_values_in_a_few_bytes) {
  constexpr std::int64_t kMany = 1'000'000'000;
  // Repetition: 0, then 1 without end; definition: 1 without end. All zero in the dictionary.
  const std::string first = varint(1U << 1U) + std::string(1, '\0');
  const std::string ones = varint(std::uint64_t{kMany} << 1U) + std::string(1, '\1');
  const auto levels = [](const std::string& runs) {
    return std::string(1, static_cast<char>(runs.size())) + std::string(3, '\0') + runs;
  };
  const std::string body = levels(first + ones) + levels(ones) + std::string(1, '\0') +
                           varint(std::uint64_t{kMany} << 1U);
  const std::string dictionary = number(1, 2) + number(1, 8) + number(1, 8) +
                                 field(4, 12, number(1, 1) + number(1, 0) + kStop) + kStop +
                                 std::string(8, '\7');
  const std::string pages =
      dictionary + page(kMany, body, static_cast<std::int64_t>(body.size()), 8);
  Chunk chunk;
  chunk.values = kMany;
  chunk.bytes = static_cast<std::int64_t>(pages.size());
  const Error error =
      read(file_of(pages, {group("root", 1), leaf(2, 2)}, 1, {row_group(chunk, 1)}));
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
  EXPECT_EQ(error.message(), "a row of more than 256 MB");
}

}  // namespace
}  // namespace lucie
