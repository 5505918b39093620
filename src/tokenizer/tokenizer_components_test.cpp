// Random tokenizers of every component and option against Hugging Face's library
// (tools/make_tokenizer_golden.py).
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

class Components : public testing::TestWithParam<int> {};

std::vector<TokenId> ids_of(const Json& list) {
  std::vector<TokenId> ids;
  for (const Json& id : list.items()) ids.push_back(static_cast<TokenId>(id.as_int()));
  return ids;
}

void expect_case(const Tokenizer& tokenizer, const Json& item, const std::string& where) {
  const std::string& text = item.at("text").as_string();
  const bool special = item.at("parse_special").as_bool();
  const std::vector<TokenId> ids = ids_of(item.at("ids"));
  EXPECT_EQ(tokenizer.encode(text, {.parse_special = special}), ids) << where << ": " << text;
  const std::string decoded = tokenizer.decode(ids, !special);
  EXPECT_EQ(unicode::repaired(decoded), item.at("decoded").as_string()) << where;
  StreamDecoder stream(tokenizer, !special);
  std::string streamed;
  for (const TokenId id : ids) streamed += stream.push(id);
  EXPECT_EQ(streamed + stream.finish(), decoded) << where;
}

TEST_P(Components, any_composition_gives_the_ids_and_texts_of_hugging_face) {
  const std::string name = "tokenizer_components_" + std::to_string(GetParam()) + ".json";
  const Json entries = read_json(fs::path(LUCIE_SOURCE_DIR) / "tests/golden" / name);
  ASSERT_GT(entries.size(), 10U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string where = name + " " + std::to_string(i);
    const Json& entry = entries.at(i);
    const Tokenizer tokenizer = Tokenizer::from_json(entry.at("tokenizer"), Json::object(), where);
    for (const Json& item : entry.at("cases").items()) expect_case(tokenizer, item, where);
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizer, Components, testing::Values(1, 2, 3));

TEST(Components, what_is_not_run_is_an_error_that_names_it_and_its_place) {
  const auto error_of = [](const char* part, const char* json) {
    Json tokenizer =
        parse_json(R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}})", "test");
    tokenizer[part] = parse_json(json, "test");
    try {
      Tokenizer::from_json(tokenizer, Json::object(), "t.json");
    } catch (const Error& error) {
      return error.message() + " @ " + error.place();
    }
    return std::string("no error");
  };
  EXPECT_EQ(error_of("normalizer", R"({"type": "Sequence", "normalizers": [{"type": "NFC"},
                                      {"type": "Upside"}]})"),
            "normalizer Upside @ t.json: normalizer.normalizers[1]");
  EXPECT_EQ(error_of("pre_tokenizer", R"({"type": "Sequence", "pretokenizers": [{"type": "X"}]})"),
            "pre-tokenizer X @ t.json: pre_tokenizer.pretokenizers[0]");
  EXPECT_EQ(error_of("decoder", R"({"type": "Sequence", "decoders": [{"type": "Fuse"},
                                   {"type": "X"}]})"),
            "decoder X @ t.json: decoder.decoders[1]");
  EXPECT_EQ(error_of("post_processor", R"({"type": "X"})"),
            "post-processor X @ t.json: post_processor");
  EXPECT_EQ(error_of("model", R"({"type": "WordPiece", "vocab": {"a": 0}})"),
            "tokenizer model WordPiece @ t.json: model.type");
  EXPECT_EQ(error_of("model", R"({"type": "BPE", "vocab": {"a": 0}, "merges": [],
                                  "dropout": 0.1})"),
            "BPE with dropout @ t.json: model.dropout");
  EXPECT_EQ(error_of("model", R"({"type": "Unigram", "vocab": [["a", -1]], "unk_id": 4})"),
            "id 4 is not in the vocabulary @ t.json: model");
}

TEST(Components, unknown_characters_of_a_unigram_model_without_unknown_token_are_an_error) {
  const Tokenizer tokenizer = Tokenizer::from_json(
      parse_json(R"({"model": {"type": "Unigram", "unk_id": null, "vocab": [["a", -1]]}})", "test"),
      Json::object(), "test");
  EXPECT_EQ(tokenizer.encode("aa"), (std::vector<TokenId>{0, 0}));
  EXPECT_THROW(tokenizer.encode("ab"), Error);
}

TEST(Components, special_tokens_of_a_unigram_vocabulary_are_text_unless_asked_for) {
  const Tokenizer tokenizer = Tokenizer::from_json(
      parse_json(R"({"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["</s>", 0],
                      ["<", -2], ["/", -2], ["s", -2], [">", -2]]},
                     "added_tokens": [{"id": 1, "content": "</s>", "special": true}]})",
                 "test"),
      Json::object(), "test");
  EXPECT_EQ(tokenizer.encode("</s>"), (std::vector<TokenId>{2, 3, 4, 5}));
  EXPECT_EQ(tokenizer.encode("</s>", {.parse_special = true}), (std::vector<TokenId>{1}));
}

// Twice the window after which the best way so far is given out.
TEST(Components, a_long_piece_of_a_unigram_model_is_cut_nowhere_that_matters) {
  const Tokenizer tokenizer = Tokenizer::from_json(
      parse_json(R"({"model": {"type": "Unigram", "unk_id": 0, "vocab": [["?", -9], ["a", -1],
                      ["ab", -1.5], ["ba", -1.25], ["b", -3]]}})",
                 "test"),
      Json::object(), "test");
  std::string text;
  std::vector<TokenId> wanted;
  for (int i = 0; i < 60000; ++i) {  // a|ba costs less than ab|a; zz is one unknown token
    text += i % 100 == 99 ? "zz" : "aba";
    if (i % 100 == 99) {
      wanted.push_back(0);
    } else {
      wanted.insert(wanted.end(), {1, 3});
    }
  }
  EXPECT_EQ(tokenizer.encode(text), wanted);
}

}  // namespace
}  // namespace lucie
