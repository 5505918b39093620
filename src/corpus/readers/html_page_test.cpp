#include "corpus/readers/html_page.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

std::string text_of(const std::string& body) {
  return page_text(read_html_page("<html><body>" + body + "</body></html>", "t").blocks);
}

TEST(HtmlPage, title_comes_from_the_head_or_the_first_heading) {
  EXPECT_EQ(read_html_page("<html><head><title>A &amp; B</title></head><h1>C</h1>", "t").title,
            "A & B");
  EXPECT_EQ(read_html_page("<html><body><h1>C</h1></body></html>", "t").title, "C");
}

TEST(HtmlPage, blocks_become_paragraphs) {
  EXPECT_EQ(text_of("<h2>Head</h2><p>one <b>two</b>\n three&nbsp;!</p><div>four</div>"),
            "Head\n\none two three !\n\nfour");
}

TEST(HtmlPage, lists_and_code) {
  EXPECT_EQ(text_of("<ul><li><p>a</p><p>more</p></li><li>b</li></ul><ol><li>c<li>d</ol>"),
            "- a\n\nmore\n\n- b\n1. c\n2. d");
  EXPECT_EQ(text_of("<pre>  x\n\n  y &lt; z  \n</pre>"), "  x\n\n  y < z");
}

TEST(HtmlPage, tables_become_rows_unless_they_are_layout) {
  EXPECT_EQ(
      text_of("<table><tr><th>a</th><th>b</th></tr><tr><td><p>c</p></td><td>d</td></tr></table>"),
      "a | b\nc | d");
  EXPECT_EQ(text_of("<table><tr><td></td><td><h3>x</h3><p>y</p></td></tr></table>"), "x\n\ny");
  EXPECT_EQ(
      text_of("<table><tr><td>vim</td><td>V:17, I:88</td><td>374</td><td>editor</td></tr></table>"),
      "vim | editor");
}

TEST(HtmlPage, what_is_not_text_is_left_out) {
  EXPECT_EQ(text_of("<script>x</script><nav>n</nav><header>h</header><div class='toc'>t</div>"
                    "<div class='a navfooter'>f</div><p>kept</p><footer>f</footer>"),
            "kept");
  EXPECT_EQ(text_of("<ul><li><a href=1>a</a><li><a href=2>b</a><li><a href=3>c</a>"
                    "<li><a href=4>d</a></ul><p>kept</p>"),
            "kept");
}

TEST(HtmlPage, of_the_variants_of_a_word_one_is_shown) {
  EXPECT_EQ(text_of("<p>press <span class='switchinline'><span id='MACx' class='MAC'>Cmd</span>"
                    "<span id='defaultx'>Ctrl</span></span>+A</p>"),
            "press Ctrl+A");
}

TEST(HtmlPage, encodings_are_told_by_the_page_or_the_bytes) {
  EXPECT_EQ(page_text(read_html_page("<p>caf\xC3\xA9</p>", "t").blocks), "caf\xC3\xA9");
  EXPECT_EQ(page_text(read_html_page("<meta charset='iso-8859-1'><p>caf\xE9</p>", "t").blocks),
            "caf\xC3\xA9");
}

TEST(HtmlPage, nothing_is_an_error_and_deep_nesting_is_not) {
  EXPECT_THROW(read_html_page("", "t"), Error);
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "<div>";
  EXPECT_NO_THROW(text_of("<p>top</p>" + deep + "bottom"));
}

TEST(HtmlPage, nothing_is_printed_about_a_broken_encoding) {
  testing::internal::CaptureStderr();
  const std::string page = "<html><head><meta charset='EUC-JP'></head><p>x\xFF\xFF\xFFy</p></html>";
  EXPECT_NO_THROW(read_html_page(page, "t"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(HtmlPage, any_cut_is_read_or_refused) {
  const std::string whole =
      "<html><title>t</title><table><tr><td>a<td>b&eacute;&#x20ac;</table><ul><li>x<pre>\n</ul>";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      EXPECT_TRUE(is_valid_utf8(page_text(read_html_page(whole.substr(0, size), "t").blocks)));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace lucie
