#include "corpus/readers/wikitext.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace lucie {
namespace {

std::string text_of(std::string_view wikitext) {
  return page_text(read_wikitext(wikitext, {"file", "category", "fichier"}));
}

TEST(Wikitext, links_become_their_labels) {
  EXPECT_EQ(text_of("a [[house]]s [[Town|city]] [[:Category:X]] [[fr:Maison]]"),
            "a houses city Category:X");
  EXPECT_EQ(text_of("a [[Fichier:x.png|thumb|A [[b]] c]] d [[Category:Y]]"), "a d");
  EXPECT_EQ(text_of("see [http://e.org the [[site]]] or [https://e.org] or http://e.org/x"),
            "see the site or or http://e.org/x");
}

TEST(Wikitext, templates_go_but_for_those_that_are_words) {
  EXPECT_EQ(text_of("a {{Infobox|x={{y|z}}|w=[[v|u]]}}b"), "a b");
  EXPECT_EQ(text_of("le {{lang|la|carpe ''diem''}}, {{nombre|12|km}}, {{s-|XIX|e}}"),
            "le carpe diem, 12 km, XIXe si\xC3\xA8\x63le");
  EXPECT_EQ(text_of("{{Nowrap|1={{formatnum:1234}}}} and {{lang-de|Haus}}{{!}}"), "1234 and Haus|");
  EXPECT_EQ(text_of("He said: {{quote|text=To be, or not.|author=W}} Then"),
            "He said:\n\nTo be, or not.\n\nThen");
  EXPECT_EQ(text_of("Lyon ({{IPA}}, {{x}}) is"), "Lyon is");
  EXPECT_EQ(text_of("{{{1|default}}}"), "default");
}

TEST(Wikitext, tables_references_and_comments_go) {
  EXPECT_EQ(text_of("a\n{| class=x\n|-\n| b || {{c|d}}\n{|\n| e\n|}\n|}\nf"), "a\n\nf");
  EXPECT_EQ(text_of("a<ref name=\"x\">b {{c}}</ref> d<ref name=x /><!-- e -->"), "a d");
  EXPECT_EQ(text_of("a <table><tr><td>b</td></tr></table> c"), "a c");
  EXPECT_EQ(text_of("__NOTOC__ a __b"), "a __b");
}

TEST(Wikitext, markup_of_letters_and_html) {
  EXPECT_EQ(text_of("''a'' '''b''' '''''c''''' d'e ''''f''''"), "a b c d'e 'f'");
  EXPECT_EQ(text_of("x<sup>2</sup> &nbsp;&lt;y&gt; &eacute; &#233;&bogus; <nowiki>[[z]]</nowiki>"),
            "x2 <y> \xC3\xA9 \xC3\xA9&bogus; [[z]]");
  EXPECT_EQ(text_of("a<br>b<br/>c < d <math>x_1^2</math>"), "a b c < d x_1^2");
}

TEST(Wikitext, headings_lists_and_code) {
  EXPECT_EQ(text_of("a\nb\n\nc\n== H ==\n* one\n** two\n# x\n# y\n: z\n=== Empty ===\n"
                    "== Next ==\nd"),
            "a b\n\nc\n\nH\n\n- one\n- two\n1. x\n2. y\n\nz\n\nNext\n\nd");
  EXPECT_EQ(text_of("a\n<syntaxhighlight lang=py>\nif x:\n  [[y]]\n</syntaxhighlight>\nb"),
            "a\n\nif x:\n  [[y]]\n\nb");
  EXPECT_EQ(text_of("a\n== Notes et r\xC3\xA9\x66\xC3\xA9rences ==\n* b\n=== c ===\nd\n== E ==\nf"),
            "a\n\nE\n\nf");
}

TEST(Wikitext, what_is_not_closed_stays_text) {
  EXPECT_EQ(text_of("a {{b c"), "a b c");
  EXPECT_EQ(text_of("a [[b c"), "a b c");
  EXPECT_EQ(text_of("a {{b [[c }} d"), "a d");
  EXPECT_EQ(text_of("a }} b ]] c"), "a b ]] c");
  EXPECT_EQ(text_of("a <ref> b <!-- c"), "a b c");
  EXPECT_EQ(text_of("a {| b\nc"), "a {| b c");
}

TEST(Wikitext, hostile_nesting_takes_linear_time) {
  for (const char* piece :
       {"{{", "[[", "{{{", "\n{|", "[http://x ", "<ref>", "<!--", "&", "'''''''", "((((", "<table>",
        "{{a|", "__A", "[[a|{{b|", "\n== x ==", "\n#"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_LE(text_of(text).size(), 2 * text.size()) << piece;
    for (const char* close : {"}}", "]]", "}}}", "|}", "</ref>", ")"}) {
      std::string both = text.substr(0, 100'000);
      while (both.size() < 200'000) both += close;
      EXPECT_LE(text_of(both).size(), 2 * both.size()) << piece << close;
    }
  }
}

}  // namespace
}  // namespace lucie
