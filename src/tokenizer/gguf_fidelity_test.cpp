#include "tokenizer/gguf_fidelity.h"

#include <gtest/gtest.h>

#include "tokenizer/gguf_export.h"
#include "tokenizer/gguf_import.h"

namespace lucie {
namespace {

// Byte level, with a normalizer and an added token that GGUF has no place for as they are.
Tokenizer byte_level(const char* normalizer, const char* pre_tokenizer) {
  const std::string json =
      std::string(R"({"added_tokens": [{"id": 9, "content": "zz", "special": false,
                        "normalized": false}],
          "pre_tokenizer": )") +
      pre_tokenizer + R"(, "normalizer": )" + normalizer + R"(, "decoder": {"type": "ByteLevel"},
          "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "1": 2, "ab": 3, "11": 4, "\u0120": 5,
                    "\u00c3": 6, "\u00a9": 7, "\u00c3\u00a9": 8, "e": 10, "\u00cc": 11,
                    "\u0123": 12, "x": 13, "z": 14},
                    "merges": ["a b", "1 1", "\u00c3 \u00a9"]}})";
  return Tokenizer::from_json(parse_json(json, "test"), Json::object(), "test");
}

constexpr const char* kGpt2 = R"({"type": "ByteLevel", "add_prefix_space": false})";

GgufFidelity measure(const Tokenizer& tokenizer, const std::vector<std::string>& lines) {
  return measure_gguf_fidelity(tokenizer, gguf_metadata(tokenizer), lines);
}

TEST(GgufFidelity, a_tokenizer_that_gguf_has_room_for_is_read_as_it_is) {
  const GgufFidelity fidelity = measure(byte_level("null", kGpt2), {"ab 11", "zzab", "\xC3\xA9"});
  EXPECT_EQ(fidelity.same_ids, 3);
  EXPECT_EQ(fidelity.same_texts, 3);
  EXPECT_TRUE(fidelity.same_ends);
  EXPECT_TRUE(fidelity.reasons.empty());
  EXPECT_EQ(fidelity.share(), 1);
}

TEST(GgufFidelity, the_step_of_the_normalizer_that_is_missing_is_named) {
  const Tokenizer tokenizer = byte_level(
      R"({"type": "Sequence", "normalizers": [{"type": "NFC"},
          {"type": "Replace", "pattern": {"String": "x"}, "content": "b"}]})",
      kGpt2);
  const GgufFidelity fidelity = measure(tokenizer, {"ab", "e\xCC\x81", "ax", "axx", "xe\xCC\x81"});
  EXPECT_EQ(fidelity.same_ids, 1);
  ASSERT_EQ(fidelity.reasons.size(), 2U);
  EXPECT_EQ(fidelity.reasons[0].what, R"(normalizer Replace "x" -> "b")");
  EXPECT_EQ(fidelity.reasons[0].lines, 3);
  EXPECT_EQ(fidelity.reasons[0].example, "ax");
  EXPECT_EQ(fidelity.reasons[1].what, "normalizer NFC");
  EXPECT_NE(describe(fidelity).find("20.00 % of 5 lines"), std::string::npos) << describe(fidelity);
  EXPECT_EQ(to_json(fidelity).at("reasons").size(), 2U);
}

TEST(GgufFidelity, a_pre_tokenizer_that_llama_cpp_does_not_know_is_named) {
  const Tokenizer tokenizer = byte_level("null", R"({"type": "Sequence", "pretokenizers": [
                 {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Isolated",
                  "invert": false}, {"type": "ByteLevel", "add_prefix_space": false,
                  "use_regex": false}]})");
  const GgufFidelity fidelity = measure(tokenizer, {"ab", "11"});
  EXPECT_EQ(fidelity.same_ids, 1);
  ASSERT_EQ(fidelity.reasons.size(), 1U);
  EXPECT_EQ(fidelity.reasons[0].what, "pre-tokenizer");
}

// The lines of the golden file with the ids that llama.cpp itself gives them.
void expect_as_llama_cpp(const Tokenizer& tokenizer, const Json& golden, const char* ids) {
  const TokenizerFiles files = gguf_tokenizer_as_llama_cpp(gguf_metadata(tokenizer), "written");
  const Tokenizer read = Tokenizer::from_json(files.tokenizer, files.config, "written");
  for (std::size_t i = 0; i < golden.at("lines").size(); ++i) {
    const std::string& line = golden.at("lines").at(i).as_string();
    std::vector<TokenId> wanted;
    for (const Json& id : golden.at(ids).at(i).items()) {
      wanted.push_back(static_cast<TokenId>(id.as_int()));
    }
    EXPECT_EQ(read.encode(line, {.add_special = false}), wanted) << "'" << line << "'";
  }
}

TEST(GgufFidelity, what_llama_cpp_makes_of_our_keys_is_what_we_say) {
  const fs::path folder = fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden";
  const Json golden = read_json(folder / "llama_cpp.json");
  expect_as_llama_cpp(Tokenizer::load(folder / "tokenizer_small.json"), golden, "small_ids");
  expect_as_llama_cpp(Tokenizer::from_json(golden.at("byte_level"), Json::object(), "byte level"),
                      golden, "byte_level_ids");
}

}  // namespace
}  // namespace lucie
