#include "corpus/readers/web_page.h"

#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "corpus/readers/charset.h"

namespace lucie {
namespace {

const fs::path kGolden = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/web";

// How many different words "mainN" or "boilN" a text has.
int marks(const std::string& text, const std::string& kind) {
  std::set<std::string> found;
  for (std::size_t at = 0; (at = text.find(kind, at)) != std::string::npos; at += kind.size()) {
    const std::size_t end = text.find_first_not_of("0123456789", at + kind.size());
    if (end != at + kind.size()) found.insert(text.substr(at, end - at));
  }
  return static_cast<int>(found.size());
}

TEST(WebPage, keeps_main_text_and_drops_boilerplate_as_well_as_trafilatura) {
  int has_main = 0, has_boil = 0, main = 0, boil = 0, their_main = 0, their_boil = 0;
  const Json pages = read_json(kGolden / "pages.json");
  for (const Json& entry : pages.items()) {
    const std::string name = entry.at("page").as_string();
    const std::string html = read_file(kGolden / (name + ".html"));
    const std::string text = page_text(read_web_page(html, name).page.blocks);
    const auto all_main = entry.at("page_has").at("main").as_int();
    EXPECT_GE(marks(text, "main") * 100, all_main * 90) << name << ":\n" << text;
    has_main += static_cast<int>(all_main);
    has_boil += static_cast<int>(entry.at("page_has").at("boil").as_int());
    main += marks(text, "main");
    boil += marks(text, "boil");
    their_main += static_cast<int>(entry.at("trafilatura").at("main").as_int());
    their_boil += static_cast<int>(entry.at("trafilatura").at("boil").as_int());
  }
  RecordProperty("main", std::to_string(main) + " of " + std::to_string(has_main));
  RecordProperty("boilerplate", std::to_string(boil) + " of " + std::to_string(has_boil));
  EXPECT_GE(main, their_main);
  EXPECT_LE(boil, their_boil);
  EXPECT_GE(main * 100, has_main * 98);
  EXPECT_LE(boil * 100, has_boil * 2);
}

TEST(WebPage, a_page_of_links_has_no_main_text) {
  std::string body;
  for (int i = 0; i < 30; ++i) body += "<p><a href='/x'>One of many stories to read today</a></p>";
  EXPECT_TRUE(read_web_page("<html><body>" + body + "</body></html>", "t").page.blocks.empty());
}

TEST(WebPage, robots_of_the_head) {
  const auto page = [](const std::string& content) {
    return read_web_page("<html><head><META NAME=Robots content='" + content +
                             "'></head><body><p>x</p></body></html>",
                         "t");
  };
  EXPECT_TRUE(page("noindex, NoAI").no_ai);
  EXPECT_TRUE(page("noindex, NoAI").no_index);
  EXPECT_TRUE(page("none").no_index);
  EXPECT_FALSE(page("index, noaix").no_ai);
}

TEST(WebPage, text_of_scripts_without_spaces_counts_too) {
  std::string sentence;
  for (int i = 0; i < 60; ++i) sentence += "\xE5\x9B\xBE";
  const std::string html = "<html><body><p><a href='/'>Home</a></p><p>" + sentence + "</p><p>" +
                           sentence + "</p></body></html>";
  EXPECT_EQ(read_web_page(html, "t").page.blocks.size(), 2u);
}

TEST(WebPage, hostile_nesting_takes_linear_time) {
  std::string html = "<html><body>";
  for (int i = 0; i < 100'000; ++i) html += "<div class='sidebar'><ul><li><table><tr><td>";
  for (int i = 0; i < 100'000; ++i) html += "<p>word";
  EXPECT_NO_THROW(read_web_page(html, "t"));
}

TEST(Charset, header_before_meta_before_guess) {
  const std::string latin = "<meta charset='iso-8859-2'><p>\xB1\xE6</p>";
  EXPECT_EQ(html_charset(latin, ""), "iso-8859-2");
  EXPECT_EQ(html_charset(latin, "Windows-1250"), "windows-1250");
  EXPECT_EQ(html_charset("<script>charset='x'</script>", ""), "");
  EXPECT_EQ(html_to_utf8(latin, "").substr(30), "\xC4\x85\xC4\x87</p>");
  EXPECT_EQ(html_to_utf8("\x93\xE9\x94", "iso-8859-1"), "\xE2\x80\x9C\xC3\xA9\xE2\x80\x9D");
  EXPECT_EQ(html_to_utf8("\xC3\xA9", "iso-8859-1"), "\xC3\xA9") << "it is UTF-8 in truth";
  EXPECT_EQ(html_to_utf8("\xC9t\xE9", "no-such-charset"), "\xC3\x89t\xC3\xA9");
  EXPECT_EQ(html_to_utf8(std::string("\xFF\xFEh\0i\0", 6), ""), "hi");
}

TEST(Charset, what_an_encoding_does_not_have_is_replaced) {
  EXPECT_EQ(decode_charset("a\xFF\xFF"
                           "b",
                           "euc-jp"),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(decode_charset("ab", "../../etc/passwd"), std::nullopt);
  EXPECT_EQ(decode_charset("\x82\xA0\x82", "x-sjis"), "\xE3\x81\x82\xEF\xBF\xBD");
  EXPECT_EQ(decode_charset("x", ""), std::nullopt);
}

}  // namespace
}  // namespace lucie
