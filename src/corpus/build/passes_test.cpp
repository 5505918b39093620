// The passes of a build over documents made for it: what is compared, what stays, what is kept on
// record, and that memory, threads, kills and full disks change nothing.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/cancel.h"
#include "base/framed_file.h"
#include "base/hash.h"
#include "base/test_files.h"
#include "corpus/build.h"
#include "corpus/corpus_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

// Sentences that differ from each other.
std::string prose(int number, int sentences = 6) {
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    text += "The program number " + std::to_string(number * 100 + i) +
            " reads its configuration from a file in the home directory of the user.\n\n";
  }
  return text;
}

Document document(const std::string& page, const std::string& text,
                  const std::string& language = "en") {
  Document made;
  made.id = page + language;
  made.text = text;
  made.language = language;
  made.url = "https://example.org/" + page + "." + language;
  made.page = page;
  made.format = "html";
  made.licence = "GPL-3.0-only";
  return made;
}

// A folder with files of documents, and the corpora built of them.
class Bench {
 public:
  explicit Bench(std::string corpus) : corpus_(std::move(corpus)) {}

  void add(const std::string& file, const std::vector<Document>& documents) {
    std::string lines;
    for (const Document& each : documents) lines += to_json_line(each) + "\n";
    fs::create_directories(folder_ / "in");
    write_file_atomic(folder_ / ("in/" + file), lines);
  }

  CorpusReport build(const std::string& out = "out", int threads = 2,
                     std::uint64_t memory = 1'000'000) const {
    CorpusSettings settings = CorpusSettings::from_recipe(parse_yaml(
        "sources: [{id: s, reader: jsonl, path: in, terms: open}]\ncorpus: " + corpus_, "recipe"));
    settings.memory = memory;
    ThreadPool pool(threads);
    return build_corpus(settings, folder_.path(), folder_ / out, pool);
  }

  std::vector<Json> verdicts(const std::string& out = "out") const {
    std::vector<Json> all;
    FramedReader reader(folder_ / (out + "/verdicts.jsonl.zst"));
    for (std::uint64_t i = 0; i < reader.records(); ++i) {
      all.push_back(parse_json(reader.line(i), "verdict"));
    }
    return all;
  }
  std::string step(std::size_t number) const { return verdicts().at(number).get("step", ""); }

  std::vector<Document> documents(const std::string& side) const {
    std::vector<Document> all;
    DocumentReader reader(corpus_parts(folder_ / "out", side));
    while (std::optional<Document> each = reader.next()) all.push_back(*each);
    return all;
  }

  std::map<std::string, std::string> files(const std::string& out) const {
    std::map<std::string, std::string> hashes;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / out)) {
      if (!entry.is_regular_file()) continue;
      hashes[entry.path().lexically_relative(folder_ / out).string()] = sha256_file(entry.path());
    }
    return hashes;
  }
  const Folder& folder() const { return folder_; }

 private:
  Folder folder_;
  std::string corpus_;
};

const char* const kNoHoldout = "{holdout: {share: 0}}";

// Prose whose sentences are all others (numbers do not tell near duplicates apart), with `last`.
std::string tale(const std::string& hero, const std::string& last) {
  std::string text;
  for (const char* place : {"garden", "harbour", "library", "mountain", "kitchen", "forest"}) {
    text += "Then " + hero + " walked to the " + place + " of " + hero +
            " and looked for the old book about the " + place + ".\n\n";
  }
  return text + last;
}

TEST(BuildPasses, near_duplicates_go_and_the_preferred_one_stays) {
  Document open = document("c", tale("Alice", "The end, at last."));
  open.licence = "MIT";
  const std::vector<Document> tales = {document("a", tale("Alice", "The end.")),
                                       document("b", tale("Robert", "The end.")), open};
  for (const char* near : {"true", "{bands: 20, rows: 4, verify: 0.8}"}) {
    Bench first("{holdout: {share: 0}, dedup: {exact: document, near: " + std::string(near) + "}}");
    first.add("a.jsonl", tales);
    first.build();
    EXPECT_EQ(first.step(0), "");
    EXPECT_EQ(first.step(1), "");
    EXPECT_EQ(first.step(2), "near");
    EXPECT_EQ(first.verdicts()[2].get("same_as", -1), 0);
    first.build("again", 1, 4'000'000);
    EXPECT_EQ(first.files("again"), first.files("out"));
    FramedReader clusters(first.folder() / "out/clusters.jsonl.zst");
    ASSERT_EQ(clusters.records(), 1U);
    EXPECT_EQ(clusters.line(0), R"({"step":"near","kept":0,"dropped":[2]})");
    Bench licence("{holdout: {share: 0}, dedup: {exact: document, prefer: [licence], near: " +
                  std::string(near) + "}}");
    licence.add("a.jsonl", tales);
    licence.build();
    EXPECT_EQ(licence.step(0), "near");
    EXPECT_EQ(licence.step(2), "");
  }
  Bench strict("{holdout: {share: 0}, dedup: {exact: document, near: {verify: 1.0}}}");
  strict.add("a.jsonl", tales);
  strict.build();
  EXPECT_EQ(strict.step(2), "") << "their sets of 5-grams are not the same";
}

TEST(BuildPasses, texts_of_evaluation_sets_are_kept_out_and_reported) {
  const std::string question =
      "Which of the seven hills of the old town has a tower with a broken clock?";
  for (const char* remove : {"document", "span"}) {
    Bench bench("{holdout: {share: 0}, decontaminate: {remove: " + std::string(remove) +
                ", sets: [{name: quiz, path: quiz.jsonl, fields: [question]}]}}");
    write_file_atomic(bench.folder() / "quiz.jsonl",
                      "{\"question\": \"" + question + "\", \"answer\": \"b\"}\n");
    bench.add("a.jsonl", {document("clean", tale("Alice", "")),
                          document("quoted", tale("Robert", question + " Nobody knows."))});
    bench.build();
    const bool cut = std::string(remove) == "span";
    EXPECT_EQ(bench.step(0), "");
    EXPECT_EQ(bench.step(1), cut ? "" : "decontaminate");
    const std::vector<Document> kept = bench.documents("train");
    ASSERT_EQ(kept.size(), cut ? 2U : 1U);
    EXPECT_EQ(kept.back().text.find("broken clock"), std::string::npos);
    EXPECT_EQ(kept.back().text.find("Nobody knows") != std::string::npos, cut);
    const Json report = read_json(bench.folder() / "out/decontamination.json");
    EXPECT_EQ(report.at("sets").at("quiz").at("found").as_int(), 1);
    EXPECT_EQ(report.at("documents").at(0).at("items").at("quiz").dump(), "[0]");
  }
}

TEST(BuildPasses, plain_text_of_kept_html_is_dropped_and_other_text_is_not) {
  Bench bench(kNoHoldout);
  Document book = document("book", prose(1) + prose(2) + prose(3));
  Document other = document("other", prose(9));
  book.format = other.format = "text";
  bench.add("a.jsonl", {book, other, document("ch1", prose(1)), document("ch2", prose(2)),
                        document("ch3", prose(3))});
  bench.build();
  EXPECT_EQ(bench.step(0), "form");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(bench.step(i), "") << i;
}

TEST(BuildPasses, of_equal_documents_the_first_stays_and_the_others_name_it) {
  Bench bench(kNoHoldout);
  bench.add("a.jsonl", {document("x", prose(1)), document("a", prose(2))});
  bench.add("b.jsonl", {document("b", "  " + prose(2)), document("c", prose(2))});
  bench.build();
  EXPECT_EQ(bench.step(1), "");
  for (const std::size_t copy : {2, 3}) {
    EXPECT_EQ(bench.step(copy), "document");
    EXPECT_EQ(bench.verdicts()[copy].at("same_as").as_int(), 1);
  }
  FramedReader clusters(bench.folder() / "out/clusters.jsonl.zst");
  ASSERT_EQ(clusters.records(), 1U);
  EXPECT_EQ(clusters.line(0), R"({"step":"document","kept":1,"dropped":[2,3]})");
}

TEST(BuildPasses, the_most_open_licence_stays_where_the_recipe_asks_for_it) {
  Bench bench("{holdout: {share: 0}, dedup: {prefer: [licence, order]}}");
  Document open = document("c", prose(1)), also_open = document("d", prose(1));
  open.licence = also_open.licence = "CC0-1.0";
  bench.add("a.jsonl", {document("a", prose(1)), document("b", prose(1)), open, also_open});
  bench.build();
  EXPECT_EQ(bench.step(2), "");
  for (const std::size_t copy : {0, 1, 3}) {
    EXPECT_EQ(bench.verdicts()[copy].at("same_as").as_int(), 2);
  }
}

TEST(BuildPasses, one_of_several_documents_of_a_url_stays_where_the_recipe_asks_for_it) {
  for (const bool asked : {false, true}) {
    Bench bench(asked ? "{holdout: {share: 0}, dedup: {url: true}}" : kNoHoldout);
    Document again = document("b", prose(2));
    again.url = document("a", "").url;
    bench.add("a.jsonl", {document("a", prose(1)), again});
    bench.build();
    EXPECT_EQ(bench.step(1), asked ? "url" : "");
  }
}

TEST(BuildPasses, repeated_paragraphs_stay_only_once_but_code_and_pairs_stay_whole) {
  Bench bench(kNoHoldout);
  bench.add("a.jsonl",
            {document("a", prose(1)), document("b", prose(2) + prose(1, 3)),
             document("c", prose(1, 3) + prose(1, 2)), document("code", prose(1, 4), "code"),
             document("pair", prose(1, 3), "en-fr")});
  const CorpusReport report = bench.build();
  EXPECT_EQ(bench.verdicts()[1].at("repeated_paragraphs").as_int(), 3);
  EXPECT_EQ(bench.step(2), "paragraph");
  EXPECT_EQ(bench.step(3), "");
  EXPECT_EQ(bench.step(4), "");
  EXPECT_EQ(report.stats.changes.at("repeated_paragraphs"), 8u);
  for (const Document& each : bench.documents("train")) {
    if (each.page == "b") {
      EXPECT_EQ(each.text.find("number 100"), std::string::npos);
    }
    EXPECT_EQ(each.hash, text_hash(each.text));
  }
}

// Pages with a notice, and with a pair of each; in several files, so in several orders of reading.
void add_pages(Bench* bench) {
  for (int file = 0; file < 6; ++file) {
    std::vector<Document> documents;
    for (int i = 50 * file; i < 50 * file + 50; ++i) {
      const std::string page = "page" + std::to_string(i);
      documents.push_back(document(page, "NOTICE\n\n" + prose(i)));
      documents.push_back(document(page, prose(i, 2), "en-fr"));
      if (i % 10 == 0) documents.push_back(document(page + "-copy", prose(i / 2 * 3)));
      if (i % 10 == 1) documents.push_back(document(page + "-short", "Too little."));
    }
    bench->add("part" + std::to_string(file) + ".jsonl", documents);
  }
}
const char* const kHoldout = "{holdout: {by: page, share: 0.2}}";

TEST(BuildPasses, a_page_is_held_out_with_its_pairs_and_no_line_of_it_is_in_training) {
  Bench bench(kHoldout);
  add_pages(&bench);
  const CorpusReport report = bench.build();
  std::map<std::string, std::string> sides;
  std::string training;
  for (const Document& each : bench.documents("train")) {
    sides[each.page] = "train";
    training += each.text + "\n";
  }
  const std::vector<Document> held_out = bench.documents("holdout");
  EXPECT_NEAR(static_cast<double>(held_out.size()), 120, 60);
  for (const Document& each : held_out) {
    EXPECT_FALSE(sides.contains(each.page)) << each.page;
    EXPECT_EQ(each.text.find("NOTICE"), std::string::npos);
    EXPECT_EQ(training.find(each.text.substr(0, each.text.find('\n')) + "\n"), std::string::npos);
    EXPECT_EQ(each.hash, text_hash(each.text));
  }
  EXPECT_GT(report.stats.leak_by_language.at("en").bytes_removed, 0u);
  EXPECT_EQ(report.documents_read, bench.verdicts().size());
  EXPECT_EQ(report.documents_read, 660u);
}

TEST(BuildPasses, one_of_two_pages_is_held_out_whatever_the_share) {
  for (const char* corpus : {"{holdout: {share: 1e-9}}", "{holdout: {share: 0.999}}"}) {
    Bench bench(corpus);
    bench.add("a.jsonl", {document("a", prose(1)), document("b", prose(2))});
    bench.build();
    EXPECT_EQ(bench.documents("train").size(), 1u) << corpus;
    EXPECT_EQ(bench.documents("holdout").size(), 1u) << corpus;
  }
}

TEST(BuildPasses, bytes_do_not_depend_on_memory_or_threads) {
  Bench bench(kHoldout);
  add_pages(&bench);
  bench.build("a", 1, 1'000'000'000);
  bench.build("b", 3, 100'000);  // less than the keys of the paragraphs
  const auto files = bench.files("a");
  EXPECT_EQ(files, bench.files("b"));
  EXPECT_GT(files.size(), 5u);
  EXPECT_FALSE(fs::exists(bench.folder() / "a/work"));
}

TEST(BuildPasses, two_builds_of_one_folder_share_the_work) {
  Bench bench(kHoldout);
  add_pages(&bench);
  std::thread other([&] { bench.build("shared", 1); });
  bench.build("shared", 2);
  other.join();
  bench.build("alone");
  EXPECT_EQ(bench.files("shared"), bench.files("alone"));
}

TEST(BuildPasses, a_full_disk_at_any_point_is_an_error_and_the_next_build_goes_on) {
  Bench bench(kHoldout);
  add_pages(&bench);
  bench.build("whole");
  int failures = 0;
  for (std::uint64_t bytes = 100;; bytes += bytes / 2) {
    const ScopedWriteFault fault(bytes);
    try {
      bench.build("full", 2);
      break;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo) << error.what();
      ++failures;
    }
    EXPECT_FALSE(fs::exists(bench.folder() / "full/stats.json"));
  }
  EXPECT_GT(failures, 4);
  EXPECT_EQ(bench.files("full"), bench.files("whole"));
}

TEST(BuildPasses, an_interrupted_build_goes_on_where_it_was) {
  Bench bench(kHoldout);
  add_pages(&bench);
  request_cancel();
  EXPECT_EQ(error_of([&] { bench.build(); }).code(), ErrorCode::kCancelled);
  clear_cancel();
  bench.build();
  bench.build("again");
  EXPECT_EQ(bench.files("out"), bench.files("again"));
}

TEST(BuildPasses, a_finished_corpus_is_left_alone_and_another_is_refused) {
  Bench bench(kHoldout);
  add_pages(&bench);
  bench.build();
  const auto files = bench.files("out");
  EXPECT_EQ(bench.build().documents_read, 660u);
  EXPECT_EQ(bench.files("out"), files);
  bench.add("part9.jsonl", {document("new", prose(9000))});
  EXPECT_EQ(error_of([&] { bench.build(); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(bench.files("out"), files);
}

TEST(BuildPasses, a_build_starts_over_when_its_sources_change_before_it_is_done) {
  Bench bench(kHoldout);
  add_pages(&bench);
  {
    const ScopedWriteFault fault(60'000);
    EXPECT_EQ(error_of([&] { bench.build(); }).code(), ErrorCode::kIo);
  }
  bench.add("part0.jsonl", {document("new", prose(9000))});
  bench.build();
  bench.build("fresh");
  EXPECT_EQ(bench.files("out"), bench.files("fresh"));
}

TEST(BuildPasses, a_folder_with_something_else_in_it_is_refused) {
  Bench bench(kHoldout);
  add_pages(&bench);
  fs::create_directories(bench.folder() / "out/train");
  EXPECT_EQ(error_of([&] { bench.build(); }).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace lucie
