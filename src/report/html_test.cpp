#include "report/html.h"

#include <gtest/gtest.h>

#include "report/markdown.h"
#include "report/markup.h"
#include "report/markup_check.h"
#include "report/outline.h"
#include "report/shown.h"
#include "report/svg.h"

namespace lucie {

namespace {

constexpr const char* kHostile = "<script>alert('x')</script> & \"quotes\" \x01 \xFF |`*_[a](b)";

TEST(Markup, invalid_bytes_and_controls_become_replacement_characters) {
  EXPECT_EQ(markup("a\x01\xFF<"), "a\xEF\xBF\xBD\xEF\xBF\xBD&lt;");
  EXPECT_EQ(markup("tab\tline\n"), "tab\tline\n");
}

TEST(Markup, shortens_by_characters_and_not_by_bytes) {
  EXPECT_EQ(shorten("\xC3\xA9\xC3\xA9\xC3\xA9", 3), "\xC3\xA9\xC3\xA9\xC3\xA9");
  EXPECT_EQ(shorten("\xC3\xA9\xC3\xA9\xC3\xA9", 2), "\xC3\xA9\xE2\x80\xA6");
  EXPECT_EQ(shorten("abc", 0), "");
}

TEST(Markup, makes_one_line_of_many) {
  EXPECT_EQ(single_line(" a\n\n b\tc "), "a b c");
}

TEST(Shown, languages_and_pairs_have_names_and_regions_none) {
  EXPECT_EQ(language_name("fr"), "French");
  EXPECT_EQ(language_name("en-fr"), "English and French");
  EXPECT_EQ(language_name("pt-BR"), "pt-BR");
  EXPECT_EQ(language_name("oci"), "oci");
}

TEST(HtmlPage, everything_passed_in_is_escaped_and_the_page_is_well_formed) {
  HtmlPage page(kHostile, kHostile);
  page.heading(kHostile).subheading(kHostile).paragraph(kHostile).note(kHostile);
  page.list({kHostile}).tiles({{kHostile, kHostile}}).code(kHostile);
  page.table({{{kHostile}, {"n", true}}, {{kHostile, "1"}}}, kHostile);
  page.open_details(kHostile).paragraph(kHostile).close_details();
  page.heading("second").figure(render(LineChart{.title = kHostile}), kHostile);
  const std::string html = page.str();
  EXPECT_EQ(markup_problem(html), "");
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"n\">1</td>"), std::string::npos);
}

TEST(HtmlPage, sections_are_listed_in_the_contents) {
  HtmlPage page("t");
  page.heading("One").heading("Two");
  EXPECT_NE(page.str().find("<a href=\"#s2\">Two</a>"), std::string::npos);
  EXPECT_NE(page.str().find("<h2 id=\"s2\">Two</h2>"), std::string::npos);
}

TEST(Markdown, special_characters_are_escaped) {
  Markdown text;
  text.heading(2, "a\nb").paragraph(kHostile);
  text.table({{{"name"}, {"n", true}}, {{"x|y\nz", ""}}});
  EXPECT_NE(text.str().find("## a b\n"), std::string::npos);
  EXPECT_EQ(text.str().find("<script"), std::string::npos);
  EXPECT_NE(text.str().find("| x\\|y z | - |\n"), std::string::npos);
  EXPECT_NE(text.str().find("| --- | ---: |\n"), std::string::npos);
  EXPECT_EQ(markdown_escape("hidden_size and *bold*"), "hidden_size and \\*bold\\*");
}

TEST(Markdown, code_cannot_close_its_fence) {
  Markdown text;
  text.code("a\n```\n# not a heading");
  EXPECT_TRUE(text.str().starts_with("````\n"));
  EXPECT_TRUE(text.str().ends_with("\n````\n\n"));
}

TEST(Markdown, front_matter_reads_back_as_yaml) {
  Json values = Json::object();
  values["license"] = "apache-2.0";
  values["tags"] = Json(Json::Array{Json("a: b"), Json("lucie")});
  Markdown text;
  text.front_matter(values);
  const std::string yaml = text.str().substr(4, text.str().rfind("---") - 4);
  EXPECT_EQ(parse_yaml(yaml, "card"), values);
}

TEST(HtmlPage, a_cell_with_a_long_word_may_break_it_and_no_other) {
  HtmlPage page("title");
  const std::string hash(64, 'a');
  page.table({{{"file"}, {"hash"}}, {{"a name of several short words", hash}}});
  const std::string html = page.str();
  EXPECT_NE(html.find("<td>a name"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"w\">" + hash), std::string::npos);
  std::string greek;
  for (int i = 0; i < 15; ++i) greek += "\xCE\xB1";
  HtmlPage other("title");
  other.table({{{hash}}, {{greek}}});
  EXPECT_EQ(other.str().find("class=\"w\""), std::string::npos) << "15 letters, and no cell";
}

TEST(Outline, says_the_same_in_markdown_and_on_a_page) {
  Outline part, whole;
  part.subheading("part").note("beware").code("lucie verify .", "sh");
  whole.heading("first").paragraph("words").list({"item"}).table({{{"column"}}, {{"cell"}}},
                                                                 "title");
  part.add_to(&whole);
  whole.folded("more", Table{{{"folded column"}}, {{"folded cell"}}});
  whole.folded("findings", std::vector<std::string>{"finding"});
  whole.links({{"a page beside", "other.html"}}).figure("<svg>drawn</svg>", "caption");
  Markdown text;
  whole.add_to(&text);
  HtmlPage page("title");
  whole.add_to(&page);
  const std::string html = page.str();
  for (const char* words :
       {"first", "words", "item", "column", "cell", "title", "part", "beware", "lucie verify .",
        "more", "folded column", "folded cell", "findings", "finding", "a page beside"}) {
    EXPECT_NE(text.str().find(words), std::string::npos) << words;
    EXPECT_NE(html.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(markup_problem(html), "");
  EXPECT_EQ(text.str().find("svg"), std::string::npos);
  EXPECT_NE(html.find("<svg>drawn</svg>"), std::string::npos);
  EXPECT_NE(html.find("<a href=\"other.html\">"), std::string::npos);
  EXPECT_LT(text.str().find("## first"), text.str().find("### part"));
}

TEST(HtmlPage, links_and_tiles_are_escaped) {
  HtmlPage page("title");
  page.links({{kHostile, kHostile}}).tiles({{kHostile, kHostile, Tone::kGood}});
  EXPECT_EQ(markup_problem(page.str()), "");
  EXPECT_NE(page.str().find("class=\"tile good\""), std::string::npos);
  EXPECT_EQ(page.str().find("<script"), std::string::npos);
}

}  // namespace

}  // namespace lucie
