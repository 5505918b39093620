#include "tokenizer/gguf_export.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

constexpr const char* kText =
    "L'\xC3\xA9t\xC3\xA9 (d\xC3\xA9j\xC3\xA0) 2024, \xF0\x9F\x98\x80 isn't it?\n\n  x";

fs::path write(const char* name, const GgufMetadata& metadata) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  GgufWriter writer(path, metadata, {});
  writer.commit();
  return path;
}

GgufMetadata without(GgufMetadata metadata, std::string_view key) {
  std::erase_if(metadata, [&](const auto& entry) { return entry.first == key; });
  return metadata;
}

Tokenizer small() {
  Json config = Json::object();
  config["bos_token"] = "<s>";
  config["eos_token"] = "</s>";
  config["chat_template"] = "{{ messages }}";
  const fs::path path = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/tokenizer_small.json";
  return Tokenizer::from_json(read_json(path), config, path.string());
}

TEST(GgufTokenizer, comes_back_whole_from_the_metadata) {
  const Tokenizer tokenizer = small();
  const fs::path path = write("whole.gguf", gguf_metadata(tokenizer));
  const Tokenizer back = Tokenizer::from_gguf(GgufReader(path));
  EXPECT_EQ(back.tokenizer_json(), tokenizer.tokenizer_json());
  EXPECT_EQ(back.encode(kText), tokenizer.encode(kText));
  EXPECT_EQ(back.bos(), tokenizer.bos());
  EXPECT_EQ(back.eos(), tokenizer.eos());
  EXPECT_EQ(back.chat_template(), "{{ messages }}");
}

TEST(GgufTokenizer, scores_merge_in_the_order_of_the_merges) {
  const Tokenizer tokenizer = small();
  const GgufMetadata metadata = without(gguf_metadata(tokenizer), "tokenizer.huggingface.json");
  const Tokenizer back = Tokenizer::from_gguf(GgufReader(write("scores.gguf", metadata)));
  // Text on which the rules that GGUF has no place for do nothing.
  const std::string plain = "la maison d\xC3\xA9j\xC3\xA0 the house isn t 3 \xF0\x9F\x98\x80";
  EXPECT_EQ(back.encode(plain), tokenizer.encode(plain));
  EXPECT_EQ(back.decode(back.encode(plain)), plain);
}

TEST(GgufTokenizer, byte_level_models_keep_their_merges_and_pre_tokenizer) {
  const Tokenizer bytes =
      Tokenizer::from_json(parse_json(R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
             {"type": "Digits", "individual_digits": true},
             {"type": "ByteLevel", "add_prefix_space": false}]},
           "decoder": {"type": "ByteLevel"}, "added_tokens": [],
           "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "1": 2, "ab": 3, "abab": 4},
                     "merges": ["a b", "ab ab"]}})",
                                      "test"),
                           Json::object(), "test");
  const GgufMetadata metadata = without(gguf_metadata(bytes), "tokenizer.huggingface.json");
  const Tokenizer back = Tokenizer::from_gguf(GgufReader(write("bytes.gguf", metadata)));
  EXPECT_EQ(back.encode("abab1ab"), (std::vector<TokenId>{4, 2, 3}));
  EXPECT_EQ(back.decode(std::vector<TokenId>{4, 2, 3}), "abab1ab");
}

TEST(GgufTokenizer, unigram_models_keep_their_scores_and_character_map) {
  const fs::path models = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/sentencepiece";
  const Tokenizer tokenizer = Tokenizer::load(models / "unigram_bytes.model");
  const GgufMetadata metadata = without(gguf_metadata(tokenizer), "tokenizer.huggingface.json");
  const GgufReader reader(write("unigram.gguf", metadata));
  EXPECT_EQ(reader.find_value("tokenizer.ggml.model")->text, "t5");
  const Tokenizer back = Tokenizer::from_gguf(reader);
  for (const char* text : {"le chat dort", " a  b", "abababa"}) {
    EXPECT_EQ(back.encode(text, {.add_special = false}),
              tokenizer.encode(text, {.add_special = false}));
  }
}

TEST(GgufTokenizer, rows_without_a_token_get_a_name_that_no_text_gives) {
  const Tokenizer tokenizer = small();
  const std::int64_t size = tokenizer.vocab_size();
  const fs::path path = write("padded.gguf", gguf_metadata(tokenizer, size + 3));
  const GgufReader reader(path);
  const auto length = static_cast<std::size_t>(size + 3);
  EXPECT_EQ(reader.find_value("tokenizer.ggml.tokens")->texts.size(), length);
  EXPECT_EQ(reader.find_value("tokenizer.ggml.tokens")->texts.back(),
            "[PAD" + std::to_string(size + 2) + "]");
  EXPECT_EQ(reader.find_value("tokenizer.ggml.token_type")->integers.back(), 5);
  EXPECT_EQ(reader.find_value("tokenizer.ggml.scores")->reals.size(), length);
  EXPECT_EQ(Tokenizer::from_gguf(reader).vocab_size(), size);
}

TEST(GgufTokenizer, unknown_models_are_refused_by_name) {
  const fs::path path =
      write("unknown.gguf", {{"tokenizer.ggml.model", GgufValue::string("rwkv")},
                             {"tokenizer.ggml.tokens", GgufValue::strings({"a"})}});
  try {
    Tokenizer::from_gguf(GgufReader(path));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("rwkv"), std::string::npos);
  }
}

}  // namespace
}  // namespace lucie
