// What holds for every design that a tokenizer can be trained in, and for counting words.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/thread_pool.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/trainer.h"
#include "tokenizer/word_counts.h"

namespace lucie {
namespace {

std::vector<std::string> golden_texts() {
  std::vector<std::string> texts;
  const Json all = read_json(fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden" / "bpe_text.json");
  for (const Json& text : all.at("mixed").items()) texts.push_back(text.as_string());
  return texts;
}

std::vector<TrainedTokenizer> train(const std::vector<std::string>& texts,
                                    const TrainerOptions& options, int threads) {
  ThreadPool pool(threads);
  std::size_t next = 0;
  const TextSource source = [&]() -> std::optional<std::string> {
    return next == texts.size() ? std::nullopt : std::optional(texts[next++]);
  };
  return train_tokenizers(source, options, pool);
}

TrainerOptions options_of(TokenizerDesign design, std::vector<std::int64_t> sizes) {
  TrainerOptions options;
  options.design = design;
  options.vocab_sizes = std::move(sizes);
  return options;
}

class TrainerDesigns : public testing::TestWithParam<TokenizerDesign> {};

TEST_P(TrainerDesigns, threads_memory_and_order_of_texts_do_not_change_a_byte) {
  std::vector<std::string> texts = golden_texts();
  TrainerOptions options = options_of(GetParam(), {900});
  const std::string wanted = train(texts, options, 1).front().tokenizer.dump();
  options.memory = 0;  // every batch goes to a file
  options.scratch = testing::TempDir();
  std::reverse(texts.begin(), texts.end());
  EXPECT_EQ(train(texts, options, 3).front().tokenizer.dump(), wanted);
}

TEST_P(TrainerDesigns, sizes_of_one_run_are_those_trained_alone) {
  const std::vector<std::string> texts = golden_texts();
  const auto both = train(texts, options_of(GetParam(), {700, 1100}), 2);
  ASSERT_EQ(both.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t size = i == 0 ? 700 : 1100;
    const auto alone = train(texts, options_of(GetParam(), {size}), 2);
    EXPECT_EQ(both[i].tokenizer.dump(), alone.front().tokenizer.dump()) << size;
    EXPECT_EQ(both[i].tokenizer.at("model").at("vocab").size(), static_cast<std::size_t>(size));
  }
}

TEST_P(TrainerDesigns, text_comes_back_and_special_tokens_are_in_place) {
  const TrainedTokenizer trained = train(golden_texts(), options_of(GetParam(), {900}), 2).front();
  const Tokenizer tokenizer = Tokenizer::from_json(trained.tokenizer, trained.config, "trained");
  const std::string text = "L'\u00e9t\u00e9 (2024) est l\u00e0:\n\tconst x = \"\u4e2d\U0001f980\";";
  const std::vector<TokenId> ids = tokenizer.encode(text);
  EXPECT_EQ(tokenizer.decode(ids), text);
  EXPECT_EQ(ids.front(), 0);
  EXPECT_EQ(tokenizer.bos(), 0);
  EXPECT_EQ(tokenizer.eos(), 1);
  for (const char* token : {"<pad>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}) {
    ASSERT_TRUE(tokenizer.id(token)) << token;
    EXPECT_TRUE(tokenizer.is_special(*tokenizer.id(token))) << token;
  }
}

TEST_P(TrainerDesigns, too_small_a_vocabulary_is_refused_with_the_least_size) {
  try {
    train(golden_texts(), options_of(GetParam(), {1000, 200}), 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.hint().find("use at least"), std::string::npos) << error.hint();
  }
}

INSTANTIATE_TEST_SUITE_P(All, TrainerDesigns,
                         testing::Values(TokenizerDesign::kLucie, TokenizerDesign::kByteLevel,
                                         TokenizerDesign::kUnigram));

TEST(TrainerDesigns, unknown_designs_and_splits_are_refused) {
  EXPECT_THROW(tokenizer_design("wordpiece", "tokenizer.design"), Error);
  TrainerOptions options = options_of(TokenizerDesign::kByteLevel, {400});
  options.split = "gpt4";
  EXPECT_THROW(train({"a"}, options, 1), Error);
  options.split = "gpt2";
  EXPECT_NO_THROW(train({"a b"}, options, 1));
}

TEST(WordCounts, tables_and_files_give_every_word_once_in_order) {
  for (const std::uint64_t memory : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
    training::WordCounts counts(2, memory, testing::TempDir());
    for (int round = 0; round < 3; ++round) {
      for (const int worker : {0, 1}) {
        for (const char* word : {"zebra", "ab", "abc", "", "\xff", "a"}) counts.add(worker, word);
      }
      counts.settle();
    }
    counts.add(0, "abacus");
    counts.finish();
    std::vector<std::pair<std::string, std::uint64_t>> seen;
    const auto visit = [&](std::string_view word, std::uint64_t count) {
      seen.emplace_back(word, count);
    };
    counts.for_each(visit);
    counts.for_each(visit);
    const decltype(seen) wanted = {{"", 6},    {"a", 6},     {"ab", 6},  {"abacus", 1},
                                   {"abc", 6}, {"zebra", 6}, {"\xff", 6}};
    ASSERT_EQ(seen.size(), 2 * wanted.size());
    EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), seen.begin()));
    EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), seen.begin() + 7));
  }
}

}  // namespace
}  // namespace lucie
