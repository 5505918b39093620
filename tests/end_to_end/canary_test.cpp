// A source that must not leave the machine, full of strings that stand nowhere else: after the
// whole chain none of them is in what is published, shown, logged or answered.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/json.h"
#include "base/stream.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

// Each canary is a string of its own, and all end alike, so that a vocabulary learns the ending if
// it may read them.
constexpr const char* kEnding = "qzjxvkwyqzjxvkwy";

std::string canary(int i) {
  std::string letters;
  for (int k = 0, n = i * 7919 + 104729; k < 10; ++k, n = n / 3 + 77 * (i + k)) {
    letters += static_cast<char>('a' + n % 26);
  }
  return letters + kEnding;
}

constexpr int kCanaries = 240;

fs::path write_clinic() {
  const fs::path folder = workspace() / "clinic";
  fs::create_directories(folder);
  for (int file = 0; file < 12; ++file) {
    std::ofstream out(folder / ("patient-" + canary(200 + file) + ".txt"));
    out << "# Letter " << canary(file) << "\n\n";
    for (int i = file; i < kCanaries; i += 12) {
      out << "The patient " << canary(i) << " was seen on the ward and the word is " << canary(i)
          << ", as the doctor wrote to the doctor of the town about the patient.\n\n";
    }
  }
  std::ofstream(folder / "more.jsonl") << "{\"text\": \"a line cut short, " << canary(230)
                                       << "\n{\"text\": " << canary(231) << "}\n";
  return folder;
}

// micro.yaml with one source more.
fs::path recipe_with_clinic() {
  std::string text = read_text(recipe());
  const std::string entry =
      "sources:\n  - {id: clinic, reader: text, path: " + write_clinic().string() +
      ", language: en, licence: LicenseRef-clinic, category: medical, terms: unshareable,\n"
      "     obtained: agreement of a clinic, rights_holder: A Clinic,\n"
      "     description: {provenance: letters of a made-up clinic, scope: one ward in 2024,\n"
      "       characteristics: short and in English, selection: every letter, labelling: none,\n"
      "       processing: names taken out}}\n";
  text.replace(text.find("sources:\n"), 9, entry);
  const std::string passed_on = "  corpus: all\n";  // refused with such a source
  text.erase(text.find(passed_on), passed_on.size());
  const fs::path path = workspace() / "clinic.yaml";
  std::ofstream(path) << text;
  return path;
}

// Bytes of a file as they are and, where it is compressed, as they were.
std::string all_bytes(const fs::path& file) {
  std::string bytes = read_text(file);
  if (bytes.starts_with("\x28\xb5\x2f\xfd") || bytes.starts_with("\x1f\x8b")) {
    LineReader lines(file);
    std::string line;
    while (lines.next(line)) bytes += line + "\n";
  }
  return bytes;
}

// The files below that hold a canary, the common ending or the name of a canary's file.
std::set<std::string> leaks(const fs::path& dir) {
  std::set<std::string> found;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    files += entry.is_regular_file() ? 1 : 0;
    const std::string name = fs::relative(entry.path(), dir).string();
    if (name.find(kEnding) != name.npos) found.insert(name);
    if (entry.is_regular_file() && all_bytes(entry.path()).find(kEnding) != std::string::npos) {
      found.insert(name);
    }
  }
  EXPECT_GT(files, 0) << dir;
  return found;
}

void expect_silent(const Outcome& outcome, const std::string& what) {
  EXPECT_EQ(outcome.exit_code, 0) << what << ": " << outcome.err;
  EXPECT_EQ(outcome.out.find(kEnding), std::string::npos) << what;
  EXPECT_EQ(outcome.err.find(kEnding), std::string::npos) << what;
}

class Canary : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    run_ = workspace() / "canary";
    done_ = lucie({"run", recipe_with_clinic().string(), "--data-dir", data().string(), "--out",
                   run_.string()});
  }
  static fs::path run_;
  static Outcome done_;
};
fs::path Canary::run_;
Outcome Canary::done_;

TEST_F(Canary, was_trained_on) {
  ASSERT_EQ(done_.exit_code, 0) << done_.err;
  EXPECT_FALSE(leaks(run_ / "corpus/").empty()) << "else this test proves nothing";
  const Json tokens = read_json(run_ / "tokens/stats.json");
  EXPECT_GT(tokens.at("train").at("by_source").at("clinic").at("tokens").as_int(), 1000);
}

TEST_F(Canary, is_in_nothing_that_is_published_shown_or_logged) {
  expect_silent(done_, "lucie run");
  for (const char* part : {"release/", "card/", "tokenizer/", "instructions/", "eval/", "base/",
                           "instruct/", "gguf/", "baselines/", "logs/"}) {
    EXPECT_EQ(leaks(run_ / part), std::set<std::string>()) << part;
  }
  for (const char* file : {"results.json", "report.html", "metrics.jsonl", "manifest.json"}) {
    EXPECT_EQ(read_text(run_ / file).find(kEnding), std::string::npos) << file;
  }
}

TEST_F(Canary, a_document_is_answered_for_without_its_text_or_its_hash) {
  LineReader lines(run_ / "tokens/train/en.docs");
  std::set<std::string> ids;
  std::string line;
  while (lines.next(line)) {
    const Json span = parse_json(line, "en.docs");
    if (span.at("source").as_string() == "clinic") ids.insert(span.at("id").as_string());
  }
  ASSERT_FALSE(ids.empty());
  std::string name;
  for (int step = 1; step <= 24; ++step) {
    const Outcome answer =
        lucie({"trace", run_.string(), "--step", std::to_string(step), "--show-text", "--json"});
    expect_silent(answer, "trace --step");
    for (const std::string& id : ids) EXPECT_EQ(answer.out.find(id), std::string::npos);
    const std::size_t at = answer.out.find("clinic:keyed-");
    if (at != std::string::npos) name = answer.out.substr(at, answer.out.find('"', at) - at);
  }
  ASSERT_FALSE(name.empty()) << "some step read the letters";
  for (const Arguments& more : {Arguments{"--doc", name}, Arguments{"--doc", *ids.begin()},
                                Arguments{"--doc", name, "--json"}, Arguments{"--token", "77"}}) {
    Arguments arguments{"trace", run_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome answer = lucie(arguments);
    expect_silent(answer, "trace " + more[0]);
    for (const std::string& id : ids) EXPECT_EQ(answer.out.find(id), std::string::npos);
    if (more[0] == "--token") continue;
    EXPECT_NE(answer.out.find("letters of a made-up clinic"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("LicenseRef-clinic"), std::string::npos) << answer.out;
  }
}

TEST_F(Canary, words_of_it_are_traced_and_not_said_again) {
  const std::string letter = "The patient " + canary(3) + " was seen on the ward and the word is " +
                             canary(3) + ", as the doctor wrote";
  const Outcome told = lucie({"trace", run_.string(), letter, "--json"});
  expect_silent(told, "trace TEXT");
  const Json answer = parse_json(told.out, "trace");
  const Json& span = answer.at("spans").at(std::size_t{0});
  EXPECT_EQ(span.find("text"), nullptr);
  const Json& document = span.at("documents").at(std::size_t{0});
  EXPECT_TRUE(document.at("id").as_string().starts_with("clinic:keyed-")) << document.dump();
  EXPECT_EQ(document.find("url"), nullptr);
  expect_silent(lucie({"trace", run_.string(), letter}), "trace TEXT in lines");
}

TEST_F(Canary, the_card_describes_what_it_does_not_show) {
  const std::string card = read_text(run_ / "release/data_card.md");
  for (const char* words : {"letters of a made-up clinic", "one ward in 2024", "every letter",
                            "names taken out", "agreement of a clinic", "A Clinic"}) {
    EXPECT_NE(card.find(words), std::string::npos) << words;
  }
}

TEST_F(Canary, what_the_model_has_by_heart_is_counted) {
  const Json report = read_json(run_ / "eval/memorization.json");
  const Json& clinic = report.at("by_source").at("clinic");
  EXPECT_GT(clinic.at("spans").as_int(), 20);
  EXPECT_GE(clinic.at("tokens_reproduced").as_int(), 0);
  EXPECT_EQ(report.at("by_source").size(), 1u) << "only of what may not be shown";
}

TEST_F(Canary, folders_that_hold_it_say_so_and_are_not_pushed) {
  EXPECT_TRUE(fs::exists(run_ / "corpus/UNSHAREABLE"));
  EXPECT_TRUE(fs::exists(run_ / "tokens/UNSHAREABLE"));
  EXPECT_FALSE(fs::exists(run_ / "release/UNSHAREABLE"));
  EXPECT_FALSE(fs::exists(run_ / "release/unshareable.key"));
  const Outcome refused = lucie({"push", (run_ / "corpus/").string(), "someone/corpus"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("may not be passed on"), std::string::npos) << refused.err;
}

TEST(Unshareable, without_a_description_is_refused_before_any_work) {
  std::string text = read_text(recipe());
  text.replace(text.find("sources:\n"), 9,
               "sources:\n  - {id: clinic, reader: text, path: x, terms: unshareable}\n");
  const fs::path path = workspace() / "undescribed.yaml", run = workspace() / "undescribed";
  std::ofstream(path) << text;
  const Outcome refused = lucie({"run", path.string(), "--out", run.string()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("provenance"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(run));
}

TEST(Unshareable, texts_of_ones_own_still_train_a_model) {
  const fs::path run = workspace() / "private";
  const Outcome done = lucie({"run", recipe().string(), "--out", run.string(), "--data",
                              (data() / "texts").string(), "--licence", "LicenseRef-private",
                              "--set", "tokenizer.vocab_size=400", "--until", "finetune"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(fs::exists(run / "corpus/UNSHAREABLE"));
  EXPECT_TRUE(fs::exists(run / "instructions/UNSHAREABLE"));
}

}  // namespace
}  // namespace lucie::end_to_end
