#include "base/decompress.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <vector>

#include "base/rng.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::Folder;

std::string gzip(const std::string& text, bool long_header) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 3, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytef extra[] = "field", name[] = "name", comment[] = "comment";
  gz_header header{};
  header.extra = extra;
  header.extra_len = sizeof extra;
  header.name = name;
  header.comment = comment;
  header.hcrc = 1;
  if (long_header) deflateSetHeader(&stream, &header);
  std::string out(text.size() + 200, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Members that end at every place about the end of the 131,072 bytes that are read at once, so that
// this falls into every part of the one and of the header of the next.
TEST(Gzip, a_member_may_end_and_begin_anywhere_about_the_end_of_a_window) {
  const Folder folder;
  Rng rng(3, "window");
  std::string letters;
  for (int i = 0; i < 300'000; ++i) letters += static_cast<char>('a' + rng.below(26));
  const auto member_of = [&](std::size_t size) { return gzip(letters.substr(0, size), false); };
  const std::string tail = gzip("tail\n", true);
  std::size_t size = std::size_t{200'000} * 131'025 / member_of(200'000).size();
  while (member_of(size).size() > 131'025) --size;
  std::set<std::size_t> ends;
  for (std::string member = member_of(size); member.size() < 131'085; member = member_of(++size)) {
    ends.insert(member.size());
    write_file_atomic(folder / "two.gz", member + tail);
    const auto source = open_byte_source(folder / "two.gz");
    std::string text;
    char some[7];  // a decoder stops when this is full, also with bytes of the trailer in hand
    while (const std::size_t count = source->read(some)) text.append(some, count);
    ASSERT_EQ(text, letters.substr(0, size) + "tail\n") << member.size();
  }
  EXPECT_GT(ends.size(), 50U);
}

// Each start is followed by a stored block of 65,535 bytes, which leads to one that is none.
TEST(Gzip, false_starts_cost_no_more_than_what_lies_behind_them) {
  const Folder folder;
  const std::string start("\x1F\x8B\x08\0\0\0\0\0\0\x03\0\xFF\xFF\0\0", 15);
  std::string bytes;
  while (bytes.size() < 1 << 20) bytes += start;
  write_file_atomic(folder / "f", bytes);
  const auto source = open_byte_source(folder / "f");
  std::vector<char> some(1 << 17);
  int damaged = 0;
  for (bool more = true; more;) {
    try {
      more = source->read(some) > 0;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      more = source->recover();
      ++damaged;
    }
  }
  EXPECT_GE(damaged, 16);
  EXPECT_LE(damaged, 50) << "of " << bytes.size() / start.size() << " starts";
}

}  // namespace
}  // namespace lucie
