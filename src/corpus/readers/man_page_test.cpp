#include "corpus/readers/man_page.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

std::string text_of(const std::string& roff) {
  return page_text(read_man_page(".TH T 1\n" + roff, "t").page.blocks);
}

std::string mdoc_text_of(const std::string& roff) {
  return page_text(read_man_page(".Dd today\n.Dt T 1\n" + roff, "t").page.blocks);
}

TEST(ManPage, title_and_headings) {
  const ManPage page = read_man_page(".TH LS 1 \"a date\"\n.SH NAME\nls \\- list\n", "t");
  EXPECT_EQ(page.page.title, "LS(1)");
  EXPECT_EQ(page_text(page.page.blocks), "NAME\n\nls - list");
}

TEST(ManPage, paragraphs_stand_on_one_line) {
  EXPECT_EQ(text_of("one\ntwo\n.PP\nthree\n\nfour\n"), "one two\n\nthree\n\nfour");
}

TEST(ManPage, font_macros_join_as_they_print) {
  EXPECT_EQ(text_of("see\n.BR ls (1),\n.I a b\nand\n.B\nc\nd\n"), "see ls(1), a b and c d");
  EXPECT_EQ(text_of(".BI \\-f \" file\"\n"), "-f file");
}

TEST(ManPage, tags_stand_above_their_descriptions) {
  EXPECT_EQ(text_of(".TP\n.B \\-a\nall\nof it\n.TP\n.B \\-b\n.TQ\n.B \\-c\nmore\n"),
            "-a\nall of it\n\n-b\n-c\nmore");
  EXPECT_EQ(text_of(".PP\n\\fB\\-x\\fR\n.RS 4\nnear\n.RE\n"), "-x\nnear");
  EXPECT_EQ(text_of(".HP\n\\-y\n.IP\nfar\n"), "-y\nfar");
}

TEST(ManPage, a_sentence_before_an_indent_is_no_tag) {
  EXPECT_EQ(text_of("As follows:\n.RS\ndeep\n.RE\n"), "As follows:\n\ndeep");
}

TEST(ManPage, bullets_and_numbers_make_lists) {
  EXPECT_EQ(text_of(".IP \\(bu 2\none\n.IP \\(bu\ntwo\n.IP 3.\nthree\n"), "- one\n- two\n3. three");
  EXPECT_EQ(
      text_of(".sp\n.RS 4\n.ie n \\{\\\n\\h'-04'\\(bu\\h'+03'\\c\n.\\}\n.el \\{\\\n.IP \\(bu\n"
              ".\\}\nmark\n.RE\n"),
      "- mark");
}

TEST(ManPage, displays_keep_their_lines) {
  EXPECT_EQ(text_of("before\n.nf\n  a  b\n\n\\fBc\\fP\n.fi\nafter\n"),
            "before\n\n  a  b\n\nc\n\nafter");
}

TEST(ManPage, escapes_print_what_they_stand_for) {
  EXPECT_EQ(text_of("\\[u00E9]\\(:a\\['e]\\e\\(aqx\\(aq \\&.\\s-1Y\\s0\\h'1n'z\\[u0065_0301]\n"),
            "\xC3\xA9\xC3\xA4\xC3\xA9\\'x' .Yze\xCC\x81");
  EXPECT_EQ(text_of("a\\ b\\~c \\f(CWd\\fP\\f[B]e\\fR \\\" gone\n"), "a b c de");
  EXPECT_EQ(text_of("joined\\c\nword\n"), "joinedword");
}

TEST(ManPage, strings_and_conditions) {
  EXPECT_EQ(text_of(".ds X y\n.ie \\n(.g .ds Aq \\(aq\n.el .ds Aq no\nit\\*(Aqs \\*X\n"), "it's y");
  EXPECT_EQ(text_of(".if t \\{\\\ntypeset\n.\\}\n.if n terminal\n"), "terminal");
  EXPECT_EQ(text_of(".nr a 3\n.ie (\\na>2)&(\\na<4) yes\n.el no\n"), "yes");
  EXPECT_EQ(text_of(".if 'a'b' same\n.if !'a'b' other\n"), "other");
}

TEST(ManPage, macros_of_the_page_are_expanded) {
  EXPECT_EQ(text_of(".de XX\n.B \\\\$1\nis \\\\$2\n..\n.XX one \"two three\"\n"),
            "one is two three");
}

TEST(ManPage, links_keep_their_address) {
  EXPECT_EQ(text_of("at\n.UR http://x.org\nhome\n.UE .\n"), "at home <http://x.org>.");
  EXPECT_EQ(text_of(".URL http://x.org home ,\n"), "home <http://x.org>,");
}

TEST(ManPage, tables_become_rows) {
  EXPECT_EQ(
      text_of(".TS\ntab(:) allbox;\nlb l\nl l.\nName:Use\n_\na\\-b:T{\nlong\ntext\nT}\n.TE\n"),
      "Name | Use\na-b | long text");
}

TEST(ManPage, sections_about_the_page_itself_are_left_out) {
  EXPECT_EQ(text_of(".SH A\ntext\n.SH TRADUCTION\nmerci\n.SH COLOPHON\nrelease\n.SH EMPTY\n"),
            "A\n\ntext");
}

TEST(ManPage, a_redirection_is_told) {
  const ManPage page = read_man_page(".so man1/gzip.1\n", "t");
  EXPECT_EQ(page.redirect, "man1/gzip.1");
  EXPECT_TRUE(page.page.blocks.empty());
}

TEST(ManPage, other_encodings_become_utf8) {
  EXPECT_EQ(text_of("caf\xE9\n"), "caf\xC3\xA9");
  EXPECT_EQ(page_text(read_man_page("'\\\" -*- coding: ISO-8859-15 -*-\n\xA4\n", "t").page.blocks),
            "\xE2\x82\xAC");
}

TEST(ManPage, mdoc_names_flags_and_punctuation) {
  EXPECT_EQ(mdoc_text_of(".Sh NAME\n.Nm foo\n.Nd does it\n.Sh DESCRIPTION\nThe\n.Nm\ntool reads\n"
                         ".Ar file ,\nwith\n.Op Fl a Ns Cm x | Fl v .\nSee\n.Xr ls 1 .\n"),
            "NAME\n\nfoo - does it\n\nDESCRIPTION\n\nThe foo tool reads file, with [-ax | -v]. See "
            "ls(1).");
}

TEST(ManPage, mdoc_lists_and_displays) {
  EXPECT_EQ(
      mdoc_text_of(".Bl -tag -width x\n.It Fl a , Fl Fl all\nfirst\n.It Xo\n.Ar b\n.Xc\nsecond\n"
                   ".El\n.Bl -bullet\n.It\nthird\n.El\n.Bd -literal\nx  y\n.Ed\n"),
      "-a, --all\nfirst\n\nb\nsecond\n\n- third\n\nx  y");
  EXPECT_EQ(mdoc_text_of("a\n.Dq quoted Li code ,\n.Pq in Oo maybe Oc\n"),
            "a \xE2\x80\x9Cquoted code\xE2\x80\x9D, (in [maybe])");
}

TEST(ManPage, endless_macros_are_an_error) {
  for (const char* page : {".de A\n.A\n..\n.A\n", ".de A\n.B\n.A\n.A\n..\n.A\n",
                           ".ds a \\*b\n.ds b \\*a\n\\*a\n.de L\nx\n.L\n.L\n..\n.L\n"}) {
    EXPECT_THROW(text_of(page), Error) << page;
  }
}

TEST(ManPage, any_cut_and_any_changed_byte_is_read_or_refused) {
  const std::string whole =
      ".TH X 1\n.ie \\n(.g \\{\\\n.ds a \\(bu\n.\\}\n.el \\{\\\n.ds a b\n.\\}\n.de M\n.B "
      "\\\\$1\n..\n"
      ".M \"q r\"\n.TS\ntab(;);\nl l.\na;T{\nb\nT}\n.TE\n.nr x (3+\\w'a')*2\n\\s+2\\f(CWz\\h'1'\n";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char* put : {"\\", "'", ".", "\xFF", "\n", "{", "("}) {
      std::string changed = whole;
      changed.replace(i, 1, put);
      for (const std::string& page : {whole.substr(0, i), changed}) {
        try {
          EXPECT_TRUE(is_valid_utf8(page_text(read_man_page(page, "t").page.blocks)));
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
        }
      }
    }
  }
}

}  // namespace
}  // namespace lucie
