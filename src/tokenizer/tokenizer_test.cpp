#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/rng.h"
#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

fs::path golden(const char* name) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden" / name;
}

fs::path shared_data() {
  const std::string given = LUCIE_SHARED_DIR;
  return (given.empty() ? fs::path(LUCIE_SOURCE_DIR) / "../shared" : fs::path(given)) / "data";
}

Tokenizer small() {
  return Tokenizer::load(golden("tokenizer_small.json"));
}

std::string stream(const Tokenizer& tokenizer, std::span<const TokenId> ids, bool skip_special) {
  StreamDecoder decoder(tokenizer, skip_special);
  std::string out;
  for (const TokenId id : ids) {
    out += decoder.push(id);
    EXPECT_EQ(unicode::incomplete_tail(out), 0U);
  }
  return out + decoder.finish();
}

void expect_golden(const Tokenizer& tokenizer, const Json& cases) {
  ASSERT_GT(cases.size(), 50U);
  for (const Json& item : cases.items()) {
    const std::string& text = item.at("text").as_string();
    const bool special = item.at("parse_special").as_bool();
    std::vector<TokenId> expected;
    for (const Json& id : item.at("ids").items()) {
      expected.push_back(static_cast<TokenId>(id.as_int()));
    }
    EXPECT_EQ(tokenizer.encode(text, {.add_special = true, .parse_special = special}), expected)
        << text;
    const std::string decoded = tokenizer.decode(expected, !special);
    EXPECT_EQ(unicode::repaired(decoded), item.at("decoded").as_string()) << text;
    EXPECT_EQ(stream(tokenizer, expected, !special), decoded);
  }
}

class Published : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Published, ids_and_texts_equal_those_of_hugging_face) {
  const auto [name, folder] = GetParam();
  const fs::path path = shared_data() / folder;
  if (!fs::exists(path / "tokenizer.json")) GTEST_SKIP() << path << " is not here";
  expect_golden(Tokenizer::load(path), read_json(golden("tokenizer_cases.json")).at(name));
}

INSTANTIATE_TEST_SUITE_P(Tokenizer, Published,
                         testing::Values(std::pair{"lucie", "lucie/tokenizer_pretrained"},
                                         std::pair{"lucie-instruct", "lucie/tokenizer_instruct"},
                                         std::pair{"pythia", "pythia"}, std::pair{"olmo2", "olmo2"},
                                         std::pair{"crystalcoder", "crystalcoder"}));

TEST(Tokenizer, small_tokenizer_of_lucies_design_equals_hugging_face) {
  expect_golden(small(), read_json(golden("tokenizer_cases.json")).at("small"));
}

TEST(Tokenizer, text_of_users_cannot_write_special_tokens) {
  const Tokenizer tokenizer = small();
  const TokenId end = tokenizer.id("</s>").value();
  const std::vector<TokenId> plain = tokenizer.encode("a</s>b");
  EXPECT_EQ(std::count(plain.begin(), plain.end(), end), 0);
  const std::vector<TokenId> parsed = tokenizer.encode("a</s>b", {.parse_special = true});
  EXPECT_EQ(std::count(parsed.begin(), parsed.end(), end), 1);
  EXPECT_EQ(tokenizer.encode("a").front(), tokenizer.id("<s>").value());
  EXPECT_NE(tokenizer.encode("a", {.add_special = false}).front(), tokenizer.id("<s>").value());
}

TEST(Tokenizer, ill_formed_text_reads_as_replacement_characters) {
  const Tokenizer tokenizer = small();
  EXPECT_EQ(tokenizer.encode("a\xFF\xC3(\xE2\x82z"),
            tokenizer.encode("a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBDz"));
}

TEST(Tokenizer, streaming_gives_the_text_of_decoding_all_for_any_ids) {
  const Tokenizer tokenizer = small();
  for (std::uint64_t round = 0; round < 300; ++round) {
    Rng rng(5, "stream", round);
    std::vector<TokenId> ids;
    for (std::uint64_t i = rng.below(40); i > 0; --i) {
      const bool byte = rng.below(3) == 0;
      ids.push_back(static_cast<TokenId>(byte ? 4 + rng.below(256) : rng.below(720)));
    }
    EXPECT_EQ(stream(tokenizer, ids, true), tokenizer.decode(ids, true));
    EXPECT_EQ(stream(tokenizer, ids, false), tokenizer.decode(ids, false));
  }
}

TEST(Tokenizer, streaming_does_not_wait_without_need) {
  const Tokenizer tokenizer = small();
  const std::vector<TokenId> ids = tokenizer.encode("la maison");
  StreamDecoder decoder(tokenizer);
  std::string shown;
  for (const TokenId id : ids) shown += decoder.push(id);
  EXPECT_EQ(shown, "la maison");
}

TEST(Tokenizer, a_megabyte_without_any_seam_is_one_word_and_still_fast) {
  const Tokenizer tokenizer = small();
  const std::string run(1 << 20, ' ');
  const std::vector<TokenId> ids = tokenizer.encode(run);
  EXPECT_EQ(tokenizer.decode(ids).size(), run.size());
}

// One small file with everything in it, to be damaged.
std::string small_file() {
  return R"json({"added_tokens": [{"id": 3, "content": "<s>", "special": true}],
 "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"},
   {"type": "Replace", "pattern": {"Regex": "\\((?=[ \\w])"}, "content": "( "},
   {"type": "Prepend", "prepend": "_"}]},
 "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
   {"type": "Split", "pattern": {"Regex": "\\d+"}, "behavior": "Isolated", "invert": false},
   {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never"}]},
 "post_processor": {"type": "TemplateProcessing",
   "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
   "special_tokens": {"<s>": {"ids": [3]}}},
 "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"},
   {"type": "Strip", "content": "_", "start": 1, "stop": 1},
   {"type": "Replace", "pattern": {"String": "_"}, "content": " "}]},
 "model": {"type": "BPE", "unk_token": "?", "byte_fallback": true, "fuse_unk": true,
   "vocab": {"a": 0, "b": 1, "ab": 2, "<s>": 3, "_": 4, "?": 5}, "merges": [["a", "b"]]}})json";
}

Tokenizer parse(const std::string& text) {
  return Tokenizer::from_json(parse_json(text, "t.json"), Json::object(), "t.json");
}

ErrorCode code_of_edit(const std::string& from, const std::string& to) {
  std::string text = small_file();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_NE(error.place().find("t.json"), std::string::npos) << error.what();
    return error.code();
  }
  ADD_FAILURE() << "accepted: " << to;
  return ErrorCode::kInternal;
}

// Longer than a block of the decoder, with what its steps replace at every place of a block.
TEST(Tokenizer, long_texts_decode_as_their_tokens_do_one_by_one) {
  const Tokenizer tokenizer = small();
  std::string text;
  for (int i = 0; i < 20000; ++i)
    text += i % 7 == 0 ? "(a " : i % 3 == 0 ? "b\nab" : "\xE2\x82\xAC ";
  const std::vector<TokenId> ids = tokenizer.encode(text);
  EXPECT_EQ(stream(tokenizer, ids, true), tokenizer.decode(ids));
}

TEST(Tokenizer, the_small_file_itself_is_good) {
  EXPECT_EQ(parse(small_file()).encode("ab"), (std::vector<TokenId>{3, 4, 2}));
}

TEST(Tokenizer, damaged_files_are_errors_with_their_place) {
  EXPECT_EQ(code_of_edit(R"(["a", "b"])", R"(["a", "z"])"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"(["a", "b"])", R"(["b", "a"])"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"(["a", "b"])", R"("a b c")"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("b": 1)", R"("b": 0)"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("b": 1)", R"("b": -1)"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("b": 1)", R"("b": 4000000000)"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("b": 1)", R"("b": "1")"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("unk_token": "?")", R"("unk_token": "!")"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("ids": [3])", R"("ids": [33])"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"({"id": 3,)", R"({"id": 2,)"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of_edit(R"("type": "NFC")", R"("type": "Accents")"), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of_edit(R"("type": "Split")", R"("type": "Spilt")"), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of_edit(R"("type": "Fuse")", R"("type": "Diffuse")"), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of_edit(R"("type": "BPE")", R"("type": "WordPiece")"), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of_edit("\\\\d+", "(\\\\d+"), ErrorCode::kUnsupported);
}

TEST(Tokenizer, deep_nesting_is_an_error) {
  std::string deep = R"({"type": "NFC"})";
  for (int i = 0; i < 40; ++i) deep = R"({"type": "Sequence", "normalizers": [)" + deep + "]}";
  EXPECT_EQ(code_of_edit(R"({"type": "NFC"})", deep), ErrorCode::kCorrupt);
}

TEST(Tokenizer, no_mutation_of_a_file_or_text_does_more_than_throw) {
  const std::string original = small_file();
  int good = 0;
  for (std::uint64_t round = 0; round < 3000; ++round) {
    Rng rng(11, "mutate", round);
    std::string text = original;
    for (std::uint64_t edits = 1 + rng.below(3); edits > 0; --edits) {
      const std::size_t at = rng.below(text.size());
      switch (rng.below(3)) {
        case 0:
          text[at] = static_cast<char>(rng.below(256));
          break;
        case 1:
          text.erase(at, rng.below(12));
          break;
        default:
          text.insert(at, text.substr(rng.below(text.size()), rng.below(12)));
      }
    }
    try {
      const Tokenizer tokenizer = parse(text);
      std::string bytes;
      for (std::uint64_t i = rng.below(30); i > 0; --i) {
        bytes += rng.below(2) == 0 ? "ab(_ ?1"[rng.below(7)] : static_cast<char>(rng.below(256));
      }
      const std::vector<TokenId> ids = tokenizer.encode(bytes, {.parse_special = true});
      EXPECT_EQ(stream(tokenizer, ids, true), tokenizer.decode(ids));
      ++good;
    } catch (const Error&) {
    }
  }
  EXPECT_GT(good, 100);
}

}  // namespace
}  // namespace lucie
