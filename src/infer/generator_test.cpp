#include "infer/generator.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/cancel.h"
#include "base/text.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_model::error_of;
using testing_model::small_config;

class GeneratorTest : public ::testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  Tokenizer tokenizer_ = testing_model::small_tokenizer();
  Decoder model_ = testing_model::small_model(ctx_);

  void TearDown() override { clear_cancel(); }

  static GenerateOptions greedy(std::int64_t max_tokens = 20) {
    GenerateOptions options;
    options.sampling.temperature = 0;
    options.max_tokens = max_tokens;
    return options;
  }
  Generator generator(std::vector<TokenId> stop_ids = {}, std::int64_t window = 0) {
    return Generator(ctx_, model_, tokenizer_, std::move(stop_ids), {.window = window});
  }
  std::vector<float> logits_without_cache(std::span<const TokenId> ids) {
    const Batch batch = make_batch(ctx_, ids, {}, 1);
    Activations activations(ctx_, model_.config(), batch.rows(), DType::kF32,
                            Activations::Keep::kOneLayer);
    model_.forward(ctx_, batch, activations);
    const std::vector<std::int32_t> last{static_cast<std::int32_t>(ids.size() - 1)};
    return ctx_.download(model_.logits(ctx_, activations, batch.rows(), ctx_.upload({1}, last)));
  }
  // A model that says these ids one after another whatever the prompt was: each token's embedding
  // is one axis, no layer adds anything to it, and the head maps an axis to the token that follows.
  Decoder parrot(const std::vector<TokenId>& chain) {
    ModelConfig config = small_config();
    config.hidden_size = 288;
    Parameters weights = make_zeros(ctx_, family("llama").tensors(config), DType::kF32);
    std::vector<float> axes(288 * 288, 0.0f), next(288 * 288, 0.0f);
    for (std::size_t i = 0; i < 288; ++i) axes[i * 288 + i] = 1.0f;
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      next[static_cast<std::size_t>(chain[i + 1]) * 288 + static_cast<std::size_t>(chain[i])] = 1;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const TensorSpec& spec = weights.specs()[i];
      if (spec.slot == Slot::kEmbedding) weights.set(i, ctx_.upload(DType::kF32, spec.shape, axes));
      if (spec.slot == Slot::kHead) weights.set(i, ctx_.upload(DType::kF32, spec.shape, next));
      if (spec.slot == Slot::kFinalNorm) ctx_.op().fill(ctx_, weights[i], 1.0f);
    }
    return Decoder(ctx_, config, weights);
  }
  std::vector<TokenId> ids(std::initializer_list<const char*> tokens) {
    std::vector<TokenId> result;
    for (const char* token : tokens) result.push_back(tokenizer_.id(token).value());
    return result;
  }
};

TEST_F(GeneratorTest, prefixes_are_reused_without_changing_anything) {
  Generator one = generator();
  GenerateOptions options = greedy(3);
  options.top_logprobs = 0;
  const std::vector<std::vector<TokenId>> prompts{
      {0, 5, 6, 7, 8}, {0, 5, 6, 7, 8}, {0, 5, 6, 9}, {0, 5, 6}, {0, 5, 6, 9, 10, 11}, {3}, {0, 5}};
  for (const std::vector<TokenId>& prompt : prompts) {
    const Generated expected = generator().run(prompt, options);
    const Generated answer = one.run(prompt, options);
    EXPECT_EQ(answer.ids, expected.ids);
    for (std::size_t i = 0; i < answer.logprobs.size(); ++i) {
      EXPECT_EQ(answer.logprobs[i].logprob, expected.logprobs[i].logprob);
    }
  }
}

TEST_F(GeneratorTest, greedy_text_is_the_chain_of_best_tokens) {
  const std::vector<TokenId> prompt{0, 10, 20};
  const Generated answer = generator().run(prompt, greedy(10));
  std::vector<TokenId> sequence = prompt;
  for (int i = 0; i < 10; ++i) {
    const std::vector<float> logits = logits_without_cache(sequence);
    const auto end = logits.begin() + tokenizer_.vocab_size();
    sequence.push_back(
        static_cast<TokenId>(std::max_element(logits.begin(), end) - logits.begin()));
  }
  EXPECT_EQ(answer.ids, std::vector<TokenId>(sequence.begin() + 3, sequence.end()));
  EXPECT_EQ(answer.text, tokenizer_.decode(answer.ids));
  EXPECT_EQ(answer.reason, FinishReason::kLength);
  EXPECT_EQ(answer.prompt_tokens, 3);
}

TEST_F(GeneratorTest, the_same_request_gives_the_same_text_whatever_ran_before) {
  GenerateOptions options;
  options.sampling.temperature = 1;
  const std::vector<TokenId> prompt{0, 10, 20};
  Generator used = generator();
  used.run(std::vector<TokenId>{0, 10, 30}, options);
  EXPECT_EQ(used.run(prompt, options).ids, generator().run(prompt, options).ids);
}

TEST_F(GeneratorTest, ends_at_a_stop_id_and_does_not_show_it) {
  const Decoder model = parrot(ids({"t", "h", "e", "s", "</s>", "o"}));
  Generator stops(ctx_, model, tokenizer_, ids({"</s>"}));
  const Generated answer = stops.run(ids({"t"}), greedy());
  EXPECT_EQ(answer.text, "hes");
  EXPECT_EQ(answer.reason, FinishReason::kEndOfText);
  GenerateOptions on = greedy(5);
  on.ignore_eos = true;
  EXPECT_EQ(stops.run(ids({"t"}), on).ids, ids({"h", "e", "s", "</s>", "o"}));
}

TEST_F(GeneratorTest, a_stop_string_across_tokens_ends_the_text_before_it) {
  const Decoder model = parrot(ids({"<s>", "the", "th", "e", "st", "op", "p", "h"}));
  GenerateOptions options = greedy();
  options.stops = {"estop", "never"};
  std::string shown;
  std::size_t pieces = 0;
  const Generated answer = Generator(ctx_, model, tokenizer_, {})
                               .run(ids({"<s>"}), options, [&](std::string_view piece) {
                                 shown += piece;
                                 ++pieces;
                               });
  EXPECT_EQ(answer.text, "theth");  // "the" "th" and then "e" "st" "op"
  EXPECT_EQ(shown, answer.text);
  EXPECT_GT(pieces, 1U);  // what could not be the stop string was shown at once
  EXPECT_EQ(answer.reason, FinishReason::kStopString);
}

TEST_F(GeneratorTest, of_several_stop_strings_the_first_in_the_text_ends_it) {
  const Decoder model = parrot(ids({"<s>", "the", "stop", "p", "h"}));
  GenerateOptions options = greedy();
  options.stops = {"top", "he"};
  EXPECT_EQ(Generator(ctx_, model, tokenizer_, {}).run(ids({"<s>"}), options).text, "t");
}

TEST_F(GeneratorTest, text_held_back_for_a_stop_string_is_shown_at_the_end) {
  const Decoder model = parrot(ids({"<s>", "the", "st", "o", "</s>"}));
  GenerateOptions options = greedy();
  options.stops = {"stop"};
  std::string shown;
  const Generated answer =
      Generator(ctx_, model, tokenizer_, ids({"</s>"}))
          .run(ids({"<s>"}), options, [&](std::string_view piece) { shown += piece; });
  EXPECT_EQ(answer.text, "thesto");
  EXPECT_EQ(shown, "thesto");
  EXPECT_EQ(answer.reason, FinishReason::kEndOfText);
}

TEST_F(GeneratorTest, pieces_are_whole_characters_and_add_up_to_the_text) {
  const Decoder model =
      parrot(ids({"<s>", "<0xC3>", "<0xA9>", "<0xE2>", "<0x82>", "<0xAC>", "t", "</s>"}));
  std::vector<std::string> pieces;
  const Generated answer =
      Generator(ctx_, model, tokenizer_, ids({"</s>"}))
          .run(ids({"<s>"}), greedy(), [&](std::string_view piece) { pieces.emplace_back(piece); });
  EXPECT_EQ(answer.text, "\xC3\xA9\xE2\x82\xACt");
  EXPECT_EQ(join(pieces, ""), answer.text);
  for (const std::string& piece : pieces) EXPECT_TRUE(is_valid_utf8(piece)) << piece;
}

TEST_F(GeneratorTest, a_full_window_ends_the_answer) {
  const Generated answer = generator({}, 16).run(std::vector<TokenId>{0, 1, 2, 3}, greedy(100));
  EXPECT_EQ(answer.reason, FinishReason::kLength);
  EXPECT_EQ(answer.ids.size(), 12U);
  EXPECT_EQ(generator().window(), 48);  // the model's own
}

TEST_F(GeneratorTest, a_prompt_longer_than_the_window_is_an_error) {
  const Error error = error_of([&] {
    generator({}, 4).run(std::vector<TokenId>{0, 1, 2, 3, 4, 5}, greedy());
  });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.place(), "--ctx-size");
}

TEST_F(GeneratorTest, is_usable_after_an_error) {
  Generator tried = generator({}, 4);
  error_of([&] { tried.run(std::vector<TokenId>{0, 1, 2, 3, 4, 5}, greedy()); });
  const std::vector<TokenId> prompt{0, 1, 2};
  EXPECT_EQ(tried.run(prompt, greedy()).ids, generator({}, 4).run(prompt, greedy()).ids);
}

TEST_F(GeneratorTest, bad_prompts_and_windows_are_errors) {
  EXPECT_EQ(error_of([&] { generator().run({}, greedy()); }).place(), "--prompt");
  const auto code = [&](TokenId id) {
    return error_of([&] { generator().run(std::vector<TokenId>{0, id}, greedy()); }).code();
  };
  EXPECT_EQ(code(288), ErrorCode::kMismatch);
  EXPECT_EQ(code(-1), ErrorCode::kMismatch);
  EXPECT_EQ(error_of([&] { generator({}, -1); }).place(), "--ctx-size");
  EXPECT_EQ(error_of([&] { generator({}, 49); }).place(), "--ctx-size");
}

TEST_F(GeneratorTest, cancellation_ends_the_answer_with_what_there_is) {
  Generated answer = generator().run(std::vector<TokenId>{0, 10}, greedy(30),
                                     [](std::string_view) { request_cancel(); });
  EXPECT_EQ(answer.reason, FinishReason::kCancelled);
  EXPECT_GE(answer.ids.size(), 1U);
  EXPECT_LT(answer.ids.size(), 30U);
}

TEST_F(GeneratorTest, no_tokens_asked_for_gives_an_empty_answer) {
  const Generated answer = generator().run(std::vector<TokenId>{0, 10}, greedy(0));
  EXPECT_TRUE(answer.ids.empty());
  EXPECT_EQ(answer.reason, FinishReason::kLength);
}

}  // namespace
}  // namespace lucie
