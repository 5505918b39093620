#include "base/stream.h"

#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/rng.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

// Text that is neither constant nor incompressible, longer than every buffer.
std::string sample_text() {
  Rng rng(1, "stream");
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "line " + std::to_string(rng.below(1'000'000)) + "\n";
  return text;
}

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

// The bytes that TextWriter gives for a name, or xz's.
std::string compressed(const Folder& folder, const std::string& text,
                       const std::string& extension) {
  if (extension == ".xz") return xz(text);
  const fs::path path = folder / ("made" + extension);
  TextWriter writer(path, 3);
  for (std::size_t at = 0; at < text.size(); at += 300'001) writer.write(text.substr(at, 300'001));
  writer.commit();
  return read_file(path);
}

class Formats : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Stream, Formats, ::testing::Values(".txt", ".gz", ".zst", ".xz"),
                         [](const auto& format) { return format.param.substr(1); });

TEST_P(Formats, are_told_apart_by_their_bytes_and_read_back) {
  const Folder folder;
  const std::string text = sample_text();
  const std::string bytes = compressed(folder, text, GetParam());
  if (GetParam() != ".txt") {
    EXPECT_LT(bytes.size(), text.size() / 2);
  }
  write_file_atomic(folder / "nameless", bytes);
  EXPECT_EQ(read_decompressed(folder / "nameless"), text);
  LineReader reader(folder / "nameless");
  std::string line, joined;
  while (reader.next(line)) joined += line + "\n";
  EXPECT_EQ(joined, text);
  EXPECT_EQ(reader.line_number(), 40'000U);
}

TEST_P(Formats, hold_the_empty_text) {
  const Folder folder;
  write_file_atomic(folder / "f", compressed(folder, "", GetParam()));
  EXPECT_EQ(read_decompressed(folder / "f"), "");
  LineReader reader(folder / "f");
  std::string line;
  EXPECT_FALSE(reader.next(line));
}

TEST_P(Formats, several_in_a_row_are_one_text) {
  const Folder folder;
  write_file_atomic(folder / "f", compressed(folder, "one\n", GetParam()) +
                                      compressed(folder, "two\n", GetParam()));
  EXPECT_EQ(read_decompressed(folder / "f"), "one\ntwo\n");
}

TEST_P(Formats, more_than_the_limit_is_an_error) {
  const Folder folder;
  const std::string text(3'000'000, 'a');
  write_file_atomic(folder / "f", compressed(folder, text, GetParam()));
  EXPECT_EQ(read_decompressed(folder / "f", text.size()), text);
  EXPECT_EQ(error_of([&] { read_decompressed(folder / "f", text.size() - 1); }).code(),
            ErrorCode::kCorrupt);
}

TEST_P(Formats, cut_off_anywhere_or_damaged_is_corrupt) {
  if (GetParam() == ".txt") return;
  const Folder folder;
  const std::string bytes = compressed(folder, "some text that is short\n", GetParam());
  for (std::size_t size = 6; size < bytes.size(); ++size) {
    write_file_atomic(folder / "f", bytes.substr(0, size));
    EXPECT_EQ(error_of([&] { read_decompressed(folder / "f"); }).code(), ErrorCode::kCorrupt)
        << size;
  }
  const std::string large = compressed(folder, sample_text(), GetParam());
  write_file_atomic(folder / "f", large.substr(0, large.size() / 2));
  EXPECT_EQ(error_of([&] { read_decompressed(folder / "f"); }).place(), (folder / "f").string());
  std::string damaged = large;
  damaged[large.size() / 2] = static_cast<char>(damaged[large.size() / 2] ^ 0x55);
  write_file_atomic(folder / "f", damaged);
  EXPECT_EQ(error_of([&] { read_decompressed(folder / "f"); }).code(), ErrorCode::kCorrupt);
  write_file_atomic(folder / "f", bytes + "rubbish after the end");
  EXPECT_EQ(error_of([&] { read_decompressed(folder / "f"); }).code(), ErrorCode::kCorrupt);
}

TEST_P(Formats, the_same_text_gives_the_same_bytes) {
  const Folder folder;
  EXPECT_EQ(compressed(folder, sample_text(), GetParam()),
            compressed(folder, sample_text(), GetParam()));
}

TEST(LineReader, counts_lines_and_takes_a_last_one_without_newline) {
  const Folder folder;
  write_file_atomic(folder / "f", "a\n\nb\r\nlast");
  LineReader reader(folder / "f");
  std::string line;
  for (const char* expected : {"a", "", "b\r", "last"}) {
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(line, expected);
  }
  EXPECT_EQ(reader.place(), (folder / "f").string() + ":4");
  EXPECT_FALSE(reader.next(line));
  EXPECT_EQ(error_of([&] { LineReader(folder / "none"); }).code(), ErrorCode::kNotFound);
}

TEST(LineReader, an_endless_line_is_an_error) {
  const Folder folder;
  {
    TextWriter writer(folder / "bomb.zst", 1);
    const std::string chunk(1U << 20, 'x');
    for (int i = 0; i < 300; ++i) writer.write(chunk);
    writer.commit();
  }
  LineReader reader(folder / "bomb.zst");
  std::string line;
  EXPECT_EQ(error_of([&] { reader.next(line); }).code(), ErrorCode::kCorrupt);
}

TEST(ReadDecompressed, skips_a_skippable_zstd_frame) {
  const Folder folder;
  write_file_atomic(folder / "f", std::string("\x50\x2A\x4D\x18\x03\0\0\0abc", 11) +
                                      compressed(folder, "text", ".zst"));
  EXPECT_EQ(read_decompressed(folder / "f"), "text");
}

TEST(TextWriter, is_visible_only_after_commit) {
  const Folder folder;
  for (const char* name : {"a.txt", "a.gz", "a.zst"}) {
    TextWriter writer(folder / name);
    writer.write("x");
    EXPECT_FALSE(fs::exists(folder / name));
  }
  EXPECT_EQ(folder.entries(), 0);
  EXPECT_EQ(error_of([&] { TextWriter(folder / "a.xz"); }).code(), ErrorCode::kUnsupported);
}

TEST(TextWriter, a_full_disk_leaves_nothing) {
  const Folder folder;
  const std::string text = sample_text();
  for (const char* name : {"a.txt", "a.gz", "a.zst"}) {
    const ScopedWriteFault full(1000);
    const Error error = error_of([&] {
      TextWriter writer(folder / name);
      writer.write(text);
      writer.commit();
    });
    EXPECT_EQ(error.hint(), "free some space; nothing was written") << name;
  }
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace lucie
