#include "formats/zip.h"

#include <gtest/gtest.h>

#include <cstring>

#include "formats/format_test_files.h"
#include "formats/zip_layout.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;

ZipDirectory read(std::string_view bytes) {
  return ZipDirectory(std::as_bytes(std::span(bytes.data(), bytes.size())), "x.zip");
}

std::string two_members() {
  const fs::path path = fresh_folder() / "x.zip";
  ZipWriter writer(path);
  writer.add("a/one", "first");
  writer.add("a/two", "second one");
  writer.commit();
  return read_file(path);
}

template <class T>
std::string with(std::string bytes, std::size_t offset, T value) {
  std::memcpy(&bytes[offset], &value, sizeof(value));
  return bytes;
}

TEST(Zip, reads_what_it_writes) {
  const std::string bytes = two_members();
  const ZipDirectory zip = read(bytes);
  ASSERT_EQ(zip.members().size(), 2U);
  const ZipMember* two = zip.find("a/two");
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(bytes.substr(two->offset, two->bytes), "second one");
  EXPECT_EQ(two->offset % 64, 0U);
  EXPECT_EQ(zip.find("a/three"), nullptr);
}

TEST(Zip, a_directory_that_lies_is_corrupt) {
  const std::string bytes = two_members();
  const std::size_t directory = bytes.find("PK\1\2");
  const std::size_t second = bytes.find("PK\1\2", directory + 4);
  const std::size_t local = bytes.find("PK\3\4", 4);
  const std::size_t end64 = bytes.find("PK\6\6");
  ASSERT_NE(end64, std::string::npos);
  std::string same_name = bytes;
  same_name.replace(same_name.rfind("a/two"), 5, "a/one");
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"empty", "", "directory"},
      {"no end record", bytes.substr(0, bytes.size() - 4), "directory"},
      {"entries beyond", with(bytes, end64 + 32, ~std::uint64_t{0}), "directory"},
      {"one entry only", with(bytes, end64 + 32, std::uint64_t{1}), "last entry"},
      {"directory beyond", with(bytes, end64 + 48, ~std::uint64_t{0}), "fill"},
      {"two sizes", with(bytes, second + 20, std::uint32_t{5}), "two sizes"},
      {"another size",
       with(with(bytes, second + 20, std::uint32_t{5}), second + 24, std::uint32_t{5}),
       "another size"},
      {"size of 4 GB without its 64 bits",
       with(with(bytes, second + 20, zip::kIn64), second + 24, zip::kIn64), "another size"},
      {"header elsewhere", with(bytes, second + 42, std::uint32_t{8}), "local header"},
      {"header beyond", with(bytes, second + 42, std::uint32_t{1} << 30), "ends within"},
      {"same header twice", with(same_name, second + 42, std::uint32_t{0}), "size"},
      {"another name", same_name, "local header"},
      {"local name", with(bytes, local + 30, 'b'), "local header"},
  };
  for (const auto& hostile : cases) {
    SCOPED_TRACE(hostile.what);
    const Error error = error_of([&] { read(hostile.bytes); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
    EXPECT_NE(error.message().find(hostile.message), std::string::npos) << error.what();
    EXPECT_TRUE(error.place().starts_with("x.zip")) << error.what();
  }
}

TEST(Zip, names_that_stand_twice_and_members_that_overlap_are_corrupt) {
  const fs::path path = fresh_folder() / "twice.zip";
  ZipWriter writer(path);
  writer.add("a", "1");
  writer.add("a", "1");
  writer.commit();
  const std::string twice = read_file(path);
  EXPECT_NE(error_of([&] { read(twice); }).message().find("'a'"), std::string::npos);
  // Both entries name the first header.
  const std::size_t second = twice.rfind("PK\1\2");
  const Error overlap = error_of([&] { read(with(twice, second + 42, std::uint32_t{0})); });
  EXPECT_NE(overlap.message().find("overlap"), std::string::npos) << overlap.what();
}

TEST(Zip, encrypted_and_compressed_members_are_named) {
  const std::string bytes = two_members();
  const std::size_t second = bytes.rfind("PK\1\2");
  for (const std::size_t field : {second + 8, second + 10}) {
    const Error error = error_of([&] { read(with(bytes, field, std::uint16_t{1})); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
    EXPECT_NE(error.place().find("'a/two'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lucie
