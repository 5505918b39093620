#include "base/text.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

TEST(Text, a_typo_finds_the_nearest_name_and_nonsense_finds_none) {
  const std::vector<std::string> names = {"train", "tokenizer", "trace", "hidden_size"};
  EXPECT_EQ(nearest_name("tokeniser", names), "tokenizer");
  EXPECT_EQ(nearest_name("tarin", names), "train");  // neighbours swapped: one step
  EXPECT_EQ(nearest_name("Hidden_Sise", names), "hidden_size");
  EXPECT_EQ(nearest_name("xyz", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name("train", {}), "");
  EXPECT_EQ(did_you_mean("trian", names), "did you mean 'train'?");
  EXPECT_EQ(did_you_mean("qqqqqq", names), "");
}

TEST(Text, split_keeps_empty_parts_and_join_undoes_it) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  for (const std::string text : {"", ",", "a", "a,b", ",a,,b,"}) {
    EXPECT_EQ(join(split(text, ','), ","), text);
  }
}

TEST(Text, trim_and_lower_touch_ascii_only) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(trim("\xC2\xA0x"), "\xC2\xA0x");  // a no-break space stays
  EXPECT_EQ(to_lower_ascii("ABz\xC3\x89"), "abz\xC3\x89");
}

TEST(Text, integers_are_read_whole_or_not_at_all) {
  EXPECT_EQ(parse_int("42"), 42);
  EXPECT_EQ(parse_int("-7"), -7);
  EXPECT_EQ(parse_int("+7"), 7);
  EXPECT_EQ(parse_int("3e6"), 3'000'000);
  EXPECT_EQ(parse_int("1.5e1"), 15);
  EXPECT_EQ(parse_int("9223372036854775807"), std::int64_t{9223372036854775807});
  for (const char* bad : {"", "9223372036854775808", "1.5", "12x", " 1", "1 ", "1e30", "+-1", "--1",
                          "nan", "inf", "0x10"}) {
    EXPECT_FALSE(parse_int(bad)) << bad;
  }
}

TEST(Text, doubles_are_read_whole_or_not_at_all) {
  EXPECT_EQ(parse_double("3.0e-3"), 0.003);
  EXPECT_EQ(parse_double("+.5"), 0.5);
  EXPECT_EQ(parse_double("-0"), 0.0);
  for (const char* bad : {"", "1e999", "1,5", "x", "1.0 "}) EXPECT_FALSE(parse_double(bad)) << bad;
}

TEST(Text, numbers_for_people) {
  EXPECT_EQ(human_count(12), "12");
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(456'000), "456 k");
  EXPECT_EQ(human_count(1'234'567), "1.23 M");
  EXPECT_EQ(human_count(999'999), "1.00 M");
  EXPECT_EQ(human_count(-1234), "-1.23 k");
  EXPECT_EQ(human_bytes(1.2345e9), "1.23 GB");
  EXPECT_EQ(human_bytes(17), "17 B");
  EXPECT_EQ(human_seconds(4.2), "4.2 s");
  EXPECT_EQ(human_seconds(59.99), "1 min 0 s");
  EXPECT_EQ(human_seconds(200), "3 min 20 s");
  EXPECT_EQ(human_seconds(3720), "1 h 02 min");
  EXPECT_EQ(human_seconds(7199), "2 h 00 min");
  EXPECT_EQ(human_seconds(-1), "?");
}

TEST(Text, html_is_escaped) {
  EXPECT_EQ(html_escape("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(Utf8, every_code_point_survives_the_way_there_and_back) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string bytes;
    append_utf8(bytes, c);
    std::size_t at = 0;
    ASSERT_EQ(next_code_point(bytes, &at), c);
    ASSERT_EQ(at, bytes.size());
    ASSERT_TRUE(is_valid_utf8(bytes));
  }
}

TEST(Utf8, what_is_no_character_becomes_the_replacement_character) {
  std::string bytes;
  append_utf8(bytes, 0xD800);
  append_utf8(bytes, 0x110000);
  EXPECT_EQ(bytes, "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8, invalid_bytes_are_refused_and_passed_one_at_a_time) {
  // Overlong, surrogate, too large, cut off, lone continuation, never-used bytes.
  for (const std::string bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xE2\x82", "\x80", "\xFF", "\xF5\x80\x80\x80", "\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_FALSE(is_valid_utf8("a" + bad + "b"));
    std::size_t at = 0;
    EXPECT_EQ(next_code_point(bad, &at), U'\uFFFD');
    EXPECT_EQ(at, 1U);
  }
  EXPECT_TRUE(is_valid_utf8(""));
}

}  // namespace
}  // namespace lucie
