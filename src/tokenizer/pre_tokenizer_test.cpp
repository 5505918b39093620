#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "tokenizer/pattern.h"
#include "tokenizer/word_scanner.h"

namespace lucie {
namespace {

std::vector<std::string> cut(const std::string& json, const std::string& text) {
  Pieces pieces{text, {{0, text.size()}}, true};
  PreTokenizer(parse_json(json, "test"), "test", true).apply(pieces);
  std::vector<std::string> out;
  for (const Span& span : pieces.spans) {
    out.push_back(pieces.text.substr(span.begin, span.end - span.begin));
  }
  return out;
}

std::vector<std::string> split(const std::string& behavior, bool invert = false) {
  return cut(R"({"type": "Split", "pattern": {"String": "-"}, "behavior": ")" + behavior +
                 R"(", "invert": )" + (invert ? "true}" : "false}"),
             "the-final--countdown");
}

using Strings = std::vector<std::string>;

// The examples of the reference library's documentation.
TEST(PreTokenizer, splits_in_five_ways) {
  EXPECT_EQ(split("Removed"), (Strings{"the", "final", "countdown"}));
  EXPECT_EQ(split("Isolated"), (Strings{"the", "-", "final", "-", "-", "countdown"}));
  EXPECT_EQ(split("MergedWithPrevious"), (Strings{"the-", "final-", "-", "countdown"}));
  EXPECT_EQ(split("MergedWithNext"), (Strings{"the", "-final", "-", "-countdown"}));
  EXPECT_EQ(split("Contiguous"), (Strings{"the", "-", "final", "--", "countdown"}));
  EXPECT_EQ(split("Removed", true), (Strings{"-", "-", "-"}));
}

TEST(PreTokenizer, knows_the_other_kinds) {
  EXPECT_EQ(cut(R"({"type": "Digits", "individual_digits": true})", "a12b"),
            (Strings{"a", "1", "2", "b"}));
  EXPECT_EQ(cut(R"({"type": "Digits", "individual_digits": false})", "a12b"),
            (Strings{"a", "12", "b"}));
  EXPECT_EQ(cut(R"({"type": "Punctuation", "behavior": "Contiguous"})", "a?!b"),
            (Strings{"a", "?!", "b"}));
  EXPECT_EQ(cut(R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"})", "a  b"),
            (Strings{"_a", "_", "_b"}));
  EXPECT_EQ(cut(R"({"type": "Whitespace"})", "a b?!"), (Strings{"a", "b", "?!"}));
  EXPECT_EQ(cut(R"({"type": "WhitespaceSplit"})", " a b? "), (Strings{"a", "b?"}));
  EXPECT_EQ(cut(R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"},
                    {"type": "Digits"}]})",
                "\xC3\xA9 1"),
            (Strings{"\xC4\xA0\xC3\x83\xC2\xA9", "\xC4\xA0", "1"}));
}

class Scanner : public testing::TestWithParam<std::string_view> {};

TEST_P(Scanner, cuts_as_the_regular_expression) {
  const std::string_view regex = GetParam();
  const WordScanner* const scanner = find_word_scanner(regex);
  ASSERT_NE(scanner, nullptr);
  const Pattern pattern = Pattern::from_regex(regex, "test");
  constexpr const char* kParts[] = {" ",
                                    "  ",
                                    "\n",
                                    "\r\n",
                                    "\t",
                                    "'",
                                    "'s",
                                    "'LL",
                                    "'Re",
                                    "a",
                                    "Z",
                                    "1",
                                    "2",
                                    "!",
                                    "?",
                                    "\xC2\xA0",
                                    "\xE2\x80\x83",
                                    "word",
                                    "\xE2\x80\x99",
                                    "\xC3\xA9",
                                    "\xC2\xB2",
                                    "\xE2\x80\x94",
                                    "'\xC5\xBF",
                                    "\xF0\x9F\x98\x80"};
  for (std::uint64_t round = 0; round < 20000; ++round) {
    Rng rng(3, "scan", round);
    std::string text;
    // Short texts are read a word at a time, long ones in blocks, here with long and short runs.
    const std::uint64_t parts = round % 2 == 0 ? 20 : 300, longest = round % 4 < 2 ? 1 : 5;
    for (std::uint64_t i = rng.below(parts); i > 0; --i) {
      const char* const part = kParts[rng.below(std::size(kParts))];
      for (std::uint64_t k = 1 + rng.below(longest); k > 0; --k) text += part;
    }
    std::vector<Span> words(1 + rng.below(200));
    // What is behind the text makes no difference.
    const std::string more = text + std::string(rng.below(70), "s 1'\n"[rng.below(5)]);
    std::size_t at = 0, next = 0, count = 0;
    pattern.for_each_match(text, [&](Span match) {
      ASSERT_EQ(match.begin, at);
      at += scanner->length(std::string_view(text).substr(at));
      ASSERT_EQ(match.end, at) << text;
      if (next == count) {
        count = scanner->cut(std::string_view(more).substr(0, text.size()), match.begin,
                             more.size() - text.size(), words);
        next = 0;
      }
      ASSERT_LT(next, count);
      ASSERT_EQ(words[next].begin, match.begin) << text;
      ASSERT_EQ(words[next++].end, match.end) << text;
    });
    ASSERT_EQ(at, text.size());
    ASSERT_EQ(next, count);
  }
}

INSTANTIATE_TEST_SUITE_P(WordScanner, Scanner, testing::Values(kGpt2Regex, kCl100kRegex));

TEST(Regex, what_pcre2_would_read_otherwise_is_refused_or_translated) {
  EXPECT_THROW(Regex("[a[b]]", "test"), Error);
  EXPECT_THROW(Regex("[a&&b]", "test"), Error);
  EXPECT_THROW(Regex("(", "test"), Error);
  EXPECT_EQ(Pattern::from_regex("\\u00e9|\\h", "test")
                .replace_all("x\xC3\xA9"
                             "F",
                             "-"),
            "x--");
  EXPECT_EQ(Pattern::from_regex("[^\\w]", "test").replace_all("a\xCC\x81!\xE2\x93\x90", "-"),
            "a\xCC\x81-\xE2\x93\x90");
  EXPECT_EQ(Pattern::from_regex("[]a]", "test").replace_all("a]b", "-"), "--b");
  EXPECT_EQ(Pattern::from_regex("x*", "test").replace_all("axb", "-"), "-a-b-");
}

}  // namespace
}  // namespace lucie
