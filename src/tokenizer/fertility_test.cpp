#include "tokenizer/fertility.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

Tokenizer small() {
  const fs::path path = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/tokenizer_small.json";
  return Tokenizer::load(path);
}

// A token for each byte.
Tokenizer bytes() {
  return Tokenizer::from_json(
      parse_json(R"({"normalizer": null, "pre_tokenizer": {"type": "ByteLevel"}, "decoder": null,
                     "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "\u0120": 2, "\u00c2": 3,
                       "\u0142": 4}, "merges": []}})",
                 "test"),
      Json::object(), "test");
}

TEST(Fertility, counts_tokens_words_characters_and_bytes_by_language) {
  const Tokenizer one = bytes(), other = small();
  const Tokenizer* const both[] = {&one, &other};
  const std::vector<LanguageText> texts = {{"fr", " ab  ba\n"},
                                           {"en",
                                            "a\xC2\xA0"
                                            "b"},
                                           {"fr", "ab"},
                                           {"de", ""}};
  ThreadPool pool(2);
  const std::vector<Fertility> rows = measure_fertility(both, texts, pool);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].language, "de");
  EXPECT_EQ(rows[0].tokens_per_word(0), 0);
  EXPECT_EQ(rows[1].language, "en");
  EXPECT_EQ(rows[1].words, 2);  // a no-break space separates words
  EXPECT_EQ(rows[1].characters, 3);
  EXPECT_EQ(rows[1].bytes, 4);
  EXPECT_EQ(rows[2].language, "fr");
  EXPECT_EQ(rows[2].texts, 2);
  EXPECT_EQ(rows[2].words, 3);
  EXPECT_EQ(rows[2].bytes, 10);
  EXPECT_EQ(rows[2].tokens[0], 10);  // "\n" has no token, but a space is put in front of "ab"
  EXPECT_EQ(rows[2].bytes_per_token(0), 1);
  EXPECT_EQ(rows[2].tokens[1],
            static_cast<std::int64_t>(other.encode(" ab  ba\n", {.add_special = false}).size() +
                                      other.encode("ab", {.add_special = false}).size()));
  EXPECT_EQ(rows[2].lossy[0], 2);
  EXPECT_EQ(rows[3].language, "all");
  EXPECT_EQ(rows[3].texts, 4);
  EXPECT_EQ(rows[3].bytes, 14);
}

}  // namespace
}  // namespace lucie
