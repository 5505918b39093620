#include "eval/cloze.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/rng.h"
#include "base/text.h"
#include "model/test_model.h"

namespace lucie {
namespace {

HeldOutDocument document(const std::string& language, std::string text) {
  HeldOutDocument result;
  result.language = language;
  result.id = language + "-1";
  result.text = std::move(text);
  return result;
}

// Sentences of drawn words, of which each language has its own.
std::vector<HeldOutDocument> documents() {
  std::vector<HeldOutDocument> result;
  for (const std::string language : {"en", "fr", "code", "aligned"}) {
    std::string text;
    for (std::uint64_t s = 0; s < 60; ++s) {
      Rng rng(9, language, s);
      for (int w = 0; w < 9; ++w) {
        const std::uint64_t word = rng.below(rng.below(40) + 1);
        text += language + std::string(word % 5 + 1, static_cast<char>('a' + word % 26)) + " ";
      }
      text.back() = s % 7 == 0 ? '!' : '.';
      text += s % 5 == 0 ? "\n\n" : " ";
    }
    result.push_back(document(language, text));
  }
  return result;
}

TEST(Cloze, items_are_sentences_of_their_documents_with_their_last_word_among_four) {
  const std::vector<HeldOutDocument> held_out = documents();
  const std::vector<ClozeItem> items = make_cloze_items(held_out, 1, 25);
  ASSERT_EQ(items.size(), 50U);  // of "en" and "fr" only
  std::set<int> answers;
  for (const ClozeItem& item : items) {
    const HeldOutDocument& source = item.language == "en" ? held_out[0] : held_out[1];
    const std::string& right = item.choices[static_cast<std::size_t>(item.answer)];
    EXPECT_NE(source.text.find(item.context + right + item.mark), std::string::npos);
    EXPECT_EQ(item.context.back(), ' ');
    EXPECT_EQ(item.document, source.id);
    std::set<std::string> different;
    for (const std::string& choice : item.choices) {
      different.insert(to_lower_ascii(choice));
      EXPECT_TRUE(choice.starts_with(item.language));  // of the same language
      const auto difference =
          static_cast<double>(choice.size()) - static_cast<double>(right.size());
      EXPECT_LE(std::abs(difference), 2);
    }
    EXPECT_EQ(different.size(), 4U);
    answers.insert(item.answer);
  }
  EXPECT_EQ(answers.size(), 4U);  // the right one stands anywhere
}

TEST(Cloze, the_seed_decides_which_sentences) {
  const auto contexts = [](std::uint64_t seed) {
    std::vector<std::string> result;
    for (const ClozeItem& item : make_cloze_items(documents(), seed, 25)) {
      result.push_back(item.context + join(item.choices, "|"));
    }
    return result;
  };
  EXPECT_EQ(contexts(1), contexts(1));
  EXPECT_NE(contexts(1), contexts(2));
}

TEST(Cloze, texts_without_enough_sentences_give_no_items) {
  EXPECT_TRUE(make_cloze_items({}, 1).empty());
  EXPECT_TRUE(make_cloze_items({document("en", "")}, 1).empty());
  const std::string only = "This is the only sentence that stands in the whole document.";
  EXPECT_TRUE(make_cloze_items({document("en", only)}, 1).empty());  // no words to choose from
}

class ClozeScore : public ::testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  Decoder model_ = testing_model::small_model(ctx_);
  Tokenizer tokenizer_ = testing_model::small_tokenizer();

  static ClozeItem item(std::array<std::string, 4> choices, int answer) {
    return {"en", "d", "the ", std::move(choices), answer, "."};
  }
  // log P(text), token by token.
  double log_likelihood(const std::string& text) {
    const std::vector<TokenId> ids = tokenizer_.encode(text);
    Activations activations(ctx_, model_.config(), 64, DType::kF32, Activations::Keep::kOneLayer);
    double sum = 0;
    for (std::size_t t = 1; t < ids.size(); ++t) {
      const Batch batch = make_batch(ctx_, std::span(ids).first(t), {}, 1);
      model_.forward(ctx_, batch, activations);
      const std::vector<std::int32_t> last{static_cast<std::int32_t>(t - 1)};
      const std::vector<float> logits =
          ctx_.download(model_.logits(ctx_, activations, batch.rows(), ctx_.upload({1}, last)));
      double total = 0;
      for (const float logit : logits) total += std::exp(static_cast<double>(logit));
      sum += static_cast<double>(logits[static_cast<std::size_t>(ids[t])]) - std::log(total);
    }
    return sum;
  }
};

TEST_F(ClozeScore, is_right_where_the_true_text_is_the_likeliest) {
  const std::array<std::array<std::string, 4>, 3> words{
      {{"stop", "cat", "dog", "the"}, {"pot", "hot", "toe", "set"}, {"one", "two", "six", "ten"}}};
  for (const auto& choices : words) {
    std::size_t best = 0;
    for (std::size_t c = 1; c < 4; ++c) {
      if (log_likelihood("the " + choices[c] + ".") >
          log_likelihood("the " + choices[best] + ".")) {
        best = c;
      }
    }
    for (int answer = 0; answer < 4; ++answer) {
      const Json json = cloze(ctx_, model_, tokenizer_, {item(choices, answer)});
      EXPECT_EQ(json.at("en").at("correct").as_int(), answer == static_cast<int>(best));
    }
  }
}

TEST_F(ClozeScore, counts_by_language_and_over_all) {
  std::vector<ClozeItem> items;
  for (int answer = 0; answer < 4; ++answer)
    items.push_back(item({"one", "two", "six", "ten"}, answer));
  items.push_back(items.front());
  items.back().language = "fr";
  const Json json = cloze(ctx_, model_, tokenizer_, items);
  EXPECT_EQ(json.at("en").at("correct").as_int(), 1);
  EXPECT_EQ(json.at("en").at("items").as_int(), 4);
  EXPECT_DOUBLE_EQ(json.at("en").at("accuracy").as_double(), 0.25);
  EXPECT_EQ(json.at("all").at("items").as_int(), 5);
  EXPECT_EQ(json.at("fr").at("items").as_int(), 1);
}

TEST_F(ClozeScore, reads_the_end_of_contexts_longer_than_the_window) {
  ClozeItem longer = item({"one", "two", "six", "ten"}, 0);
  longer.context = std::string(200, 'x') + " ";
  EXPECT_EQ(cloze(ctx_, model_, tokenizer_, {longer}).at("all").at("items").as_int(), 1);
}

TEST(Cloze, interval_is_wilsons) {
  // From the formula in Python, to six places.
  const Interval five = wilson_interval(5, 10);
  EXPECT_NEAR(five.low, 0.236593, 1e-6);
  EXPECT_NEAR(five.high, 0.763407, 1e-6);
  const Interval none = wilson_interval(0, 20);
  EXPECT_NEAR(none.low, 0.0, 1e-12);
  EXPECT_NEAR(none.high, 0.161125, 1e-6);
  EXPECT_EQ(wilson_interval(0, 0).high, 1.0);
}

}  // namespace
}  // namespace lucie
