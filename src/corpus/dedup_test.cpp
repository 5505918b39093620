#include "corpus/dedup.h"

#include <gtest/gtest.h>

#include "base/rng.h"

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

TEST(NormalizedHash, is_that_of_the_text_with_single_spaces) {
  const std::string bytes = " \t\n\v\f\r \x08\x0E\x1F!a\x7F\x89\x8D\xA0\xC3\xFF";
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Rng rng(5, "white", i);
    std::string text, simple;
    const std::uint64_t white = 1 + rng.below(16);  // of 16 bytes, at most so many
    for (std::uint64_t left = rng.below(70); left > 0; --left) {
      text += rng.below(16) < white ? bytes[rng.below(bytes.size())] : 'x';
    }
    for (const char c : text) {
      const bool space = c == ' ' || (c >= '\t' && c <= '\r');
      if (!space) simple += c;
      if (space && !simple.empty() && simple.back() != ' ') simple += ' ';
    }
    if (simple.ends_with(' ')) simple.pop_back();
    ASSERT_EQ(normalized_hash(text), hash128(simple)) << "text " << i;
  }
}

TEST(Paragraphs, length_is_counted_in_characters_without_the_white_space_around) {
  const auto count = [](const std::string& text, std::uint64_t min_characters) {
    int paragraphs = 0;
    for_each_paragraph(text, min_characters, [&](const Hash128&, std::uint32_t) { ++paragraphs; });
    return paragraphs;
  };
  const std::string smile = "\xF0\x9F\x98\x80";
  for (const auto& [text, characters] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"abcdefgh", 8}, {smile + smile, 2}, {"  ab  ", 2}, {smile + "a", 2}}) {
    EXPECT_EQ(count(text, characters), 1) << text;
    EXPECT_EQ(count(text, characters + 1), 0) << text;
  }
}

// Paragraphs of a text that stand in `before`, or earlier in the text itself, taken out.
std::string without_known(const std::string& before, const std::string& text,
                          std::uint64_t min_characters, Removal* removed) {
  HashSet seen;
  for_each_paragraph(before, min_characters,
                     [&](const Hash128& hash, std::uint32_t) { seen.insert(hash); });
  std::vector<std::uint32_t> numbers;
  for_each_paragraph(text, min_characters, [&](const Hash128& hash, std::uint32_t number) {
    if (!seen.insert(hash).second) numbers.push_back(number);
  });
  return without_paragraphs(text, numbers, min_characters, removed);
}

TEST(Paragraphs, line_width_does_not_matter) {
  Removal removed;
  const std::string notice = "This notice stands on every page.";
  EXPECT_EQ(
      without_known(notice, "Title\n\nThis notice\nstands on every page.\n\nSecond page of all.",
                    10, &removed),
      "Title\n\nSecond page of all.");
  EXPECT_EQ(removed.units, 1u);
  EXPECT_EQ(removed.bytes, notice.size());
}

TEST(Paragraphs, without_none_is_the_text) {
  Removal removed;
  const std::string text = "Title\n\n\nFirst page of all.\n\nNext";
  EXPECT_EQ(without_paragraphs(text, {}, 10, &removed), text);
  EXPECT_EQ(removed.units, 0u);
}

TEST(Paragraphs, repetition_within_a_document_goes_too) {
  Removal removed;
  EXPECT_EQ(without_known("", "Said more than once.\n\n\nSaid more than once.", 10, &removed),
            "Said more than once.");
}

TEST(Paragraphs, short_ones_may_repeat) {
  Removal removed;
  EXPECT_EQ(without_known("NAME", "NAME\n\nNAME\n\nNAME", 10, &removed), "NAME\n\nNAME\n\nNAME");
}

TEST(Paragraphs, length_counts_characters_not_bytes) {
  Removal removed;
  const std::string three = "\xC3\xA9\xC3\xA9\xC3\xA9";
  EXPECT_EQ(without_known(three, three + "\n\n" + three, 4, &removed), three + "\n\n" + three);
  EXPECT_EQ(without_known(three, three + "\n\nx", 3, &removed), "x");
}

TEST(Paragraphs, heading_with_nothing_left_under_it_goes_too) {
  Removal removed;
  const std::string bugs = "Report bugs to the usual address.";
  EXPECT_EQ(without_known(bugs,
                          "NAME\n\nls - list\n\nBUGS\n\n" + bugs +
                              "\n\nSEE ALSO\n\ncp(1), the other program\n\nNOTES\n\n" + bugs,
                          20, &removed),
            "NAME\n\nls - list\n\nSEE ALSO\n\ncp(1), the other program");
}

TEST(Paragraphs, headings_above_kept_text_stay) {
  Removal removed;
  const std::string bugs = "Report bugs to the usual address.";
  EXPECT_EQ(without_known(bugs, "Part\n\nChapter\n\n" + bugs + "\n\nSomething that is new here.",
                          20, &removed),
            "Part\n\nChapter\n\nSomething that is new here.");
}

// With the hashes looked at in three rounds, as when they have not room at once.
double share_in_rounds(const std::vector<std::string>& pages, const std::string& text) {
  Containment::Share share;
  for (std::uint32_t round = 0; round < 3; ++round) {
    Containment book(round, 3);
    for (const std::string& page : pages) book.add(page);
    book.count(text, &share);
  }
  return share.all == 0 ? 0 : static_cast<double>(share.found) / static_cast<double>(share.all);
}

double share_at_once(const std::vector<std::string>& pages, const std::string& text) {
  Containment::Share share;
  Containment book;
  for (const std::string& page : pages) book.add(page);
  book.count(text, &share);
  return share.all == 0 ? 0 : static_cast<double>(share.found) / static_cast<double>(share.all);
}

TEST(Containment, other_line_width_of_the_same_words_is_contained) {
  const std::vector<std::string> book{words(0, 300), words(300, 300)};
  std::string chapter = words(310, 200);
  for (std::size_t i = 20; i < chapter.size(); i += 50) {
    const std::size_t space = chapter.find(' ', i);
    if (space != std::string::npos) chapter[space] = '\n';
  }
  EXPECT_GT(share_at_once(book, chapter), 0.99);
  EXPECT_LT(share_at_once(book, words(1000, 200)), 0.01);
  const double half = share_at_once(book, words(500, 200));
  EXPECT_GT(half, 0.3);
  EXPECT_LT(half, 0.7);
  EXPECT_EQ(share_in_rounds(book, words(500, 200)), half);
}

TEST(Containment, too_short_texts_are_contained_in_nothing) {
  EXPECT_EQ(share_at_once({words(0, 300)}, "word0 word1"), 0.0);
}

}  // namespace
}  // namespace lucie
