#include "corpus/dedup.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

std::string words(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i) text += "word" + std::to_string(i * i) + " ";
  return text;
}

TEST(NormalizedHash, line_width_does_not_matter_but_words_do) {
  EXPECT_EQ(normalized_hash("a  b\n\tc "), normalized_hash("a b c"));
  EXPECT_NE(normalized_hash("a b c"), normalized_hash("ab c"));
}

TEST(ParagraphDedup, first_occurrence_stays_and_later_ones_go) {
  ParagraphDedup dedup(10);
  Removal removed;
  const std::string notice = "This notice stands on every page.";
  EXPECT_EQ(dedup.keep_new("Title\n\n" + notice + "\n\nFirst page of all.", &removed),
            "Title\n\n" + notice + "\n\nFirst page of all.");
  EXPECT_EQ(removed.units, 0u);
  EXPECT_EQ(dedup.keep_new("Title\n\nThis notice\nstands on every page.\n\nSecond page of all.",
                           &removed),
            "Title\n\nSecond page of all.");
  EXPECT_EQ(removed.units, 1u);
  EXPECT_EQ(removed.bytes, notice.size());
}

TEST(ParagraphDedup, repetition_within_a_document_goes_too) {
  ParagraphDedup dedup(10);
  Removal removed;
  EXPECT_EQ(dedup.keep_new("Said more than once.\n\n\nSaid more than once.", &removed),
            "Said more than once.");
}

TEST(ParagraphDedup, short_paragraphs_may_repeat) {
  ParagraphDedup dedup(10);
  Removal removed;
  EXPECT_EQ(dedup.keep_new("NAME\n\nNAME\n\nNAME", &removed), "NAME\n\nNAME\n\nNAME");
}

TEST(ParagraphDedup, length_counts_characters_not_bytes) {
  ParagraphDedup dedup(4);
  Removal removed;
  const std::string three = "\xC3\xA9\xC3\xA9\xC3\xA9";
  EXPECT_EQ(dedup.keep_new(three + "\n\n" + three, &removed), three + "\n\n" + three);
}

TEST(ParagraphDedup, heading_with_nothing_left_under_it_goes_too) {
  ParagraphDedup dedup(20);
  Removal removed;
  dedup.keep_new("Report bugs to the usual address.", &removed);
  EXPECT_EQ(dedup.keep_new("NAME\n\nls - list\n\nBUGS\n\nReport bugs to the usual address.\n\nSEE "
                           "ALSO\n\ncp(1), the other program\n\nNOTES\n\nReport bugs to the usual "
                           "address.",
                           &removed),
            "NAME\n\nls - list\n\nSEE ALSO\n\ncp(1), the other program");
}

TEST(ParagraphDedup, headings_above_kept_text_stay) {
  ParagraphDedup dedup(20);
  Removal removed;
  dedup.keep_new("Report bugs to the usual address.", &removed);
  EXPECT_EQ(dedup.keep_new("Part\n\nChapter\n\nReport bugs to the usual address.\n\nSomething that "
                           "is new here.",
                           &removed),
            "Part\n\nChapter\n\nSomething that is new here.");
}

TEST(Containment, other_line_width_of_the_same_words_is_contained) {
  Containment book;
  book.add(words(0, 300));
  book.add(words(300, 300));
  std::string chapter = words(310, 200);
  for (std::size_t i = 20; i < chapter.size(); i += 50) {
    const std::size_t space = chapter.find(' ', i);
    if (space != std::string::npos) chapter[space] = '\n';
  }
  EXPECT_GT(book.share_of(chapter), 0.99);
  EXPECT_LT(book.share_of(words(1000, 200)), 0.01);
  const double half = book.share_of(words(500, 200));
  EXPECT_GT(half, 0.3);
  EXPECT_LT(half, 0.7);
}

TEST(Containment, too_short_texts_are_contained_in_nothing) {
  Containment book;
  book.add(words(0, 300));
  EXPECT_EQ(book.share_of("word0 word1"), 0.0);
}

}  // namespace
}  // namespace lucie
