#include "corpus/plain_words.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace lucie {
namespace {

PlainWords words_of(std::string_view text) {
  PlainWords words;
  PlainWordReader reader(text);
  while (reader.read(&words)) {
  }
  return words;
}

std::string plain(std::string_view text) {
  return words_of(text).text;
}

TEST(PlainWords, are_those_of_datatrove) {
  const Json golden = read_json(fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden" / "minhash.json");
  for (const Json& known : golden.at("cases").items()) {
    const PlainWords words = words_of(known.at("text").as_string());
    ASSERT_EQ(words.size(), known.at("words").size());
    for (std::size_t i = 0; i < words.size(); ++i) {
      EXPECT_EQ(words.range(i, 1), known.at("words").at(i).as_string()) << "word " << i;
    }
  }
}

TEST(PlainWords, have_no_case_accent_punctuation_or_number) {
  EXPECT_EQ(plain("  L'ÉTÉ, 1789-07-14: 3.14 (12,5)  v1.2.3"), "l ete 0 0 0 0 0 v0 0");
  EXPECT_EQ(plain("ΟΔΟΣ ΣΟΦΙΑ"), "οδος σοφια");
  EXPECT_EQ(plain(""), "");
  EXPECT_EQ(plain("\n . \t"), "");
}

TEST(PlainWords, are_characters_in_scripts_without_spaces) {
  EXPECT_EQ(plain("中文abc字。ガ"), "中 文 abc 字 カ");
}

TEST(PlainWords, survive_bytes_that_are_no_text) {
  EXPECT_EQ(plain("a\xFF\xC3 b"), "a\uFFFD\uFFFD b");
  EXPECT_EQ(plain("a\xE2\x82"), "a\uFFFD\uFFFD");
}

TEST(PlainWordReader, cuts_a_long_text_between_words) {
  std::string text;
  for (int i = 0; i < 60'000; ++i)
    text += "word" + std::string(1, static_cast<char>('a' + i % 26)) + " ";
  PlainWordReader reader(text);
  PlainWords block;
  std::string joined;
  std::size_t words = 0, blocks = 0;
  for (; reader.read(&block); ++blocks) {
    EXPECT_LT(block.text.size(), 70'000U);
    joined += block.text + " ";
    words += block.size();
    block.keep_last(0);
  }
  EXPECT_EQ(words, 60'000U);
  EXPECT_GT(blocks, 3U);
  EXPECT_EQ(joined, text);
}

TEST(PlainWords, keep_their_last_ones) {
  PlainWords words = words_of("one two three");
  EXPECT_EQ(words.read_at, (std::vector<std::size_t>{0, 4, 8}));
  words.keep_last(2);
  EXPECT_EQ(words.text, "two three");
  EXPECT_EQ(words.read_at, (std::vector<std::size_t>{4, 8}));
  EXPECT_EQ(words.range(1, 1), "three");
  words.keep_last(5);
  EXPECT_EQ(words.size(), 2U);
}

}  // namespace
}  // namespace lucie
