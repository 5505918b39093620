#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/test_files.h"
#include "tokenizer/sentencepiece_charsmap.h"
#include "tokenizer/sentencepiece_import.h"
#include "tokenizer/tokenizer.h"

namespace lucie {
namespace {

fs::path golden(const std::string& file) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden" / "sentencepiece" / file;
}

// Encodes and decodes every line of the golden file with one of its models. Hugging Face's
// decoders, which we write, differ on unknown pieces and on U+2581 at the start of the text.
void expect_as_sentencepiece(const std::string& name) {
  const Json all = read_json(golden("cases.json"));
  const Tokenizer tokenizer = Tokenizer::load(golden(name + ".model"));
  const Json& cases = all.at("models").at(name);
  const std::int64_t unknown = cases.at("unknown").as_int();
  for (std::size_t i = 0; i < all.at("lines").size(); ++i) {
    const std::string& line = all.at("lines").at(i).as_string();
    std::vector<TokenId> wanted;
    for (const Json& id : cases.at("ids").at(i).items()) {
      wanted.push_back(static_cast<TokenId>(id.as_int()));
    }
    EXPECT_EQ(tokenizer.encode(line, {.add_special = false}), wanted)
        << name << ": '" << line << "'";
    const bool escaped = line.find("\xE2\x96\x81") != std::string::npos;
    if (escaped || std::find(wanted.begin(), wanted.end(), unknown) != wanted.end()) continue;
    EXPECT_EQ(tokenizer.decode(wanted), cases.at("texts").at(i).as_string()) << name;
  }
}

TEST(SentencePiece, bpe_of_llamas_kind_encodes_as_the_package_does) {
  expect_as_sentencepiece("bpe_llama");
  expect_as_sentencepiece("bpe_no_prefix");
}

TEST(SentencePiece, user_defined_pieces_are_found_where_the_package_finds_them) {
  expect_as_sentencepiece("bpe_symbols");
}

TEST(SentencePiece, replacements_and_white_space_rules_are_those_of_the_package) {
  expect_as_sentencepiece("bpe_rules");
  expect_as_sentencepiece("bpe_pieces");
}

TEST(SentencePiece, unigram_models_encode_as_the_package_does) {
  expect_as_sentencepiece("unigram");
  expect_as_sentencepiece("unigram_symbols");
  expect_as_sentencepiece("unigram_bytes");
}

TEST(SentencePiece, a_directory_with_only_the_model_loads_and_begins_with_bos) {
  const testing_base::Folder folder;
  fs::copy_file(golden("bpe_llama.model"), folder / "tokenizer.model");
  const Tokenizer bare = Tokenizer::load(folder.path());
  EXPECT_EQ(bare.token(bare.encode("a").front()), "<s>");
  EXPECT_EQ(bare.token(*bare.eos()), "</s>");
  write_file_atomic(folder / "tokenizer_config.json",
                    R"({"add_bos_token": false, "add_eos_token": true, "chat_template": "x",
                        "added_tokens_decoder": {"0": {"content": "<unk>", "special": true},
                          "5000": {"content": "<|end|>", "special": true}}})");
  const Tokenizer with_config = Tokenizer::load(folder.path());
  const auto ids = with_config.encode("a<|end|>", {.parse_special = true});
  EXPECT_NE(with_config.token(ids.front()), "<s>");
  EXPECT_EQ(with_config.token(ids.back()), "</s>");
  EXPECT_EQ(ids[ids.size() - 2], 5000);
  EXPECT_EQ(with_config.chat_template(), "x");
}

TEST(SentencePiece, the_converted_tokenizer_is_the_same_after_writing_and_reading) {
  const fs::path path = golden("bpe_symbols.model");
  const Tokenizer tokenizer = Tokenizer::load(path);
  const Tokenizer again = Tokenizer::from_json(parse_json(tokenizer.tokenizer_json().dump(), "x"),
                                               tokenizer.config_json(), "again");
  for (const char* text : {"abababa aaaa<mask>baaab", "Le chat dort"}) {
    EXPECT_EQ(again.encode(text), tokenizer.encode(text));
  }
}

TEST(SentencePiece, equal_scores_merge_from_the_left) {
  SentencePieceModel model;
  model.kind = SentencePieceModel::Kind::kBpe;
  model.add_dummy_prefix = model.remove_extra_whitespaces = false;
  model.pieces = {
      {"<unk>", 0, PieceType::kUnknown}, {"a", -9}, {"b", -9}, {"c", -9}, {"bc", -1}, {"ab", -1}};
  const Tokenizer tokenizer = Tokenizer::from_json(
      tokenizer_json(model, PieceRules::kSentencePiece, "test"), Json::object(), "test");
  EXPECT_EQ(tokenizer.encode("abc"), (std::vector<TokenId>{5, 3}));
  EXPECT_EQ(tokenizer.encode("bcabc"), (std::vector<TokenId>{4, 5, 3}));
}

TEST(SentencePiece, long_runs_of_white_space_take_linear_time) {
  const Tokenizer tokenizer = Tokenizer::load(golden("bpe_rules.model"));
  std::string spaces, escaped;
  for (int i = 0; i < 300000; ++i) {
    spaces += ' ';
    escaped += "\xE2\x96\x81";
  }
  EXPECT_EQ(tokenizer.encode("a" + spaces + "b"), tokenizer.encode("a b"));
  EXPECT_GT(tokenizer.encode("a" + escaped + "b").size(), 2U);
  EXPECT_EQ(tokenizer.encode("a" + escaped), tokenizer.encode("a"));
}

ErrorCode code_of(std::string_view bytes) {
  try {
    const SentencePieceModel model = parse_sentencepiece(bytes, "x.model");
    const Json json = tokenizer_json(model, PieceRules::kSentencePiece, "x.model");
    Tokenizer::from_json(json, Json::object(), "x.model").encode("a b\xC3\xA9 \xEF\xAC\x81");
  } catch (const Error& error) {
    EXPECT_NE(error.place().find("x.model"), std::string::npos) << error.what();
    return error.code();
  }
  return ErrorCode::kInternal;  // none: the damage changed no structure
}

TEST(SentencePiece, cut_off_and_damaged_files_are_errors_or_other_models) {
  for (const char* name : {"bpe_rules.model", "bpe_llama.model"}) {
    const std::string whole = read_file(golden(name));
    int refused = 0;
    for (std::size_t i = 0; i < whole.size(); i += 7) {
      refused += code_of(std::string_view(whole).substr(0, i)) != ErrorCode::kInternal ? 1 : 0;
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0xFF);
      refused += code_of(damaged) != ErrorCode::kInternal ? 1 : 0;
    }
    EXPECT_GT(refused, 100) << name;
  }
  EXPECT_EQ(code_of("\x0A\xFF\xFF\xFF\xFF\x7F"), ErrorCode::kCorrupt);   // a length beyond the end
  EXPECT_EQ(code_of("\x0B\x01"), ErrorCode::kCorrupt);                   // a group
  EXPECT_EQ(code_of(std::string(12, '\xFF')), ErrorCode::kCorrupt);      // an endless number
  EXPECT_EQ(code_of({"\x12\x02\x18\x03", 4}), ErrorCode::kUnsupported);  // model_type: word
  EXPECT_EQ(code_of({"\x12\x03\xC0\x01\x01", 5}), ErrorCode::kUnsupported);  // suffix
}

TEST(PieceCharsmap, a_trie_that_leads_outside_is_an_error) {
  const std::string unit("\x00\xFF\xFF\x7F", 4);
  const std::string blob = std::string("\x04\0\0\0", 4) + unit + std::string("x\0", 2);
  std::string text = "abc";
  PieceCharsmap(Charsmap(blob, "x"), {}).apply(text);
  EXPECT_EQ(text, "abc");
  for (const std::string& bad :
       {std::string(), std::string("\x04\0\0\0", 4), std::string("\x03\0\0\0abcd\0", 9),
        std::string("\xFF\xFF\xFF\xFF\0\0\0\0", 8), std::string("\x04\0\0\0", 4) + unit + "x"}) {
    EXPECT_THROW(Charsmap(bad, "x"), Error);
  }
}

}  // namespace
}  // namespace lucie
