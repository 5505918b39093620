#include "eval/memorization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "infer/generator.h"
#include "model/test_model.h"

namespace lucie {
namespace {

// Letters that no merge of the tokenizer touches, so that each is one token.
constexpr std::string_view kLetters = "abcdfgijklmnqruvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

class Memorization : public ::testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  Decoder model_ = testing_model::small_model(ctx_);
  Tokenizer tokenizer_ = testing_model::small_tokenizer();

  TokenId id_of(char letter) {
    EncodeOptions plain;
    plain.add_special = false;
    return tokenizer_.encode(std::string(1, letter), plain).at(0);
  }
  // A letter and the letter that the model goes on with.
  std::string known_pair() {
    Generator generator(ctx_, model_, tokenizer_, {});
    GenerateOptions greedy;
    greedy.sampling.temperature = 0;
    greedy.max_tokens = 1;
    for (const char first : kLetters) {
      const TokenId best = generator.run(std::array{id_of(first)}, greedy).ids.at(0);
      for (const char second : kLetters) {
        if (id_of(second) == best) return {first, second};
      }
    }
    ADD_FAILURE() << "the model never goes on with a letter";
    return "ab";
  }
  MemorizationReport measure(std::vector<Document> documents, std::size_t spans = 200) {
    std::size_t next = 0;
    MemorizationSettings settings;
    settings.spans = spans;
    settings.prefix_tokens = settings.continued_tokens = 1;
    return measure_memorization(
        ctx_, model_, tokenizer_,
        [&]() -> std::optional<Document> {
          if (next == documents.size()) return std::nullopt;
          return documents[next++];
        },
        settings);
  }
  static Document document(const std::string& id, const std::string& source, std::string text) {
    Document made;
    made.id = id;
    made.source = source;
    made.text = std::move(text);
    return made;
  }
};

TEST_F(Memorization, counts_spans_that_the_model_goes_on_with) {
  const std::string known = known_pair();
  const std::string unknown{known[0], known[1] == 'z' ? 'y' : 'z'};
  const MemorizationReport report = measure(
      {document("1", "clinic", known + unknown + known + known), document("2", "notes", unknown)});
  const MemorizationTally& clinic = report.by_source.at("clinic");
  EXPECT_EQ(clinic.spans, 4);
  EXPECT_EQ(clinic.reproduced, 3);
  EXPECT_EQ(report.by_source.at("notes").reproduced, 0);
  EXPECT_EQ(report.by_source.at("notes").spans, 1);
  const Json json = to_json(report);
  EXPECT_DOUBLE_EQ(json.at("by_source").at("clinic").at("share").as_double(), 0.75);
  EXPECT_EQ(json.dump().find(known + unknown), std::string::npos) << "no text in the report";
}

TEST_F(Memorization, draws_the_same_spans_in_any_order_and_no_more_than_asked_for) {
  std::vector<Document> documents;
  for (int i = 0; i < 9; ++i) {
    std::string text = known_pair();
    for (int k = 0; k < i; ++k) text += kLetters[static_cast<std::size_t>(7 * i + k) % 50];
    documents.push_back(document(std::to_string(i), "clinic", text));
  }
  const Json once = to_json(measure(documents, 7));
  std::reverse(documents.begin(), documents.end());
  EXPECT_EQ(to_json(measure(documents, 7)), once);
  EXPECT_EQ(once.at("by_source").at("clinic").at("spans").as_int(), 7);
}

TEST_F(Memorization, shortens_its_spans_to_the_window) {
  MemorizationSettings settings;
  settings.prefix_tokens = settings.continued_tokens = 64;  // of a window of 48
  const auto none = []() -> std::optional<Document> { return std::nullopt; };
  const MemorizationReport report = measure_memorization(ctx_, model_, tokenizer_, none, settings);
  EXPECT_EQ(report.prefix_tokens, 16);
  EXPECT_EQ(report.continued_tokens, 16);
  EXPECT_TRUE(report.by_source.empty());
}

}  // namespace
}  // namespace lucie
