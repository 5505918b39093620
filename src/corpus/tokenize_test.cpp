#include "corpus/tokenize.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/test_files.h"
#include "base/thread_pool.h"
#include "corpus/corpus_files.h"
#include "corpus/samples.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/trainer.h"

namespace lucie {
namespace {

std::string sentence(Rng& rng) {
  static constexpr const char* kWords[] = {
      "le", "chat", "voit", "a", "mat", "und", "\xC3\xA9t\xC3\xA9", "x1"};
  std::string text;
  for (std::uint64_t i = 0, n = rng.below(40); i < n; ++i) {
    text += kWords[rng.below(std::size(kWords))];
    text += rng.below(6) == 0 ? "\n" : " ";
  }
  return text;
}

// A corpus of several parts, the pairs of two languages in one group, and a long document that is a
// frame of its own.
class TokenizeTest : public testing::Test {
 protected:
  TokenizeTest() : dir_(fs::path(testing::TempDir()) / ("tokenize_" + std::to_string(::getpid()))) {
    fs::remove_all(dir_);
    Rng rng(3, "texts");
    for (const char* side : {"train", "holdout"}) {
      for (std::size_t part = 0; part < 3; ++part) {
        DocumentWriter writer(dir_ / "corpus", side, part);
        for (int i = 0; i < 80; ++i) {
          Document document;
          const std::string name = std::to_string(part) + "." + std::to_string(i);
          document.language = std::array{"en", "fr", "en-fr", "de-en"}[rng.below(4)];
          // Some ids stand twice: their order is that of the corpus.
          document.id = std::string(side) + (i % 20 == 7 ? "same" : name);
          document.source = "s" + std::to_string(part % 2);
          if (i % 3 > 0) document.created = i % 3 == 1 ? "2019-05-01" : "2023-01-31";
          document.licence = "MIT";
          document.url = "file:" + name;
          document.page = "page/" + name;
          document.text = sentence(rng);
          if (i == 30 && part == 1) {
            while (document.text.size() < 1200u << 10) document.text += sentence(rng) + "and ";
          }
          writer.write(document);
        }
        writer.commit();
      }
    }
  }
  ~TokenizeTest() override {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }

  std::vector<Document> documents(const std::string& side) const {
    std::vector<Document> documents;
    DocumentReader reader(corpus_parts(dir_ / "corpus", side));
    while (std::optional<Document> document = reader.next()) documents.push_back(*document);
    return documents;
  }

  static Tokenizer tokenizer() {
    Rng rng(4, "vocabulary");
    int left = 500;
    TrainerOptions options;
    options.vocab_sizes = {320};
    ThreadPool pool(1);
    const TrainedTokenizer trained = train_tokenizers(
                                         [&]() -> std::optional<std::string> {
                                           if (left == 0) return std::nullopt;
                                           --left;
                                           return sentence(rng);
                                         },
                                         options, pool)
                                         .front();
    return Tokenizer::from_json(trained.tokenizer, trained.config, "trained");
  }

  TokenizeReport run(const std::string& name, int threads, const TokenizeSettings& settings = {}) {
    ThreadPool pool(threads);
    return tokenize_corpus(dir_ / "corpus", tokenizer_, dir_ / name, settings, pool);
  }
  std::map<std::string, std::string> hashes(const std::string& name) const {
    std::map<std::string, std::string> result;
    for (const auto& entry : fs::recursive_directory_iterator(dir_ / name)) {
      const std::string path = entry.path().lexically_relative(dir_ / name).string();
      if (entry.is_regular_file()) result[path] = sha256_file(entry.path());
    }
    return result;
  }

  fs::path dir_;
  Tokenizer tokenizer_ = tokenizer();
};

// What the shards must hold, said once more in the plainest way.
TEST_F(TokenizeTest, a_group_is_its_documents_shuffled_by_seed_and_id) {
  const TokenizeReport report = run("tokens", 2);
  EXPECT_EQ(report.train.total.documents, 240u);
  std::map<std::string, std::vector<Document>> expected;
  for (Document& document : documents("train")) {
    const bool pair = document.language.size() == 5;
    expected[pair ? "aligned" : document.language].push_back(std::move(document));
  }
  const std::vector<TokenGroup> groups = open_token_groups(dir_ / "tokens", "train");
  ASSERT_EQ(groups.size(), 3u);
  std::uint64_t tokens = 0;
  for (const TokenGroup& group : groups) {
    std::vector<Document>& wanted = expected.at(group.name);
    std::stable_sort(wanted.begin(), wanted.end(), [](const Document& a, const Document& b) {
      return hash64(a.id, 42) < hash64(b.id, 42);
    });
    ASSERT_EQ(group.shard.tokens().documents(), static_cast<std::int64_t>(wanted.size()));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const TokenSpan span = group.shard.document(static_cast<std::int64_t>(i));
      EXPECT_EQ(span.url, wanted[i].url) << i;
      EXPECT_EQ(span.page, wanted[i].page);
      std::string text = wanted[i].text;
      text.erase(text.find_last_not_of(" \n") + 1);
      EXPECT_EQ(span.bytes, text.size());
      std::vector<TokenId> ids(span.end - span.begin);
      group.shard.tokens().read(span.begin, ids);
      EXPECT_EQ(ids.front(), *tokenizer_.bos());
      EXPECT_EQ(ids.back(), *tokenizer_.eos());
      EXPECT_EQ(tokenizer_.decode(ids), text);
      tokens += ids.size();
    }
  }
  EXPECT_EQ(tokens, report.train.total.tokens);
  EXPECT_GT(report.train.by_group.at("fr").bytes_per_token(), 1.5);
  EXPECT_GT(report.train.by_group.at("fr").tokens_per_word(), 0.3);
}

// A mixture may need groups finer than a language; the text that is held out never does.
TEST_F(TokenizeTest, finer_groups_hold_what_their_keys_say_and_are_counted) {
  TokenizeSettings settings;
  settings.grouping.by_source = true;
  settings.grouping.split_at_year("2020");
  settings.grouping.split_at_length(30);
  const TokenizeReport report = run("tokens", 2, settings);
  std::map<std::string, Document> by_url;
  for (const Document& document : documents("train")) by_url[document.url] = document;
  const Json counted = read_json(dir_ / "tokens/stats.json").at("train").at("groups");
  std::uint64_t documents = 0;
  std::set<std::string> years;
  for (const TokenGroup& group : open_token_groups(dir_ / "tokens", "train")) {
    EXPECT_EQ(group.name, group.key.name());
    for (std::int64_t i = 0; i < group.shard.tokens().documents(); ++i) {
      const TokenSpan span = group.shard.document(i);
      EXPECT_EQ(group.key.source, span.source);
      EXPECT_EQ(group.key.language, span.language.size() == 5 ? "aligned" : span.language);
      EXPECT_EQ(group.key.longer_than, span.end - span.begin > 30 ? 30u : 0u);
      const std::string created = by_url.at(span.url).created;
      EXPECT_EQ(group.key.year, created.empty()    ? "undated"
                                : created < "2020" ? "earlier"
                                                   : "2020");
      years.insert(group.key.year);
    }
    std::int64_t tallied = 0;
    for (const auto& [source, languages] :
         counted.at(group.name).at("by_source_language").members()) {
      for (const auto& [language, tally] : languages.members()) {
        tallied += tally.at("tokens").as_int();
      }
    }
    EXPECT_EQ(tallied, static_cast<std::int64_t>(group.shard.tokens().tokens())) << group.name;
    documents += static_cast<std::uint64_t>(group.shard.tokens().documents());
  }
  EXPECT_EQ(documents, report.train.total.documents);
  EXPECT_EQ(years.size(), 3u);
  EXPECT_EQ(open_token_groups(dir_ / "tokens", "holdout").size(), 3u);
}

TEST_F(TokenizeTest, same_bytes_for_any_threads_memory_and_shards) {
  run("tokens", 2);
  const auto expected = hashes("tokens");
  EXPECT_EQ(expected.size(), 2 * 3 * 3 + 1u) << "three files of three groups of two sides, stats";
  run("one", 1);
  run("three", 3);
  run("tiny_memory", 2, {.memory = 1});
  run("small_memory", 3, {.memory = 20000, .shard_bytes = 1});
  run("shards", 2, {.shard_bytes = 1});
  for (const char* name : {"one", "three", "tiny_memory", "small_memory", "shards"}) {
    EXPECT_EQ(hashes(name), expected) << name;
  }
  run("seed", 2, {.seed = 43});
  EXPECT_NE(hashes("seed").at("train/fr.bin"), expected.at("train/fr.bin"));
}

TEST_F(TokenizeTest, after_a_full_disk_at_any_moment_it_goes_on_to_the_same_bytes) {
  run("tokens", 2);
  const auto expected = hashes("tokens");
  int failed = 0;
  for (std::uint64_t bytes = 0;; bytes = bytes * 3 + 20000) {
    fs::remove_all(dir_ / "again");
    const TokenizeSettings settings{.memory = 1 << 20, .shard_bytes = 1};
    try {
      const ScopedWriteFault fault(bytes);
      run("again", 1, settings);
      break;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      ++failed;
    }
    for (const auto& [name, hash] : hashes("again")) {
      const auto whole = expected.find(name);
      EXPECT_TRUE(whole == expected.end() || whole->second == hash) << "half written: " << name;
    }
    run("again", 2, settings);
    EXPECT_EQ(hashes("again"), expected) << bytes;
  }
  EXPECT_GT(failed, 4);
}

TEST_F(TokenizeTest, shards_that_were_encoded_are_not_read_again) {
  run("tokens", 2);
  const auto expected = hashes("tokens");
  fs::create_directories(dir_ / "again/train");
  fs::create_directories(dir_ / "again/holdout/fr.bin");  // in the way of what is written last
  EXPECT_THROW(run("again", 2), Error);
  fs::remove(dir_ / "again/holdout/fr.bin");
  for (const fs::path& part : corpus_parts(dir_ / "corpus", "train")) {
    write_file_atomic(part, "no longer readable");
  }
  run("again", 2);
  EXPECT_EQ(hashes("again"), expected);
}

TEST_F(TokenizeTest, a_damaged_document_is_an_error_with_its_line) {
  FramedWriter part(dir_ / "corpus/train/documents/fr/part-00009.jsonl.zst");
  for (const std::size_t length : {1u, 1u, 2u << 20}) {  // the last one a frame of its own
    Document document;
    document.id = "a";
    document.language = "fr";
    document.text.assign(length, 'b');
    part.write(to_json_line(document) + "\n");
  }
  part.write("{\"id\":3,\"text\":\"b\"}\n");
  part.commit();
  try {
    run("tokens", 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_NE(error.place().find("part-00009.jsonl.zst:4"), std::string::npos) << error.place();
  }
}

TEST_F(TokenizeTest, a_tokenizer_without_ends_of_documents_is_refused) {
  ThreadPool pool(1);
  const Tokenizer bare = Tokenizer::from_json(tokenizer_.tokenizer_json(), Json::object(), "bare");
  try {
    tokenize_corpus(dir_ / "corpus", bare, dir_ / "bare", {}, pool);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  }
}

}  // namespace
}  // namespace lucie
