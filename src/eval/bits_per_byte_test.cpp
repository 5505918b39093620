#include "eval/bits_per_byte.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/rng.h"
#include "eval/windows.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_model::small_model;

class BitsPerByte : public ::testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  Decoder model_ = small_model(ctx_);

  // Lengths below, at and above multiples of the windows used.
  static std::vector<HeldOutDocument> documents() {
    std::vector<HeldOutDocument> result;
    for (const std::size_t length : {2, 3, 7, 8, 9, 15, 16, 17, 47, 48, 49, 50, 97, 130}) {
      HeldOutDocument document;
      document.language = std::string(length % 2 == 0 ? "fr" : "en");
      document.text = std::string(length, 'x');
      Rng rng(5, "eval test", length);
      document.ids.push_back(0);
      for (std::size_t i = 1; i < length; ++i) {
        document.ids.push_back(static_cast<TokenId>(rng.below(288)));
      }
      result.push_back(document);
    }
    return result;
  }

  // Negative log-probabilities of ids[1 ...], each from the logits of its own prefix.
  std::vector<double> losses_one_by_one(std::span<const TokenId> ids) {
    std::vector<double> losses;
    Activations activations(ctx_, model_.config(), static_cast<std::int64_t>(ids.size()),
                            DType::kF32, Activations::Keep::kOneLayer);
    for (std::size_t t = 1; t < ids.size(); ++t) {
      const Batch batch = make_batch(ctx_, ids.first(t), {}, 1);
      model_.forward(ctx_, batch, activations);
      const std::vector<std::int32_t> last{static_cast<std::int32_t>(t - 1)};
      const std::vector<float> logits =
          ctx_.download(model_.logits(ctx_, activations, batch.rows(), ctx_.upload({1}, last)));
      double total = 0;
      for (const float logit : logits) total += std::exp(static_cast<double>(logit));
      losses.push_back(std::log(total) -
                       static_cast<double>(logits[static_cast<std::size_t>(ids[t])]));
    }
    return losses;
  }

  double nats_one_by_one(const HeldOutDocument& document, std::size_t window) {
    double sum = 0;
    const std::span<const TokenId> ids = document.ids;
    for (std::size_t begin = 0; begin + 1 < ids.size(); begin += window) {
      const std::size_t size = std::min(window + 1, ids.size() - begin);
      for (const double loss : losses_one_by_one(ids.subspan(begin, size))) sum += loss;
    }
    return sum;
  }
};

TEST_F(BitsPerByte, equals_the_sum_over_windows_read_one_at_a_time) {
  for (const std::int64_t window : {1, 7, 8, 16, 48}) {
    std::map<std::string, double> nats, bytes;
    for (const HeldOutDocument& document : documents()) {
      const double own = nats_one_by_one(document, static_cast<std::size_t>(window));
      for (const std::string& name : {document.language, std::string("all")}) {
        nats[name] += own;
        bytes[name] += static_cast<double>(document.text.size());
      }
    }
    const LanguageScores scores = score(ctx_, model_, documents(), window);
    ASSERT_EQ(scores.size(), 3U);
    for (const auto& [language, s] : scores) {
      EXPECT_NEAR(s.bits_per_byte(), nats[language] / std::numbers::ln2 / bytes[language], 1e-5)
          << language << ", windows of " << window;
    }
  }
}

TEST_F(BitsPerByte, predicts_every_token_but_the_first_once) {
  const LanguageScores scores = score(ctx_, model_, documents(), 7);
  std::int64_t tokens = 0, bytes = 0;
  for (const HeldOutDocument& document : documents()) {
    tokens += static_cast<std::int64_t>(document.ids.size()) - 1;
    bytes += static_cast<std::int64_t>(document.text.size());
  }
  const LanguageScore& all = scores.at("all");
  EXPECT_EQ(all.tokens, tokens);
  EXPECT_EQ(all.bytes, bytes);
  EXPECT_EQ(all.documents, 14);
  EXPECT_NEAR(all.perplexity(), std::exp(all.nats / static_cast<double>(tokens)), 1e-9);
  EXPECT_EQ(to_json(scores).at("fr").at("tokens").as_int(), scores.at("fr").tokens);
}

TEST_F(BitsPerByte, takes_the_models_window_when_none_or_a_longer_one_is_asked_for) {
  const double own = score(ctx_, model_, documents(), 48).at("all").nats;
  EXPECT_EQ(score(ctx_, model_, documents()).at("all").nats, own);
  EXPECT_EQ(score(ctx_, model_, documents(), 1000).at("all").nats, own);
}

TEST_F(BitsPerByte, scores_nothing_without_documents) {
  EXPECT_TRUE(score(ctx_, model_, {}).empty());
}

TEST_F(BitsPerByte, loss_by_position_averages_over_whole_windows) {
  std::vector<double> sums(3, 0.0);  // positions 0-6, 7-13, 14-15
  int windows = 0;
  for (const HeldOutDocument& document : documents()) {
    const std::span<const TokenId> ids = document.ids;
    for (std::size_t begin = 0; begin + 16 < ids.size(); begin += 16) {
      const std::vector<double> losses = losses_one_by_one(ids.subspan(begin, 17));
      for (std::size_t t = 0; t < 16; ++t) sums[t / 7] += losses[t];
      ++windows;
    }
  }
  const std::vector<double> means = loss_by_position(ctx_, model_, documents(), 16, 7);
  ASSERT_EQ(means.size(), 3U);
  EXPECT_NEAR(means[0], sums[0] / (7 * windows), 1e-5);
  EXPECT_NEAR(means[1], sums[1] / (7 * windows), 1e-5);
  EXPECT_NEAR(means[2], sums[2] / (2 * windows), 1e-5);
}

TEST_F(BitsPerByte, windows_are_read_from_what_is_given_on) {
  const std::vector<HeldOutDocument> all = documents();
  const HeldOutDocument& document = all[7];
  const std::vector<double> expected = losses_one_by_one(document.ids);
  int seen = 0;
  for_each_window(ctx_, model_, {{document.ids, 5}, {std::span(document.ids).first(1)}},
                  [&](std::size_t window, std::span<const float> losses) {
                    ++seen;
                    EXPECT_EQ(window, 0U);
                    ASSERT_EQ(losses.size(), expected.size() - 5);
                    for (std::size_t i = 0; i < losses.size(); ++i) {
                      EXPECT_NEAR(losses[i], expected[i + 5], 1e-5);
                    }
                  });
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace lucie
