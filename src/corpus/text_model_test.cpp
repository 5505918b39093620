#include "corpus/text_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {
namespace {

// Sentences over a small vocabulary, each word with its likely followers.
std::string prose(std::uint64_t number, int sentences = 12) {
  const std::vector<std::string> words = {"the",    "reader", "opens", "a",     "file",  "and",
                                          "writes", "lines",  "into",  "other", "files", "slowly"};
  Rng rng(5, "prose", number);
  std::string text;
  std::uint64_t word = number % words.size();
  for (int s = 0; s < sentences; ++s) {
    for (int i = 0; i < 9; ++i) {
      word = rng.below(4) == 0 ? rng.below(words.size()) : (word * 7 + 3) % words.size();
      text += words[word] + (i == 8 ? ".\n" : " ");
    }
  }
  return text;
}

fs::path trained(const std::string& name, int order = 5, std::uint64_t documents = 100) {
  TextModelTrainer trainer("en", order);
  for (std::uint64_t i = 0; i < documents; ++i) EXPECT_TRUE(trainer.add(prose(i)));
  const fs::path path = fs::path(testing::TempDir()) / name;
  trainer.write(path);
  return path;
}

TEST(TextModel, prefers_what_it_was_trained_on) {
  const TextModel model(trained("prefers.model"));
  std::string noise = prose(1000);
  for (std::size_t i = 0; i < noise.size(); i += 7) noise[i] = static_cast<char>('a' + i % 26);
  const double seen = model.read(prose(1000)).perplexity();
  EXPECT_LT(seen, 40);
  EXPECT_GT(model.read(noise).perplexity(), 20 * seen);
  EXPECT_GT(model.read("Wir lesen hier einen Text in einer anderen Sprache").perplexity(),
            20 * seen);
  EXPECT_EQ(model.language(), "en");
  EXPECT_GT(model.middle(), model.head());
  EXPECT_GT(model.head(), 1);
}

TEST(TextModel, counts_words_that_it_knows) {
  const TextModel model(trained("knows.model"));
  const TextModel::Reading reading = model.read("The FILES tbe fi1es 12 ...");
  EXPECT_EQ(reading.lettered, 4U);
  EXPECT_EQ(reading.known, 2U);
  EXPECT_DOUBLE_EQ(reading.known_share(), 0.5);
  EXPECT_DOUBLE_EQ(model.read("").known_share(), 1);
  EXPECT_DOUBLE_EQ(model.read("").perplexity(), 1);
}

// Backed off, pruned and rounded, the probabilities of all bytes after any context still sum to 1.
TEST(TextModel, probabilities_sum_to_one) {
  const TextModel model(trained("sums.model"));
  for (const std::string& context : {std::string("the re"), std::string("zz"), std::string("a"),
                                     std::string("files slow"), std::string("qfil")}) {
    const double before = model.read(context).bits;
    const auto probability = [&](int symbol) {
      return std::exp2(before - model.read(context + static_cast<char>(symbol)).bits);
    };
    // Bytes beyond ASCII, other white space and other figures were never seen, as 0x01 was not.
    double sum = (128 + 5 + 9) * probability(1);
    for (int symbol = 0; symbol < 128; ++symbol) {
      const bool is_read_as_other =
          (symbol >= '\t' && symbol <= '\r') || (symbol >= '1' && symbol <= '9');
      if (!is_read_as_other) sum += probability(symbol);
    }
    EXPECT_GT(sum, 0.98) << context;
    EXPECT_LT(sum, 1.02) << context;
  }
}

TEST(TextModel, figures_and_white_space_are_all_alike) {
  const TextModel model(trained("alike.model"));
  EXPECT_DOUBLE_EQ(model.read("the file 17").bits, model.read("the \n file\t99").bits);
}

TEST(TextModel, pruning_hardly_changes_what_it_says) {
  SymbolText text;
  std::vector<std::int32_t> tested;
  for (std::uint64_t i = 0; i < 100; ++i) {
    if (i % 20 == 19) continue;
    std::vector<std::int32_t> symbols;
    for (const char c : prose(i)) symbols.push_back(c == '\n' ? ' ' : c);
    text.add(symbols);
  }
  for (const char c : prose(500)) tested.push_back(c == '\n' ? ' ' : c);
  const double whole = NgramModel::train(text, 5, 256).nats(tested) / std::log(2);
  const TextModel model(trained("pruned.model"));
  EXPECT_NEAR(model.read(prose(500)).bits / whole, 1, 0.03);
}

TEST(TextModel, equal_texts_give_equal_files) {
  EXPECT_EQ(read_file(trained("once.model")), read_file(trained("twice.model")));
}

TEST(TextModel, damaged_files_are_refused_or_read_in_bounds) {
  const fs::path path = trained("damaged.model", 3, 30);
  const std::string whole = read_file(path);
  const auto opened = [&](const std::string& contents) {
    write_file_atomic(path, contents);
    return TextModel(path).read(prose(1)).bits;
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{64}, std::size_t{128},
                                 whole.size() / 2, whole.size() - 8, whole.size() - 1}) {
    EXPECT_THROW(opened(whole.substr(0, size)), Error) << size;
  }
  EXPECT_THROW(opened(whole + "12345678"), Error);
  for (std::size_t at = 0; at < 128; ++at) {  // every byte of the header
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    try {
      opened(changed);
    } catch (const Error&) {
      continue;
    }
  }
  std::string full = whole;  // no slot empty: a search must still end
  for (std::size_t i = 128; i < full.size(); ++i) full[i] = 'x';
  EXPECT_GT(opened(full), 0);
}

TEST(TextModelTrainer, refuses_no_text_and_odd_orders) {
  EXPECT_THROW(TextModelTrainer("en", 6), Error);
  EXPECT_THROW(TextModelTrainer("en", 0), Error);
  EXPECT_THROW(TextModelTrainer("not-a-language", 5), Error);
  EXPECT_THROW(TextModelTrainer("en").write(fs::path(testing::TempDir()) / "none.model"), Error);
}

}  // namespace
}  // namespace lucie
