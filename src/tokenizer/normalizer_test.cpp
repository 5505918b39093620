#include "tokenizer/normalizer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "tokenizer/pattern.h"

namespace lucie {
namespace {

constexpr const char* kCharacters[] = {"\n",
                                       "\t",
                                       "(",
                                       "/",
                                       "'",
                                       "\xE2\x80\x99",
                                       "\xE2\x80\x94",
                                       "\"",
                                       " ",
                                       "\r",
                                       "a",
                                       "\xC3\xA9",
                                       "1",
                                       "_",
                                       "\xC2\xA0",
                                       "-",
                                       "\xCC\x81",
                                       "\xC2\xB2",
                                       "\xE2\x93\x90"};

std::string random_text(std::uint64_t seed) {
  Rng rng(seed, "text");
  std::string text;
  for (std::uint64_t i = rng.below(30); i > 0; --i) {
    text += kCharacters[rng.below(std::size(kCharacters))];
  }
  return text;
}

Json replace(const char* regex, const std::string& content) {
  Json rule = Json::object();
  rule["type"] = "Replace";
  rule["pattern"]["Regex"] = regex;
  rule["content"] = content;
  return rule;
}

TEST(Normalizer, the_single_scan_equals_the_rules_one_after_another) {
  const std::vector<std::pair<const char*, std::string>> rules = {
      {"[\\r\\x00]", ""},
      {"\\\n(?=[ \\w])", "\n "},
      {"\\((?=[ \\w])", "( "},
      {"/(?=[ \\w])", "/ "},
      {"'(?=[ \\w])", "' "},
      {"\xE2\x80\x99(?=[ \\w])", "\xE2\x80\x99 "},
      {"\"(?=[ \\w])", "\" "},
      {"\xE2\x80\x94(?=[ \\w])", "\xE2\x80\x94 "},
      {"[ \\u00A0]", "\xE2\x96\x81"},
      {"-", "\xE2\x96\x81-"},
      {"\xE2\x96\x81", "__"}};
  Json sequence = Json::object();
  sequence["type"] = "Sequence";
  for (const auto& [regex, content] : rules) {
    sequence["normalizers"].push_back(replace(regex, content));
  }
  const auto normalizer = make_normalizer(sequence, "test");
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::string text = random_text(seed);
    std::string expected = text;
    for (const auto& [regex, content] : rules) {
      expected = Pattern::from_regex(regex, "test").replace_all(expected, content);
    }
    std::string got = text;
    normalizer->apply(got);
    EXPECT_EQ(got, expected) << text;
  }
}

TEST(Normalizer, prepends_only_where_something_is_left) {
  const Json sequence = parse_json(
      R"({"type": "Sequence", "normalizers": [
          {"type": "Replace", "pattern": {"Regex": "[\\r]"}, "content": ""},
          {"type": "Prepend", "prepend": " "},
          {"type": "Replace", "pattern": {"String": " "}, "content": "_"}]})",
      "test");
  const auto normalizer = make_normalizer(sequence, "test");
  std::string empty = "\r\r", text = "\ra b";
  normalizer->apply(empty);
  normalizer->apply(text);
  EXPECT_EQ(empty, "");
  EXPECT_EQ(text, "_a_b");
}

TEST(Normalizer, composes_only_what_is_not_in_normal_form) {
  const auto nfc = make_normalizer(parse_json(R"({"type": "NFC"})", "test"), "test");
  const auto nfkd = make_normalizer(parse_json(R"({"type": "NFKD"})", "test"), "test");
  std::string text = "\xC3\xA9 e\xCC\x81 \xE2\x84\xA6 \xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8";
  nfc->apply(text);
  EXPECT_EQ(text, "\xC3\xA9 \xC3\xA9 \xCE\xA9 \xEA\xB0\x81");
  std::string ligature = "\xEF\xAC\x81\xC3\xA9";
  nfkd->apply(ligature);
  EXPECT_EQ(ligature, "fie\xCC\x81");
}

}  // namespace
}  // namespace lucie
