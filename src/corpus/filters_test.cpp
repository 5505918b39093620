#include "corpus/filters.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/thread_pool.h"
#include "corpus/stats.h"

namespace lucie {
namespace {

// Sentences that CLD2 knows as English and that differ from each other.
std::string prose(int number, int sentences = 6) {
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    text += "The program number " + std::to_string(number * 100 + i) +
            " reads its configuration from a file in the home directory of the user.\n\n";
  }
  return text;
}

Candidate candidate(const std::string& id, const std::string& text,
                    const std::string& language = "en") {
  Candidate made;
  made.document.id = id;
  made.document.text = text;
  made.document.source = "s";
  made.document.language = language;
  made.document.page = "page/" + id;
  made.document.format = "html";
  return made;
}

std::vector<Candidate> filtered(std::vector<Candidate> candidates, FilterSettings settings,
                                int threads = 2) {
  ThreadPool pool(threads);
  filter_documents(candidates, settings, pool);
  return candidates;
}

FilterSettings no_holdout() {
  FilterSettings settings;
  settings.holdout_share = 0;
  return settings;
}

TEST(FilterDocuments, every_drop_has_step_and_reason) {
  const std::vector<Candidate> out =
      filtered({candidate("good", prose(1)), candidate("short", "Too little."),
                candidate("copy", "  " + prose(1)), candidate("french", prose(2), "fr"),
                candidate("bytes", prose(3) + std::string(200, '\xFF')),
                candidate("code", prose(4), "code")},
               no_holdout());
  EXPECT_TRUE(out[0].kept());
  EXPECT_EQ(out[1].dropped_by, "length");
  EXPECT_EQ(out[2].dropped_by, "document");
  EXPECT_EQ(out[3].dropped_by, "language");
  EXPECT_EQ(out[3].reason, "said fr, looks en");
  EXPECT_EQ(out[4].dropped_by, "unicode");
  EXPECT_TRUE(out[5].kept()) << "code is not checked for its language";
  for (const Candidate& each : out) EXPECT_EQ(each.kept(), !each.document.text.empty());
}

TEST(FilterDocuments, language_that_nobody_declared_is_told_from_the_text) {
  const std::vector<Candidate> out = filtered(
      {candidate("a", prose(1), ""), candidate("b", std::string(500, '7'), "")}, no_holdout());
  EXPECT_EQ(out[0].document.language, "en");
  EXPECT_EQ(out[1].document.language, "und");
}

TEST(FilterDocuments, plain_text_of_kept_html_is_dropped_and_other_text_is_not) {
  Candidate book = candidate("book", prose(1) + prose(2) + prose(3));
  Candidate other = candidate("other", prose(9));
  book.document.format = other.document.format = "text";
  const std::vector<Candidate> out =
      filtered({book, other, candidate("ch1", prose(1)), candidate("ch2", prose(2)),
                candidate("ch3", prose(3))},
               no_holdout());
  EXPECT_EQ(out[0].dropped_by, "form");
  for (std::size_t i = 1; i < out.size(); ++i) EXPECT_TRUE(out[i].kept()) << i;
}

TEST(FilterDocuments, repeated_paragraphs_stay_only_once_but_code_and_pairs_stay_whole) {
  const std::vector<Candidate> out =
      filtered({candidate("a", prose(1)), candidate("b", prose(2) + prose(1, 3)),
                candidate("c", prose(1, 3) + prose(1, 2)), candidate("code", prose(1, 4), "code"),
                candidate("pair", prose(1, 3), "en-fr")},
               no_holdout());
  EXPECT_EQ(out[1].paragraphs.units, 3u);
  EXPECT_EQ(out[1].document.text.find("number 100"), std::string::npos);
  EXPECT_EQ(out[1].document.hash, text_hash(out[1].document.text));
  EXPECT_EQ(out[2].dropped_by, "paragraph");
  EXPECT_EQ(out[3].paragraphs.units, 0u);
  EXPECT_TRUE(out[4].kept());
}

std::vector<Candidate> many_pages() {
  std::vector<Candidate> candidates;
  for (int i = 0; i < 300; ++i) {
    Candidate english = candidate("en" + std::to_string(i), "NOTICE\n\n" + prose(i));
    Candidate pair = candidate("pair" + std::to_string(i), prose(i, 2), "en-fr");
    english.document.page = pair.document.page = "page" + std::to_string(i);
    candidates.push_back(english);
    candidates.push_back(pair);
  }
  return candidates;
}

TEST(FilterDocuments, a_page_is_held_out_with_its_pairs_and_no_line_of_it_is_in_training) {
  FilterSettings settings;
  settings.holdout_share = 0.2;
  const std::vector<Candidate> out = filtered(many_pages(), settings);
  std::string training;
  int held_out = 0;
  for (std::size_t i = 0; i < out.size(); i += 2) {
    EXPECT_EQ(out[i].held_out, out[i + 1].held_out);
    held_out += out[i].held_out;
    if (!out[i].held_out) training += out[i].document.text + "\n";
  }
  EXPECT_NEAR(held_out, 60, 25);
  for (const Candidate& each : out) {
    if (!each.held_out) continue;
    EXPECT_EQ(each.document.text.find("NOTICE"), std::string::npos);
    const std::string line = each.document.text.substr(0, each.document.text.find('\n'));
    EXPECT_EQ(training.find(line + "\n"), std::string::npos) << line;
  }
}

TEST(FilterDocuments, outcome_does_not_depend_on_threads) {
  FilterSettings settings;
  settings.holdout_share = 0.2;
  const std::vector<Candidate> one = filtered(many_pages(), settings, 1);
  const std::vector<Candidate> three = filtered(many_pages(), settings, 3);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(to_json_line(one[i].document), to_json_line(three[i].document));
    EXPECT_EQ(one[i].reason, three[i].reason);
  }
}

TEST(CorpusStats, counts_add_up_and_the_leak_is_told) {
  FilterSettings settings;
  settings.holdout_share = 0.2;
  std::vector<Candidate> candidates = many_pages();
  candidates.push_back(candidate("short", "Too little."));
  CorpusStats stats;
  for (const Candidate& each : filtered(std::move(candidates), settings)) stats.add(each);
  EXPECT_EQ(stats.train.total.documents + stats.holdout.total.documents, 600u);
  EXPECT_EQ(
      stats.train.by_language.at("en").documents + stats.holdout.by_language.at("en").documents,
      300u);
  EXPECT_EQ(stats.dropped.at("length").at("too short").documents, 1u);
  EXPECT_EQ(stats.dropped.at("length").at("too short").bytes, 11u);
  EXPECT_GT(stats.leak_by_language.at("en").bytes_removed, 0u);
  EXPECT_EQ(stats.leak_by_language.at("en").bytes_removed, stats.leak.bytes_removed);
  EXPECT_LT(stats.leak.share(), 0.05);
  EXPECT_EQ(stats.to_json().at("train").at("total").at("documents").as_int(),
            static_cast<std::int64_t>(stats.train.total.documents));
}

}  // namespace
}  // namespace lucie
