#include "corpus/build.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/test_files.h"
#include "base/thread_pool.h"
#include "corpus/corpus_files.h"
#include "corpus/fixture.h"

namespace lucie {
namespace {

constexpr const char* kSources = R"(seed: 42
sources:
  - {id: man-en, reader: debian-package, package: fixture-man, terms: copyleft}
  - {id: man-fr, reader: debian-package, package: fixture-man-fr, language: fr, terms: copyleft}
  - {id: man-de, reader: debian-package, package: fixture-man-de, language: de, terms: copyleft}
  - {id: guide-en, reader: debian-package, package: fixture-guide, language: en, terms: copyleft}
  - {id: guide-fr, reader: debian-package, package: fixture-guide-fr, language: fr, terms: copyleft}
  - {id: python, reader: debian-package, package: fixture-code, terms: open}
  - {id: orphan, reader: debian-package, package: fixture-orphan, language: en, terms: open}
  - {id: pairs, reader: aligned, package: fixture-man-fr, with: fixture-man, language: en-fr, terms: copyleft}
corpus: {holdout: {by: page, share: 0.1}}
)";

// The fixture is written and the corpus built once for all tests of a process; ctest runs several
// processes side by side, so each has a folder of its own.
class FixtureCorpus {
 public:
  FixtureCorpus()
      : dir_(fs::path(testing::TempDir()) / ("build_corpus_" + std::to_string(::getpid()))) {
    fs::remove_all(dir_);
    write_fixture_corpus(dir_ / "data", 7);
    report_ = build(dir_ / "corpus", 2);
  }
  ~FixtureCorpus() {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  CorpusReport build(const fs::path& out, int threads) const {
    ThreadPool pool(threads);
    return build_corpus(CorpusSettings::from_recipe(parse_yaml(kSources, "recipe.yaml")),
                        dir_ / "data", out, pool);
  }
  const fs::path& dir() const { return dir_; }
  const CorpusReport& report() const { return report_; }
  std::vector<Document> documents(const std::string& side) const {
    std::vector<Document> documents;
    DocumentReader reader(corpus_parts(dir_ / "corpus", side));
    while (std::optional<Document> document = reader.next()) documents.push_back(*document);
    return documents;
  }

 private:
  fs::path dir_;
  CorpusReport report_;
};

const FixtureCorpus& fixture() {
  static const FixtureCorpus corpus;
  return corpus;
}

std::map<std::string, std::string> hashes_below(const fs::path& dir) {
  std::map<std::string, std::string> hashes;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    hashes[entry.path().lexically_relative(dir).string()] = sha256_file(entry.path());
  }
  return hashes;
}

TEST(BuildCorpus, every_document_has_licence_with_evidence_language_and_origin) {
  std::set<std::string> languages;
  for (const char* side : {"train", "holdout"}) {
    for (const Document& document : fixture().documents(side)) {
      languages.insert(document.language);
      EXPECT_NE(document.licence, "NOASSERTION") << document.id;
      EXPECT_FALSE(document.evidence.empty()) << document.id;
      EXPECT_FALSE(document.url.empty()) << document.id;
      EXPECT_FALSE(document.page.empty()) << document.id;
      EXPECT_EQ(document.hash, text_hash(document.text));
    }
  }
  EXPECT_EQ(languages, (std::set<std::string>{"code", "de", "en", "en-fr", "fr"}));
}

TEST(BuildCorpus, what_the_fixture_planted_is_caught_with_its_reason) {
  const auto& dropped = fixture().report().stats.dropped;
  ASSERT_TRUE(dropped.contains("language"));
  EXPECT_EQ(dropped.at("language").at("said fr, looks en").documents, 1u);
  ASSERT_TRUE(dropped.contains("form"));
  EXPECT_EQ(dropped.at("form").begin()->second.documents, 2u) << "the guide as plain text";
  ASSERT_TRUE(dropped.contains("licence"));
  EXPECT_EQ(dropped.at("licence").at("licence unknown").documents, 1u);
  EXPECT_GT(fixture().report().stats.changes.at("repeated_paragraphs"), 100u)
      << "the notice on every page";
}

TEST(BuildCorpus, translations_and_pairs_of_a_page_are_on_one_side) {
  std::set<std::string> training;
  for (const Document& document : fixture().documents("train")) training.insert(document.page);
  const std::vector<Document> held_out = fixture().documents("holdout");
  EXPECT_GT(held_out.size(), 5u);
  std::map<std::string, std::set<std::string>> languages;
  for (const Document& document : held_out) {
    EXPECT_FALSE(training.contains(document.page)) << document.page;
    languages[document.page].insert(document.language);
  }
  std::size_t most = 0;
  for (const auto& [page, list] : languages) most = std::max(most, list.size());
  EXPECT_GE(most, 4u) << "en, fr, de and the pair share their page key";
}

TEST(BuildCorpus, verdicts_account_for_every_document_read) {
  std::uint64_t kept = 0, dropped = 0;
  LineReader lines(fixture().dir() / "corpus/verdicts.jsonl.zst");
  std::string text;
  while (lines.next(text)) {
    const Json line = parse_json(text, lines.place());
    if (line.at("decision").as_string() == "kept") {
      ++kept;
    } else {
      ++dropped;
      EXPECT_FALSE(line.at("reason").as_string().empty());
      EXPECT_FALSE(line.at("step").as_string().empty());
    }
  }
  const CorpusStats& stats = fixture().report().stats;
  EXPECT_EQ(kept, stats.train.total.documents + stats.holdout.total.documents);
  EXPECT_EQ(kept + dropped, fixture().report().documents_read);
  EXPECT_GT(dropped, 4u);
}

TEST(BuildCorpus, same_bytes_for_any_number_of_threads) {
  fixture().build(fixture().dir() / "again", 3);
  const auto first = hashes_below(fixture().dir() / "corpus");
  EXPECT_EQ(first, hashes_below(fixture().dir() / "again"));
  EXPECT_GT(first.size(), 8u);
}

ErrorCode code_of(const std::string& recipe) {
  try {
    CorpusSettings::from_recipe(parse_yaml(recipe, "recipe.yaml"));
  } catch (const Error& error) {
    EXPECT_NE(error.place().find("recipe.yaml"), std::string::npos) << error.what();
    return error.code();
  }
  ADD_FAILURE() << "accepted: " << recipe;
  return ErrorCode::kInternal;
}

TEST(CorpusSettings, unknown_keys_and_bad_values_are_errors) {
  const std::string source = "sources: [{id: a, reader: text, path: x, terms: open}]\n";
  for (const char* corpus : {"corpus: {dedupe: {exact: paragraph}}",
                             "corpus: {dedup: {exact: words}}", "corpus: {holdout: {by: document}}",
                             "corpus: {holdout: {share: 1.5}}", "corpus: {min_characters: -1}"}) {
    EXPECT_EQ(code_of(source + corpus), ErrorCode::kInvalidArgument) << corpus;
  }
}

TEST(BuildCorpus, damage_is_counted_or_stops_the_build_as_the_recipe_says) {
  const fs::path dir = fixture().dir() / "damaged";
  fs::create_directories(dir);
  const std::string good = R"({"text": ")" + std::string(300, 'x') + "\"}\n";
  write_file_atomic(dir / "a.jsonl", good + "{\"text\": \"cut sh");
  const std::string recipe =
      "sources: [{id: a, reader: jsonl, path: a.jsonl, licence: MIT, language: en, terms: open}]\n"
      "corpus: {check_language: false, holdout: {share: 0}, on_damage: ";
  const auto build = [&](const std::string& choice) {
    ThreadPool pool(1);
    return build_corpus(CorpusSettings::from_recipe(parse_yaml(recipe + choice + "}", "r")), dir,
                        dir / "corpus", pool);
  };
  const CorpusReport report = build("continue");
  EXPECT_EQ(report.documents_read, 2u);
  EXPECT_EQ(report.stats.train.total.documents, 1u);
  EXPECT_EQ(report.stats.failed.size(), 1u);
  LineReader lines(dir / "corpus/verdicts.jsonl.zst");
  std::string text;
  while (lines.next(text) && text.find("failed") == std::string::npos) continue;
  EXPECT_EQ(parse_json(text, "verdict").at("url").as_string(), "file:a.jsonl#2");
  fs::remove_all(dir / "corpus");
  const Error error = testing_base::error_of([&] { build("stop"); });
  EXPECT_EQ(error.place(), "file:a.jsonl#2");
  EXPECT_EQ(testing_base::error_of([&] { build("halt"); }).code(), ErrorCode::kInvalidArgument);
}

TEST(BuildCorpus, nothing_left_is_an_error) {
  const std::string recipe =
      "sources: [{id: orphan, reader: debian-package, package: fixture-orphan, terms: open}]";
  ThreadPool pool(1);
  EXPECT_THROW(build_corpus(CorpusSettings::from_recipe(parse_yaml(recipe, "r")),
                            fixture().dir() / "data", fixture().dir() / "none", pool),
               Error);
}

}  // namespace
}  // namespace lucie
