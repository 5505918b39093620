#include "base/stream.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <vector>

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

std::string bzip2(std::string text) {
  std::string out(text.size() + text.size() / 100 + 600, '\0');
  auto size = static_cast<unsigned>(out.size());
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(),
                                     static_cast<unsigned>(text.size()), 9, 0, 0),
            BZ_OK);
  out.resize(size);
  return out;
}

// The bytes that TextWriter gives for a name, or xz's and bzip2's.
std::string compressed(const Folder& folder, const std::string& text,
                       const std::string& extension) {
  if (extension == ".xz") return xz(text);
  if (extension == ".bz2") return bzip2(text);
  const fs::path path = folder / ("made" + extension);
  TextWriter writer(path, 3);
  for (std::size_t at = 0; at < text.size(); at += 300'001) writer.write(text.substr(at, 300'001));
  writer.commit();
  return read_file(path);
}

class Formats : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Stream, Formats, ::testing::Values(".txt", ".gz", ".zst", ".xz", ".bz2"),
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
  for (std::size_t size = 10; size < bytes.size(); ++size) {
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

// All lines that can be had, and how often next() threw.
std::vector<std::string> lines_of(const fs::path& path, int* damaged, std::size_t max_line = 1000) {
  LineReader reader(path, max_line);
  std::vector<std::string> lines;
  std::string line;
  for (*damaged = 0;;) {
    try {
      if (!reader.next(line)) return lines;
      lines.push_back(line);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      ++*damaged;
    }
  }
}

TEST_P(Formats, a_damaged_member_is_passed_over) {
  if (GetParam() == ".txt") return;
  const Folder folder;
  Rng rng(2, "members");
  std::vector<std::string> texts, members;
  for (int i = 0; i < 40; ++i) {
    texts.emplace_back();
    for (int k = 0; k < 30; ++k) texts.back() += static_cast<char>('a' + rng.below(26));
    members.push_back(compressed(folder, texts.back() + "\n" + texts.back() + "\n", GetParam()));
  }
  for (const std::size_t bad : {0U, 17U, 39U}) {
    std::string bytes;
    for (std::size_t i = 0; i < members.size(); ++i) {
      std::string member = members[i];
      if (i == bad) {
        for (std::size_t k = 12; k < member.size(); k += 2) member[k] ^= 0x5A;
      }
      bytes += member;
    }
    write_file_atomic(folder / "f", bytes);
    int damaged = 0;
    const std::vector<std::string> lines = lines_of(folder / "f", &damaged);
    EXPECT_GE(damaged, 1);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto count = std::count(lines.begin(), lines.end(), texts[i]);
      EXPECT_EQ(count, i == bad ? 0 : 2) << i << " with damage in " << bad;
    }
  }
}

TEST_P(Formats, false_starts_within_damage_cost_no_more_than_the_file) {
  if (GetParam() == ".txt") return;
  const Folder folder;
  const std::string head = compressed(folder, sample_text(), GetParam()).substr(0, 40);
  std::string bytes = head;
  for (int i = 0; i < 20'000; ++i) bytes += head.substr(0, 18);
  write_file_atomic(folder / "f", bytes);
  int damaged = 0;
  lines_of(folder / "f", &damaged);
  EXPECT_GE(damaged, 1);
}

TEST(LineReader, a_line_that_is_too_long_is_passed_over) {
  const Folder folder;
  const std::string text = "a\n" + std::string(1001, 'x') + "\n" + std::string(1000, 'y') +
                           "\nb\n" + std::string(500'000, 'z');
  for (const char* name : {"f", "f.gz"}) {
    TextWriter writer(folder / name);
    writer.write(text);
    writer.commit();
    int damaged = 0;
    EXPECT_EQ(lines_of(folder / name, &damaged),
              (std::vector<std::string>{"a", std::string(1000, 'y'), "b"}));
    EXPECT_EQ(damaged, 2);
  }
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
    EXPECT_EQ(error.hint(), "free some space; nothing is half-written") << name;
  }
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace lucie
