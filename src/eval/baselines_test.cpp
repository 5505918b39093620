#include "eval/baselines.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "corpus/corpus_files.h"
#include "model/test_model.h"

namespace lucie {
namespace {

// Words of a small vocabulary in an order that nothing predicts.
std::string words(std::string_view purpose, std::size_t count) {
  static const std::vector<std::string> kWords{"the", "stop", "host", "those", "spot", "hope"};
  Rng rng(2, purpose);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += kWords[rng.below(kWords.size())] + " ";
  return text;
}

TEST(XzBaseline, a_text_alone_costs_what_its_repetitions_leave) {
  const std::string once = words("once", 400);
  const auto size = [](const std::string& text) { return xz_bytes({{"en", text}}).at("en"); };
  EXPECT_LT(size(once), static_cast<std::int64_t>(once.size()) / 2);
  EXPECT_LT(size(once + once), size(once) + 60);
}

TEST(XzBaseline, all_is_the_sum_of_the_languages) {
  const TextsByLanguage texts{{"en", words("en", 300)}, {"fr", words("fr", 200)}};
  for (const BytesByLanguage& sizes :
       {xz_bytes(texts), xz_primed_bytes(texts, words("train", 9))}) {
    EXPECT_EQ(sizes.at("all"), sizes.at("en") + sizes.at("fr"));
  }
}

TEST(XzBaseline, priming_makes_seen_text_almost_free) {
  const std::string seen = words("seen", 2000), unseen = words("unseen", 2000);
  const BytesByLanguage sizes = xz_primed_bytes({{"en", unseen}, {"fr", seen}}, "before " + seen);
  EXPECT_LT(sizes.at("fr"), 100);
  EXPECT_GT(sizes.at("en"), 500);
}

TEST(XzBaseline, aligned_pairs_are_not_a_dictionary_for_their_own_pages) {
  const std::string page = words("page", 2000);
  const BytesByLanguage sizes = xz_primed_bytes({{"aligned", page}, {"en", page}}, "nothing");
  EXPECT_GT(sizes.at("en"), 500);
  EXPECT_GT(sizes.at("aligned"), 500);
}

TEST(XzBaseline, works_without_texts_or_training) {
  EXPECT_EQ(xz_bytes({}).at("all"), 0);
  EXPECT_EQ(xz_primed_bytes({}, "").at("all"), 0);
  EXPECT_GT(xz_primed_bytes({{"en", "text"}}, "").at("en"), 0);
}

void write_side(const fs::path& corpus, const std::string& side, const std::string& language,
                const std::vector<std::string>& texts) {
  DocumentWriter writer(corpus, side, 0);
  for (const std::string& text : texts) {
    Document document;
    document.id = side + language + std::to_string(text.size());
    document.text = text;
    document.language = language;
    document.hash = text_hash(text);
    writer.write(document);
  }
  writer.commit();
}

TEST(Baselines, are_given_for_every_group_and_do_not_depend_on_threads) {
  const testing_model::Folder corpus;
  const std::string seen = words("train en", 3000);
  write_side(corpus.path(), "train", "en", {seen, words("train fr", 1000)});
  write_side(corpus.path(), "holdout", "en", {seen + " \n", words("new", 500)});
  write_side(corpus.path(), "holdout", "en-fr", {words("pair", 300)});
  const Tokenizer tokenizer = testing_model::small_tokenizer();
  ThreadPool one(1), three(3);
  const Json json = measure_baselines(corpus.path(), tokenizer, one);
  EXPECT_EQ(json.dump(), measure_baselines(corpus.path(), tokenizer, three).dump());
  ASSERT_EQ(json.size(), 3U);
  for (const char* group : {"en", "aligned", "all"}) {
    for (const char* name : {"xz", "byte_5gram", "xz_primed", "token_5gram"}) {
      const double bits = json.at(group).at(name).as_double();
      EXPECT_GT(bits, 0.01) << group << " " << name;
      EXPECT_LT(bits, 2.5) << group << " " << name;
    }
    EXPECT_LT(json.at(group).at("byte_5gram").as_double(), 1.0) << group;  // log2(6) / 5 and less
  }
  // Most of "en" stands in the training side.
  EXPECT_LT(json.at("en").at("xz_primed").as_double(), 0.5 * json.at("en").at("xz").as_double());
}

TEST(HeldOut, documents_read_as_the_tokens_stage_writes_them) {
  const testing_model::Folder corpus;
  write_side(corpus.path(), "holdout", "en", {"the stop \n\n", "the", " \n "});
  write_side(corpus.path(), "holdout", "fr", {"stop"});
  const Tokenizer tokenizer = testing_model::small_tokenizer();
  const std::vector<HeldOutDocument> all = read_held_out(corpus.path(), tokenizer);
  ASSERT_EQ(all.size(), 3U);  // nothing is left of the third
  EXPECT_EQ(all[0].text, "the stop");
  EXPECT_EQ(all[0].ids.front(), 0);
  EXPECT_EQ(all[0].ids.back(), 1);
  EXPECT_EQ(tokenizer.decode(all[0].ids), "the stop");
  EXPECT_EQ(all[2].language, "fr");
  EXPECT_EQ(read_held_out(corpus.path(), tokenizer, 5).size(), 2U);  // one of each language
}

}  // namespace
}  // namespace lucie
