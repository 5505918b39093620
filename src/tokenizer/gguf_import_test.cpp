#include "tokenizer/gguf_import.h"

#include <gtest/gtest.h>

#include "base/test_files.h"
#include "tokenizer/gguf_pre.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/word_scanner.h"

namespace lucie {
namespace {

using testing_base::error_of;
using Ids = std::vector<TokenId>;

Tokenizer tokenizer_of(const GgufMetadata& metadata) {
  const TokenizerFiles files = gguf_tokenizer_as_llama_cpp(metadata, "x.gguf");
  return Tokenizer::from_json(files.tokenizer, files.config, "x.gguf");
}

std::vector<std::string> with_bytes(std::vector<std::string> tokens) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t b = 0; b < 256; ++b) {
    tokens.push_back(std::string("<0x") + kHex[b / 16] + kHex[b % 16] + ">");
  }
  return tokens;
}

// <unk> <s> </s>, the bytes from 3, then what is given.
GgufMetadata llama(const std::vector<std::pair<std::string, double>>& scored) {
  std::vector<std::string> tokens = with_bytes({"<unk>", "<s>", "</s>"});
  std::vector<std::int64_t> types(tokens.size(), 6);
  types[0] = 2, types[1] = types[2] = 3;
  std::vector<double> scores(tokens.size(), 0);
  for (const auto& [token, score] : scored) {
    tokens.push_back(token);
    types.push_back(1);
    scores.push_back(score);
  }
  return {{"tokenizer.ggml.model", GgufValue::string("llama")},
          {"tokenizer.ggml.tokens", GgufValue::strings(tokens)},
          {"tokenizer.ggml.token_type", GgufValue::i32s(types)},
          {"tokenizer.ggml.scores", GgufValue::f32s(scores)}};
}

GgufMetadata gpt2(std::vector<std::string> tokens, std::vector<std::string> merges,
                  const std::string& pre) {
  return {{"tokenizer.ggml.model", GgufValue::string("gpt2")},
          {"tokenizer.ggml.pre", GgufValue::string(pre)},
          {"tokenizer.ggml.tokens", GgufValue::strings(std::move(tokens))},
          {"tokenizer.ggml.merges", GgufValue::strings(std::move(merges))}};
}

TEST(GgufImport, the_best_score_merges_first_and_of_equal_ones_the_leftmost) {
  const Tokenizer tokenizer =
      tokenizer_of(llama({{"a", -9}, {"b", -9}, {"c", -9}, {"ab", -1}, {"bc", -1}, {"abc", -5}}));
  EXPECT_EQ(tokenizer.encode("abcbc"), (Ids{1, 3 + 0xE2, 3 + 0x96, 3 + 0x81, 264, 263}));
}

TEST(GgufImport, a_text_that_spells_a_control_token_may_merge_to_it_as_in_llama_cpp) {
  GgufMetadata metadata =
      llama({{"<", -9}, {"s", -9}, {">", -9}, {"s>", -1}, {"\xE2\x96\x81", -9}});
  EXPECT_EQ(tokenizer_of(metadata).encode("<s>", {.add_special = false}), (Ids{263, 1}));
}

TEST(GgufImport, flags_decide_on_prefix_and_ends) {
  GgufMetadata metadata = llama({{"a", -1}, {"\xE2\x96\x81", -2}});
  EXPECT_EQ(tokenizer_of(metadata).encode("a"), (Ids{1, 260, 259}));
  metadata.emplace_back("tokenizer.ggml.add_space_prefix", GgufValue::boolean(false));
  metadata.emplace_back("tokenizer.ggml.add_bos_token", GgufValue::boolean(false));
  metadata.emplace_back("tokenizer.ggml.add_eos_token", GgufValue::boolean(true));
  EXPECT_EQ(tokenizer_of(metadata).encode("a"), (Ids{259, 2}));
}

TEST(GgufImport, the_pre_tokenizer_decides_where_merges_end) {
  const std::vector<std::string> tokens = {"1", "2", "3", "4", "12", "123", "34", "."};
  const std::vector<std::string> merges = {"1 2", "3 4", "12 3"};
  const auto encode = [&](const std::string& pre) {
    return tokenizer_of(gpt2(tokens, merges, pre)).encode("1234");
  };
  EXPECT_EQ(encode("gpt-2"), (Ids{4, 6}));  // 12 34
  EXPECT_EQ(encode("smollm"), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(encode("llama-bpe"), (Ids{5, 3}));  // 123 4
  EXPECT_EQ(encode("default"), (Ids{5, 3}));
  EXPECT_EQ(encode("falcon"), (Ids{5, 3}));
  EXPECT_EQ(encode("qwen2"), (Ids{0, 1, 2, 3}));
}

TEST(GgufImport, what_contradicts_itself_is_an_error) {
  const auto code = [](GgufMetadata metadata) {
    return error_of([&] { tokenizer_of(metadata); }).code();
  };
  EXPECT_EQ(code({}), ErrorCode::kNotFound);
  EXPECT_EQ(code(gpt2({"a"}, {}, "klingon")), ErrorCode::kUnsupported);
  EXPECT_EQ(code(gpt2({"a"}, {"a b"}, "gpt-2")), ErrorCode::kCorrupt);
  GgufMetadata few = llama({{"a", 0}});
  few[2].second = GgufValue::i32s({1, 2});
  EXPECT_EQ(code(few), ErrorCode::kCorrupt);
  GgufMetadata no_scores = llama({{"a", 0}});
  no_scores.pop_back();
  EXPECT_EQ(code(no_scores), ErrorCode::kCorrupt);
  EXPECT_EQ(code({{"tokenizer.ggml.model", GgufValue::u32(3)},
                  {"tokenizer.ggml.tokens", GgufValue::strings({"a"})}}),
            ErrorCode::kCorrupt);
}

Json byte_level_json(const std::string& steps, bool ignore_merges = false) {
  return parse_json(R"({"model": {"ignore_merges": )" +
                        std::string(ignore_merges ? "true" : "false") + R"(}, "pre_tokenizer": )" +
                        steps + "}",
                    "test");
}

TEST(GgufPre, the_name_of_known_pre_tokenizers_is_found) {
  const auto split = [](std::string_view regex, const char* behavior, bool invert) {
    const Json step(Json::Object{{"type", "Split"},
                                 {"pattern", Json(Json::Object{{"Regex", regex}})},
                                 {"behavior", behavior},
                                 {"invert", invert}});
    return R"({"type": "Sequence", "pretokenizers": [)" + step.dump() +
           R"(, {"type": "ByteLevel", "use_regex": false}]})";
  };
  EXPECT_EQ(gguf_pre_name(byte_level_json(R"({"type": "ByteLevel"})")), "gpt-2");
  EXPECT_EQ(gguf_pre_name(byte_level_json(
                R"({"type": "Sequence", "pretokenizers": [
                    {"type": "Digits", "individual_digits": true}, {"type": "ByteLevel"}]})")),
            "smollm");
  EXPECT_EQ(gguf_pre_name(byte_level_json(split(kCl100kRegex, "Isolated", false), true)),
            "llama-bpe");
  EXPECT_EQ(gguf_pre_name(byte_level_json(split(kCl100kRegex, "Removed", true))), "dbrx");
  EXPECT_EQ(gguf_pre_name(byte_level_json(split(kCl100kRegex, "Removed", false))), "default");
  EXPECT_EQ(gguf_pre_name(byte_level_json(
                R"({"type": "Sequence", "pretokenizers": [
                    {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "ByteLevel"},
                    {"type": "Digits", "individual_digits": false},
                    {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"},
                     "behavior": "Isolated", "invert": false}]})")),
            "falcon");
  EXPECT_EQ(gguf_pre_name(byte_level_json(split("x+", "Isolated", false))), "default");
}

TEST(GgufPre, every_expression_is_one_that_the_engine_runs) {
  for (const char* name : {"gpt-2", "smollm", "llama-bpe", "dbrx", "qwen2", "qwen35", "falcon",
                           "tekken", "gpt-4o", "deepseek-v3", "deepseek-coder", "bailingmoe",
                           "seed-coder", "minicpm5", "bloom", "viking", "default"}) {
    const Tokenizer tokenizer = tokenizer_of(gpt2({"a", "b", "1", "\xC4\xA0"}, {}, name));
    EXPECT_EQ(tokenizer.encode("ab 11"), (Ids{0, 1, 3, 2, 2})) << name;
  }
}

}  // namespace
}  // namespace lucie
