#include "formats/parquet.h"

#include <gtest/gtest.h>

#include <thread>

#include "formats/format_test_files.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::expect_error_when_cut;
using testing_formats::expect_no_harm_when_damaged;
using testing_formats::fresh_folder;
using testing_formats::put_file;

fs::path golden(const std::string& name) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden/parquet" / name;
}

Json read_rows(const fs::path& path, const std::vector<std::string>& names = {}) {
  const ParquetFile file(path);
  Json rows = Json::array();
  for (std::size_t group = 0; group < file.row_groups(); ++group) {
    ParquetRows reader(file, group, names);
    for (Json row; reader.next(&row);) rows.push_back(std::move(row));
  }
  EXPECT_EQ(static_cast<std::int64_t>(rows.size()), file.rows());
  return rows;
}

std::string refusal(const fs::path& path) {
  return error_of([&] { read_rows(path); }).what();
}

void expect_rows(const std::string& name, const Json& expected) {
  SCOPED_TRACE(name);
  const Json rows = read_rows(golden(name));
  ASSERT_EQ(rows.size(), expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows.at(i), expected.at(i)) << i << "\n"
                                          << rows.at(i).dump() << "\n"
                                          << expected.at(i).dump();
  }
}

TEST(Parquet, every_encoding_codec_and_page_version_gives_the_rows_that_were_written) {
  const Json expected = read_json(golden("flat.json"));
  for (const char* encoding : {"plain", "dictionary", "delta"}) {
    for (const char* codec : {"none", "snappy", "gzip", "zstd"}) {
      for (const char* version : {"v1", "v2"}) {
        expect_rows(std::string("flat_") + encoding + "_" + codec + "_" + version + ".parquet",
                    expected);
      }
    }
  }
}

TEST(Parquet, lists_structs_and_maps_are_assembled_from_their_levels) {
  const Json expected = read_json(golden("nested.json"));
  expect_rows("nested_v1.parquet", expected);
  expect_rows("nested_v2.parquet", expected);
}

TEST(Parquet, many_row_groups_and_pages) {
  const Json expected = read_json(golden("pages.json"));
  expect_rows("pages_v1.parquet", expected);
  expect_rows("pages_v2.parquet", expected);
  const ParquetFile file(golden("pages_v1.parquet"));
  ASSERT_EQ(file.row_groups(), 5u);
  ParquetRows rows(file, 3, {"id"});  // by itself
  Json row;
  ASSERT_TRUE(rows.next(&row));
  EXPECT_EQ(row.dump(), R"({"id":210})");
}

TEST(Parquet, threads_read_row_groups_of_one_file) {
  const Json expected = read_json(golden("pages.json"));
  const ParquetFile file(golden("pages_v2.parquet"));
  std::vector<Json::Array> found(file.row_groups());
  std::vector<std::thread> threads;
  for (std::size_t group = 0; group < file.row_groups(); ++group) {
    threads.emplace_back([&, group] {
      ParquetRows rows(file, group, {});
      for (Json row; rows.next(&row);) found[group].push_back(std::move(row));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t at = 0;
  for (const Json::Array& rows : found) {
    for (const Json& row : rows) ASSERT_EQ(row, expected.at(at++));
  }
  EXPECT_EQ(at, expected.size());
}

TEST(Parquet, only_the_chosen_columns_are_read) {
  const Json rows = read_rows(golden("float16.parquet"), {"text"});
  EXPECT_EQ(rows.dump(), R"([{"text":"read"}])");
  const std::string all = refusal(golden("float16.parquet"));
  EXPECT_NE(all.find("column 'half' of type float16"), std::string::npos) << all;
  const ParquetFile file(golden("float16.parquet"));
  try {
    const ParquetRows typo(file, 0, {"texte"});
    FAIL() << "a column that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.hint(), "did you mean 'text'?");
  }
}

TEST(Parquet, the_schema_in_words) {
  const ParquetFile file(golden("nested_v1.parquet"));
  std::string words;
  for (const parquet::Node& child : file.schema().children) {
    words += child.element.name + ": " + parquet::type_name(child) + "\n";
  }
  EXPECT_EQ(words,
            "tags: list of text\n"
            "grid: list of list of int32\n"
            "meta: {source: text, authors: list of {name: text, years: list of int64}}\n"
            "counts: map to int64\n");
  const std::vector<ParquetColumn> columns = file.columns();
  ASSERT_EQ(columns.size(), 7u);
  EXPECT_EQ(columns[3].path, "meta.authors.list.element.name");
  EXPECT_EQ(columns[3].type, "text");
  EXPECT_EQ(columns[3].codec, "snappy");
  EXPECT_GT(columns[3].compressed_bytes, 0u);
}

TEST(Parquet, old_timestamps_and_no_rows) {
  EXPECT_EQ(read_rows(golden("int96.parquet")).dump(),
            R"([{"at":"1970-01-01T00:00:00"},{"at":"1969-12-31T23:59:59.999999999"},)"
            R"({"at":"2023-11-14T22:13:20.123456789"}])");
  EXPECT_EQ(read_rows(golden("empty.parquet")).size(), 0u);
}

TEST(Parquet, what_is_not_read_is_refused_by_name) {
  const std::string brotli = refusal(golden("brotli.parquet"));
  EXPECT_NE(brotli.find("column 'text' compressed by brotli"), std::string::npos) << brotli;
  const fs::path path = fresh_folder() / "x.parquet";
  put_file(path, "PARE....PARE");
  EXPECT_NE(refusal(path).find("encrypted"), std::string::npos);
  put_file(path, "{\"text\": \"json\"}");
  EXPECT_NE(refusal(path).find("not a Parquet file"), std::string::npos);
}

TEST(Parquet, a_checksum_that_does_not_fit_is_an_error) {
  std::string bytes = read_file(golden("pages_v1.parquet"));
  const std::size_t magic = bytes.find("\x28\xB5\x2F\xFD");  // of the first zstd frame
  ASSERT_NE(magic, std::string::npos);
  bytes[magic + 12] = static_cast<char>(bytes[magic + 12] ^ 1);
  const fs::path path = fresh_folder() / "x.parquet";
  put_file(path, bytes);
  const std::string error = refusal(path);
  EXPECT_NE(error.find("does not fit its checksum"), std::string::npos) << error;
  EXPECT_NE(error.find("x.parquet:4"), std::string::npos) << error;
}

TEST(Parquet, a_cut_file_is_an_error_wherever_it_is_cut) {
  const std::string bytes = read_file(golden("small_delta.parquet"));
  expect_error_when_cut(fresh_folder() / "x.parquet", bytes, bytes.size(),
                        [](const fs::path& path) { read_rows(path); });
}

TEST(Parquet, a_damaged_byte_is_no_harm) {
  const fs::path path = fresh_folder() / "x.parquet";
  for (const char* name : {"small_dictionary.parquet", "small_delta.parquet"}) {
    const std::string bytes = read_file(golden(name));
    const int errors = expect_no_harm_when_damaged(
        path, bytes, [](const fs::path& damaged) { read_rows(damaged); });
    EXPECT_GT(errors, static_cast<int>(bytes.size()) / 4) << name;
  }
}

}  // namespace
}  // namespace lucie
