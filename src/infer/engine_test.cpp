#include "infer/engine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/test_model.h"

namespace lucie {
namespace {

using testing_model::error_of;
using testing_model::small_config;

class EngineTest : public ::testing::Test {
 protected:
  ThreadPool pool_{2};
  Context ctx_{make_device("cpu"), pool_};
  Tokenizer tokenizer_ = testing_model::small_tokenizer();
  ModelConfig config_ = [] {
    ModelConfig config = small_config();
    config.max_position_embeddings = 400;
    return config;
  }();
  Decoder model_ = testing_model::small_model(ctx_, config_);

  BatchEngine engine(const EngineSettings& settings) {
    return BatchEngine(ctx_, model_, tokenizer_, {1}, settings);
  }
  // Prompts of several lengths, some with a long begin in common; sampled with a seed of their own.
  static std::vector<Request> requests() {
    std::vector<Request> result;
    for (int i = 0; i < 9; ++i) {
      Request request;
      const int length = 1 + i * i * 3;
      for (int t = 0; t < length; ++t) {
        request.prompt.push_back((t * 31 + (t > 150 || i % 2 == 0 ? i : 0)) % 200 + 3);
      }
      request.options.max_tokens = 5 + 7 * (i % 4);
      request.options.sampling.seed = static_cast<std::uint64_t>(i);
      request.options.sampling.temperature = i == 3 ? 0 : 0.9;
      request.options.sampling.dry_multiplier = i == 4 ? 1 : 0;
      request.options.top_logprobs = 2;
      result.push_back(request);
    }
    return result;
  }
  static std::vector<Generated> run(BatchEngine& engine, const std::vector<Request>& all) {
    std::vector<std::uint64_t> ids;
    for (const Request& request : all) ids.push_back(engine.submit(request));
    while (engine.step()) {
    }
    std::vector<Generated> answers;
    for (const std::uint64_t id : ids) answers.push_back(engine.take(id).value());
    return answers;
  }
  static void expect_same(const std::vector<Generated>& a, const std::vector<Generated>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_EQ(a[i].ids, b[i].ids);
      EXPECT_EQ(a[i].text, b[i].text);
      EXPECT_EQ(a[i].reason, b[i].reason);
      ASSERT_EQ(a[i].logprobs.size(), b[i].logprobs.size());
      for (std::size_t n = 0; n < a[i].logprobs.size(); ++n) {
        EXPECT_EQ(a[i].logprobs[n].logprob, b[i].logprobs[n].logprob);
        EXPECT_EQ(a[i].logprobs[n].top, b[i].logprobs[n].top);
      }
    }
  }
  std::vector<Generated> each_alone(const std::vector<Request>& all,
                                    const EngineSettings& settings = {}) {
    std::vector<Generated> answers;
    for (const Request& request : all) {
      BatchEngine fresh = engine(settings);
      answers.push_back(run(fresh, {request}).front());
    }
    return answers;
  }
};

TEST_F(EngineTest, a_request_has_the_same_text_alone_and_at_any_batch_size) {
  const std::vector<Generated> alone = each_alone(requests());
  for (const std::int64_t sequences : {1, 2, 4, 20}) {
    BatchEngine together = engine({.sequences = sequences});
    expect_same(run(together, requests()), alone);
    expect_same(run(together, requests()), alone);  // with what the first time left in the cache
  }
  EXPECT_EQ(ctx_.product_form(), ProductForm::kByCount);  // training may go on with the context
}

TEST_F(EngineTest, a_cache_of_fewer_bits_changes_nothing_of_that) {
  config_.head_dim = config_.rope.dims = 32;
  model_ = testing_model::small_model(ctx_, config_);
  const EngineSettings one{.cache_type = "q4_0"}, many{.sequences = 5, .cache_type = "q4_0"};
  BatchEngine together = engine(many);
  expect_same(run(together, requests()), each_alone(requests(), one));
}

TEST_F(EngineTest, a_small_cache_makes_requests_wait_and_changes_nothing_else) {
  BatchEngine together = engine({.sequences = 9, .positions = 5 * 64});
  expect_same(run(together, requests()), each_alone(requests()));
}

TEST_F(EngineTest, requests_enter_while_others_run) {
  const std::vector<Request> all = requests();
  BatchEngine engine = this->engine({.sequences = 3});
  std::vector<std::uint64_t> ids;
  std::vector<Generated> answers;
  for (const Request& request : all) {
    ids.push_back(engine.submit(request));
    engine.step();
  }
  EXPECT_EQ(engine.running(), 3);
  EXPECT_GT(engine.waiting(), 0);
  while (engine.step()) {
  }
  for (const std::uint64_t id : ids) answers.push_back(engine.take(id).value());
  expect_same(answers, each_alone(all));
  EXPECT_FALSE(engine.take(ids.front()).has_value());
}

class SayAnything final : public Drafter {  // right every other time, at most
 public:
  explicit SayAnything(std::vector<TokenId> text) : text_(std::move(text)) {}
  void guess(std::span<Draft> drafts) override {
    for (Draft& draft : drafts) {
      for (std::int64_t i = 0; i < draft.most; ++i) {
        const auto at = draft.text.size() + static_cast<std::size_t>(i);
        const bool known = at < text_.size() && at % 3 != 0;
        draft.tokens.push_back(known ? text_[at] : 7);
      }
    }
  }
  void forget(std::uint64_t) override {}

 private:
  std::vector<TokenId> text_;
};

TEST_F(EngineTest, speculation_changes_no_token_and_no_probability) {
  const std::vector<Generated> plain = each_alone(requests());
  const ModelConfig config = config_;
  const Decoder other(ctx_, config, make_initial(ctx_, config, 12, DType::kF32));
  const auto drafted = [&](const auto& make) {
    BatchEngine engine = this->engine({.sequences = 4});
    engine.set_drafter(make());
    return run(engine, requests());
  };
  expect_same(drafted(make_lookup_drafter), plain);
  const auto by = [&](const Decoder& decoder) {
    return drafted([&] {
      return make_model_drafter(ctx_, {decoder, tokenizer_}, tokenizer_, 400, 4);
    });
  };
  expect_same(by(other), plain);
  const std::vector<Generated> by_itself = by(model_);
  expect_same(by_itself, plain);
  EXPECT_GT(by_itself[3].accepted, 0);  // the greedy one
  EXPECT_LE(by_itself[3].accepted, by_itself[3].drafted);
}

TEST_F(EngineTest, of_guesses_those_up_to_the_first_wrong_one_are_taken) {
  Request request = requests()[3];
  request.options.max_tokens = 30;
  BatchEngine plain = engine({}), engine = this->engine({.most_drafted = 4});
  const Generated expected = run(plain, {request}).front();
  std::vector<TokenId> text = request.prompt;
  text.insert(text.end(), expected.ids.begin(), expected.ids.end());
  engine.set_drafter(std::make_unique<SayAnything>(text));
  const Generated answer = run(engine, {request}).front();
  EXPECT_EQ(answer.ids, expected.ids);
  // Two of three guesses are right, and come before the wrong one.
  EXPECT_GE(2 * answer.accepted, std::ssize(answer.ids));
  EXPECT_GT(answer.drafted, answer.accepted);
}

TEST_F(EngineTest, log_probabilities_are_those_of_the_model_for_prompt_and_answer) {
  Request request = requests()[8];
  request.options.prompt_logprobs = true;
  request.options.max_tokens = 3;
  BatchEngine engine = this->engine({.cache_type = "f32"});
  const Generated answer = run(engine, {request}).front();
  std::vector<TokenId> text = request.prompt;
  text.insert(text.end(), answer.ids.begin(), answer.ids.end());
  std::vector<TokenId> targets(text.begin() + 1, text.end());
  targets.push_back(-1);
  const Batch batch = make_batch(ctx_, text, targets, 1);
  Activations activations(ctx_, config_, batch.rows(), DType::kF32, Activations::Keep::kOneLayer);
  model_.forward(ctx_, batch, activations);
  const std::vector<float> losses = ctx_.download(model_.losses(ctx_, batch, activations));
  ASSERT_EQ(answer.prompt_logprobs.size(), request.prompt.size() - 1);
  ASSERT_EQ(answer.logprobs.size(), answer.ids.size());
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool of_prompt = i < answer.prompt_logprobs.size();
    const TokenLogprob& one =
        of_prompt ? answer.prompt_logprobs[i] : answer.logprobs[i - answer.prompt_logprobs.size()];
    EXPECT_EQ(one.id, text[i + 1]);
    EXPECT_NEAR(one.logprob, -static_cast<double>(losses[i]), 1e-4) << i;
    ASSERT_EQ(one.top.size(), 2U);
    EXPECT_GE(one.top[0].second, one.top[1].second);
    EXPECT_GE(one.top[0].second, one.logprob);
  }
}

TEST_F(EngineTest, an_answer_is_what_its_grammar_says_alone_and_in_a_batch) {
  const auto grammar = std::make_shared<const Grammar>(
      Grammar::parse("root ::= \"the \" (\"stop\" | \"step\" | [a-c]{2,4}) \".\"\n"));
  std::vector<Request> all = requests();
  for (std::size_t i = 0; i < all.size(); i += 2) all[i].options.grammar = grammar;
  BatchEngine together = engine({.sequences = 5});
  together.set_drafter(make_lookup_drafter());
  for (Request& request : all) request.options.max_tokens = 20;
  const std::vector<Generated> answers = run(together, all);
  expect_same(answers, each_alone(all));
  for (std::size_t i = 0; i < all.size(); i += 2) {
    const std::string& text = answers[i].text;
    ASSERT_GE(text.size(), 7U) << text;
    EXPECT_EQ(text.substr(0, 4), "the ");
    EXPECT_EQ(text.back(), '.');
    EXPECT_EQ(answers[i].reason, FinishReason::kEndOfText);
  }
}

TEST_F(EngineTest, refuses_what_it_cannot_do) {
  BatchEngine small = engine({.window = 10});
  Request request;
  EXPECT_EQ(error_of([&] { small.submit(request); }).place(), "--prompt");
  request.prompt.assign(11, 5);
  EXPECT_EQ(error_of([&] { small.submit(request); }).place(), "--ctx-size");
  request.prompt = {5, 288};
  EXPECT_EQ(error_of([&] { small.submit(request); }).code(), ErrorCode::kMismatch);
  request.prompt = {5};
  request.options.sampling.top_p = 2;
  EXPECT_EQ(error_of([&] { small.submit(request); }).place(), "--top-p");
  EXPECT_FALSE(small.step());
  EXPECT_EQ(error_of([&] { engine({.sequences = 0}); }).place(), "--parallel");
  EXPECT_EQ(error_of([&] { engine({.cache_type = "q3"}); }).place(), "--cache-type");
  EXPECT_EQ(error_of([&] { engine({.positions = std::int64_t{1} << 40}); }).code(),
            ErrorCode::kOutOfMemory);
  BatchEngine tight = engine({.positions = 64});
  request.options = {};
  request.options.max_tokens = 64;
  EXPECT_EQ(error_of([&] { tight.submit(request); }).place(), "--ctx-size");
  request.options.max_tokens = -2;
  EXPECT_EQ(error_of([&] { tight.submit(request); }).place(), "--max-tokens");
}

TEST_F(EngineTest, an_answer_without_a_limit_fills_the_window) {
  BatchEngine engine = this->engine({.window = 40});
  Request request;
  request.prompt = {5, 6, 7};
  request.options.max_tokens = -1;
  request.options.ignore_eos = true;
  const std::uint64_t id = engine.submit(request);
  while (engine.step()) {
  }
  const Generated answer = engine.take(id).value();
  EXPECT_EQ(answer.ids.size(), 37U);
  EXPECT_EQ(answer.reason, FinishReason::kLength);
}

TEST_F(EngineTest, a_cancelled_request_ends_with_what_there_is) {
  BatchEngine engine = this->engine({.sequences = 2});
  Request request = requests()[2];
  request.options.max_tokens = 50;
  const std::uint64_t a = engine.submit(request), b = engine.submit(request);
  for (int i = 0; i < 4; ++i) engine.step();
  engine.cancel(a);
  while (engine.step()) {
  }
  const Generated cut = engine.take(a).value(), whole = engine.take(b).value();
  EXPECT_EQ(cut.reason, FinishReason::kCancelled);
  EXPECT_GT(cut.ids.size(), 1U);
  EXPECT_LT(cut.ids.size(), 10U);
  EXPECT_EQ(whole.ids.size(), 50U);
}

TEST_F(EngineTest, drafts_of_another_vocabulary_are_refused) {
  Json json = testing_model::small_tokenizer_json();
  Json& model = json["model"];
  Json vocabulary = Json::object();
  for (const auto& [token, id] : model.at("vocab").members()) {
    vocabulary[token == "stop" ? "spot" : token] = id;
  }
  model["vocab"] = vocabulary;
  model["merges"] = Json::array();
  const Tokenizer other = Tokenizer::from_json(json, Json::object(), "other");
  EXPECT_EQ(error_of([&] {
              make_model_drafter(ctx_, {model_, other}, tokenizer_, 100, 1);
            }).place(),
            "--draft");
}

}  // namespace
}  // namespace lucie
