#include "tokenizer/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "tokenizer/bpe_trainer_lucie.h"
#include "tokenizer/tokenizer.h"

namespace lucie {
namespace {

TextSource source_of(const std::vector<std::string>& texts) {
  return [&texts, next = std::size_t{0}]() mutable -> std::optional<std::string> {
    if (next == texts.size()) return std::nullopt;
    return texts[next++];
  };
}

std::vector<TrainedTokenizer> train_all(const std::vector<std::string>& texts,
                                        const TrainerOptions& options, int threads = 2) {
  ThreadPool pool(threads);
  return train_tokenizers(source_of(texts), options, pool);
}

TrainedTokenizer train(const std::vector<std::string>& texts, const TrainerOptions& options,
                       int threads = 2) {
  return train_all(texts, options, threads).front();
}

Json golden(const char* name) {
  return read_json(fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden" / name);
}

std::vector<std::string> strings(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list.items()) out.push_back(item.as_string());
  return out;
}

TrainerOptions options_of(const Json& settings) {
  return {.vocab_sizes = {settings.at("vocab_size").as_int()},
          .min_frequency = settings.at("min_frequency").as_int(),
          .limit_alphabet = settings.at("limit_alphabet").as_int()};
}

std::vector<std::string> words_of(std::string_view normalized) {
  std::vector<std::string> words;
  bpe::split_words(normalized, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

TEST(BpeTrainer, vocabulary_and_merges_equal_hugging_face) {
  const Json texts = golden("bpe_text.json"), cases = golden("bpe_vocabulary.json");
  const std::size_t space_merges = 28 + 6 + 1;
  for (const Json& wanted : cases.items()) {
    const std::string& name = wanted.at("text").as_string();
    SCOPED_TRACE(name + " " + std::to_string(wanted.at("vocab_size").as_int()));
    const Json model = train(strings(texts.at(name)), options_of(wanted)).tokenizer.at("model");

    const auto& vocabulary = model.at("vocab").members();
    const auto& tokens = wanted.at("tokens").items();
    const auto initial = static_cast<std::size_t>(wanted.at("initial").as_int());
    ASSERT_EQ(vocabulary.size(), initial + tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      ASSERT_EQ(vocabulary[initial + i].first, tokens[i].as_string()) << i;
      ASSERT_EQ(vocabulary[initial + i].second.as_int(), static_cast<std::int64_t>(initial + i));
    }
    const auto& merges = model.at("merges").items();
    const auto& wanted_merges = wanted.at("merges").items();
    ASSERT_EQ(merges.size(), wanted_merges.size() + space_merges);
    for (std::size_t i = 0; i < wanted_merges.size(); ++i)
      ASSERT_EQ(merges[i], wanted_merges[i]) << i;
  }
}

TEST(BpeTrainer, result_does_not_depend_on_threads_or_order_of_texts) {
  std::vector<std::string> texts = strings(golden("bpe_text.json").at("mixed"));
  const TrainerOptions options{.vocab_sizes = {900}, .min_frequency = 2, .limit_alphabet = 50};
  const std::string one = train(texts, options, 1).tokenizer.dump();
  EXPECT_EQ(train(texts, options, 4).tokenizer.dump(), one);
  std::reverse(texts.begin(), texts.end());
  EXPECT_EQ(train(texts, options, 3).tokenizer.dump(), one);
}

TEST(BpeTrainer, characters_of_equal_frequency_at_the_limit_are_kept_by_code_point) {
  const Json model =
      train({"z b y a c x"}, {.vocab_sizes = {400}, .limit_alphabet = 3}).tokenizer.at("model");
  const auto& vocabulary = model.at("vocab").members();
  ASSERT_EQ(vocabulary.size(), 294U);  // U+2581, the most frequent, is an initial token
  EXPECT_EQ(vocabulary[292].first, "a");
  EXPECT_EQ(vocabulary[293].first, "b");
}

TEST(BpeTrainer, initial_tokens_stand_where_the_design_says) {
  const Json model = train({"a"}, {.vocab_sizes = {400}}).tokenizer.at("model");
  const Json& vocabulary = model.at("vocab");
  EXPECT_EQ(vocabulary.at("</s>").as_int(), 1);
  EXPECT_EQ(vocabulary.at("<0x00>").as_int(), 4);
  EXPECT_EQ(vocabulary.at("<0xFF>").as_int(), 259);
  EXPECT_EQ(vocabulary.at("<|start_header_id|>").as_int(), 265);
  EXPECT_EQ(vocabulary.at("<|eot_id|>").as_int(), 267);
  EXPECT_EQ(vocabulary.at("\u2581").as_int(), 268);
  EXPECT_EQ(vocabulary.at("\n\n").as_int(), 281);
  EXPECT_EQ(vocabulary.at("9").as_int(), 291);
  EXPECT_EQ(vocabulary.at("a").as_int(), 292);
}

TEST(BpeTrainer, rules_and_space_merges_equal_those_of_the_released_file) {
  const fs::path shared =
      *LUCIE_SHARED_DIR ? fs::path(LUCIE_SHARED_DIR) : fs::path(LUCIE_SOURCE_DIR) / ".." / "shared";
  const fs::path path = shared / "data" / "lucie" / "tokenizer_instruct" / "tokenizer.json";
  if (!fs::exists(path)) GTEST_SKIP() << "no " << path;
  const Json released = read_json(path);
  const Json ours = train({"a"}, {.vocab_sizes = {400}}).tokenizer;
  EXPECT_EQ(ours.at("normalizer").dump(), released.at("normalizer").dump());
  EXPECT_EQ(ours.at("post_processor").dump(), released.at("post_processor").dump());
  EXPECT_EQ(ours.at("decoder").at("decoders").size(), released.at("decoder").at("decoders").size());

  const auto& merges = ours.at("model").at("merges").items();
  const auto& theirs = released.at("model").at("merges").items();
  ASSERT_EQ(merges.size(), 35U);
  for (std::size_t i = 0; i < merges.size(); ++i) {
    EXPECT_EQ(merges[i].at(0).as_string() + " " + merges[i].at(1).as_string(),
              theirs[theirs.size() - merges.size() + i].as_string());
  }
}

TEST(BpeTrainer, trained_tokenizer_loads_and_gives_text_back) {
  const TrainedTokenizer trained =
      train(strings(golden("bpe_text.json").at("mixed")), {.vocab_sizes = {1000}});
  const Tokenizer tokenizer = Tokenizer::from_json(trained.tokenizer, trained.config, "trained");
  const std::string text = "L'\u00e9t\u00e9 (2024) est l\u00e0:\n\tconst x = \"\u4e2d\U0001f980\";";
  const std::vector<TokenId> ids = tokenizer.encode(text);
  EXPECT_EQ(ids.front(), 0);
  EXPECT_EQ(tokenizer.decode(ids), text);
  EXPECT_EQ(tokenizer.eos(), 1);
  EXPECT_FALSE(tokenizer.chat_template().empty());
}

TEST(BpeTrainer, corpora_of_one_character_train) {
  EXPECT_EQ(train({"a"}, {.vocab_sizes = {293}}).tokenizer.at("model").at("vocab").size(), 293U);
  EXPECT_EQ(
      train({std::string(1000, 'a')}, {.vocab_sizes = {300}}).tokenizer.at("model").at("vocab").size(),
      300U);
}

TEST(BpeTrainer, no_text_is_an_error) {
  EXPECT_THROW(train({}, {}), Error);
  EXPECT_THROW(train({"", "\r"}, {}), Error);
}

TEST(BpeTrainer, text_that_is_not_utf8_is_named) {
  try {
    train({"good", "bad \xff"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.place(), "text 1");
  }
}

TEST(BpeTrainer, too_small_a_vocabulary_names_the_least_possible_one) {
  try {
    train({"abc"}, {.vocab_sizes = {294}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.hint().find("295"), std::string::npos) << error.hint();
  }
  EXPECT_NO_THROW(train({"abc"}, {.vocab_sizes = {295}}));
  EXPECT_THROW(train({"abc"}, {.vocab_sizes = {-1}}), Error);
}

TEST(BpeTrainer, words_are_cut_as_the_four_pre_tokenizers_cut) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of("\u2581L'\u2581ami"), (Words{"\u2581L", "'", "\u2581ami"}));
  EXPECT_EQ(words_of("\u2581\u2581.x\u2581=="), (Words{"\u2581", "\u2581.", "x", "\u2581=="}));
  EXPECT_EQ(words_of("\u2581"
                     "42\u00bd)"),
            (Words{"\u2581", "4", "2", "\u00bd", ")"}));
  EXPECT_EQ(words_of("a\n\n\u2581b\tc"), (Words{"a", "\n", "\n", "\u2581b", "\t", "c"}));
  EXPECT_EQ(words_of("a_b\u3000c"), (Words{"a_b\u3000c"}));
  EXPECT_EQ(words_of(""), Words{});
}

}  // namespace
}  // namespace lucie
