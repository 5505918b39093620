#include "corpus/filters.h"

#include <gtest/gtest.h>

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

Candidate filtered(const std::string& text, const std::string& language) {
  Candidate candidate;
  candidate.document.text = text;
  candidate.document.source = "s";
  candidate.document.language = language;
  candidate.bytes_read = text.size();
  filter_alone(candidate, FilterSettings());
  return candidate;
}

TEST(FilterAlone, every_drop_has_step_and_reason) {
  EXPECT_TRUE(filtered(prose(1), "en").kept());
  EXPECT_EQ(filtered("Too little.", "en").dropped_by, "length");
  const Candidate french = filtered(prose(2), "fr");
  EXPECT_EQ(french.dropped_by, "language");
  EXPECT_EQ(french.reason, "said fr, looks en");
  EXPECT_TRUE(french.document.text.empty());
  EXPECT_EQ(filtered(prose(3) + std::string(200, '\xFF'), "en").dropped_by, "unicode");
  EXPECT_TRUE(filtered(prose(4), "code").kept()) << "code is not checked for its language";
}

TEST(FilterAlone, language_that_nobody_declared_is_told_from_the_text) {
  EXPECT_EQ(filtered(prose(1), "").document.language, "en");
  EXPECT_EQ(filtered(std::string(500, '7'), "").document.language, "und");
}

TEST(FilterAlone, counts_what_it_changed) {
  const Candidate candidate = filtered(prose(1) + "\x01\xFF", "en");
  EXPECT_EQ(candidate.changes.of("control_characters"), 1u);
  EXPECT_EQ(candidate.changes.of("invalid_bytes"), 1u);
}

TEST(FilterAlone, no_two_steps_have_one_name) {
  for (const DocumentStep& a : document_steps()) {
    for (const DocumentStep& b : document_steps()) {
      EXPECT_TRUE(&a == &b || std::string(a.name) != b.name) << a.name;
    }
  }
}

TEST(CorpusStats, add_up_over_shards_and_read_back_as_they_were_written) {
  CorpusStats all, odd, even;
  for (int i = 0; i < 40; ++i) {
    Candidate candidate =
        i % 5 == 0 ? filtered("short", "en") : filtered(prose(i) + "\x01", i % 3 == 0 ? "" : "en");
    candidate.document.licence = i % 2 == 0 ? "MIT" : "CC0-1.0";
    candidate.failed = i == 10;
    candidate.held_out = candidate.kept() && i % 7 == 0;
    if (candidate.held_out) {
      candidate.bytes_held_out = 1000;
      candidate.known_lines = {{1, 100}, 7};
    }
    all.add(candidate);
    (i % 2 == 0 ? even : odd).add(candidate);
  }
  EXPECT_EQ(all.documents(), 40u);
  EXPECT_EQ(all.dropped.at("length").at("too short").documents, 7u);
  EXPECT_EQ(all.dropped.at("length").at("too short").bytes, 35u);
  EXPECT_EQ(all.failed.size(), 1u);
  EXPECT_EQ(all.changes.at("control_characters"), 32u);
  EXPECT_DOUBLE_EQ(all.leak.share(), 0.1);
  CorpusStats sum = CorpusStats::from_json(odd.to_json());
  sum.add(CorpusStats::from_json(even.to_json()));
  EXPECT_EQ(sum.to_json().dump(), all.to_json().dump());
}

}  // namespace
}  // namespace lucie
