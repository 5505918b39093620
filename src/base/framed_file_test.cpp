#include "base/framed_file.h"

#include "base/record_stream.h"
#include "base/stream.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

std::string line_of(int number) {
  return "line " + std::to_string(number) + std::string(static_cast<std::size_t>(number) % 70, 'x');
}

void write_lines(const fs::path& path, int first, int count) {
  FramedWriter writer(path);
  for (int i = first; i < first + count; ++i) writer.write(line_of(i) + "\n");
  writer.commit();
}

TEST(FramedFile, every_line_is_found_by_its_number_and_other_readers_see_plain_zstd) {
  const Folder folder;
  write_lines(folder / "a.zst", 0, 60000);
  FramedReader reader(folder / "a.zst");
  EXPECT_EQ(reader.records(), 60000U);
  EXPECT_GT(reader.frames().size(), 2U);
  for (const Frame& frame : reader.frames()) EXPECT_LE(frame.text, kFrameBytes);
  for (const int number : {0, 1, 25000, 25002, 25001, 59999, 3}) {
    EXPECT_EQ(reader.line(static_cast<std::uint64_t>(number)), line_of(number));
  }
  EXPECT_EQ(error_of([&] { reader.line(60000); }).code(), ErrorCode::kInvalidArgument);
  LineReader plain(folder / "a.zst");
  std::string line;
  int number = 0;
  while (plain.next(line)) ASSERT_EQ(line, line_of(number++));
  EXPECT_EQ(number, 60000);
}

TEST(FramedFile, a_record_longer_than_a_frame_is_one_of_its_own) {
  const Folder folder;
  FramedWriter writer(folder / "a.zst");
  const std::string longest(3 * kFrameBytes, 'y');
  for (const std::string& line : {std::string("a"), longest, std::string("b")}) {
    writer.write(line + "\n");
  }
  writer.commit();
  FramedReader reader(folder / "a.zst");
  ASSERT_EQ(reader.frames().size(), 3U);
  EXPECT_EQ(reader.line(1), longest);
  EXPECT_EQ(reader.line(2), "b");
}

TEST(FramedFile, files_are_put_together_as_they_are) {
  const Folder folder;
  write_lines(folder / "a.zst", 0, 100);
  write_lines(folder / "none.zst", 0, 0);
  write_lines(folder / "b.zst", 100, 50);
  FramedWriter writer(folder / "all.zst");
  for (const char* part : {"a.zst", "none.zst", "b.zst"})
    writer.append(FramedReader(folder / part));
  writer.write("last\n");
  EXPECT_EQ(writer.records(), 151U);
  writer.commit();
  FramedReader reader(folder / "all.zst");
  EXPECT_EQ(reader.line(99), line_of(99));
  EXPECT_EQ(reader.line(100), line_of(100));
  EXPECT_EQ(reader.line(150), "last");
}

TEST(FramedFile, damage_anywhere_is_an_error_that_names_the_file) {
  const Folder folder;
  write_lines(folder / "a.zst", 0, 200);
  const std::string good = read_file(folder / "a.zst");
  const auto read_all = [&](const std::string& bytes) {
    write_file_atomic(folder / "bad.zst", bytes);
    FramedReader reader(folder / "bad.zst");
    for (std::uint64_t i = 0; i < 200; ++i) EXPECT_EQ(reader.line(i), line_of(static_cast<int>(i)));
  };
  read_all(good);
  // Every byte of the index, and some of the frame.
  for (std::size_t at = 8; at < good.size(); at += at + 60 < good.size() ? 29 : 1) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    const Error error = error_of([&] { read_all(bad); });
    ASSERT_EQ(error.code(), ErrorCode::kCorrupt) << at;
    EXPECT_EQ(error.place(), (folder / "bad.zst").string());
  }
  for (std::size_t size = 0; size < good.size(); size += 31) {
    ASSERT_EQ(error_of([&] { read_all(good.substr(0, size)); }).code(), ErrorCode::kCorrupt);
  }
}

TEST(RecordStream, is_read_in_order_and_from_a_place_that_is_sought) {
  const Folder folder;
  RecordWriter<std::uint64_t> writer(folder / "r");
  for (std::uint64_t i = 0; i < 100'000; ++i) writer.write(3 * i);
  EXPECT_EQ(writer.records(), 100'000U);
  writer.commit();
  RecordReader<std::uint64_t> reader(folder / "r");
  for (std::uint64_t i = 0; i < 100'000; ++i) ASSERT_EQ(*reader.next(), 3 * i);
  EXPECT_EQ(reader.next(), nullptr);
  for (const std::uint64_t wanted : {0, 1, 150'000, 299'997}) {
    reader.seek([&](std::uint64_t record) { return record < wanted; });
    EXPECT_EQ(*reader.peek(), (wanted + 2) / 3 * 3);
    EXPECT_EQ(*reader.next(), (wanted + 2) / 3 * 3);
  }
  reader.seek([](std::uint64_t) { return true; });
  EXPECT_EQ(reader.next(), nullptr);
  write_file_atomic(folder / "cut", "1234567");
  EXPECT_EQ(error_of([&] { RecordReader<std::uint64_t>(folder / "cut"); }).code(),
            ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace lucie
