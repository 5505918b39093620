#include "formats/snappy.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

using namespace std::string_view_literals;

std::string decompress(std::string_view block, std::size_t size) {
  std::string out(size, '?');
  decompress_snappy(std::as_bytes(std::span(block)), std::as_writable_bytes(std::span(out)), "x");
  return out;
}

TEST(Snappy, literals_and_copies) {
  EXPECT_EQ(decompress("\x00"sv, 0), "");
  EXPECT_EQ(decompress("\x03\x08"
                       "abc"sv,
                       3),
            "abc");
  EXPECT_EQ(decompress("\x0a\x04"
                       "ab"
                       "\x11\x02"sv,
                       10),
            "ababababab")
      << "overlapping, tag 1";
  EXPECT_EQ(decompress("\x06\x08"
                       "abc"
                       "\x0a\x03\x00"sv,
                       6),
            "abcabc")
      << "tag 2";
  EXPECT_EQ(decompress("\x06\x08"
                       "abc"
                       "\x0b\x03\x00\x00\x00"sv,
                       6),
            "abcabc")
      << "tag 3";
}

TEST(Snappy, long_literals_and_copies_in_whole_steps) {
  std::string letters;
  for (int i = 0; i < 100; ++i) letters += static_cast<char>('a' + i % 26);
  // The literal's length in one byte; a copy of 64 bytes from 100 back; one of 36.
  const std::string block = "\xc8\x01\xf0\x63" + letters + "\xfe\x64" + std::string(1, '\0') +
                            "\x8e\x64" + std::string(1, '\0');
  EXPECT_EQ(decompress(block, 200), letters + letters);
}

TEST(Snappy, damage_is_an_error) {
  const struct {
    std::string_view block;
    std::size_t size;
  } cases[] = {
      {""sv, 0},  // no length
      {"\x04\x08"
       "abc"sv,
       3},  // another length
      {"\x04\x08"
       "abc"sv,
       4},  // too little
      {"\x02\x08"
       "abc"sv,
       2},  // too much
      {"\x03\x08"
       "ab"sv,
       3},                    // a cut literal
      {"\x03\xf4\x02"sv, 3},  // a cut length
      {"\x04\x00"
       "a"
       "\x0a\x02\x00"sv,
       4},  // from before the start
      {"\x04\x00"
       "a"
       "\x0a\x00\x00"sv,
       4},  // from nowhere
      {"\x04\x00"
       "a"
       "\x0a\x01"sv,
       4},  // a cut distance
      {"\x03\x00"
       "a"
       "\x0e\x01\x00"sv,
       3},  // a copy beyond the end
      {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, 3},
  };
  for (const auto& [block, size] : cases) {
    EXPECT_THROW(decompress(block, size), Error) << testing::PrintToString(block);
  }
}

}  // namespace
}  // namespace lucie
