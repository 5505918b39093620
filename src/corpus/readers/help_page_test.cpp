#include "corpus/readers/help_page.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace lucie {
namespace {

std::string text_of(const std::string& xml) {
  return page_text(read_help_page(xml, "t").blocks);
}

TEST(HelpPage, mallard_gives_title_paragraphs_steps_and_listings) {
  const std::string page =
      "<page xmlns='http://projectmallard.org/1.0/' id='x'>"
      "<info><desc>not text</desc><credit><name>N</name></credit></info>"
      "<title>Chercher</title><p>Un <gui>menu</gui>\n long.</p>"
      "<steps><title>Pour chercher</title><item><p>Ouvrez.</p></item><item><p>Tapez.</p></item>"
      "</steps><code>ls  -l\n\n  x</code><links type='section'><title>Voir</title></links></page>";
  EXPECT_EQ(text_of(page),
            "Chercher\n\nUn menu long.\n\nPour chercher\n\n1. Ouvrez.\n2. Tapez.\n\nls  -l\n\n  x");
  EXPECT_EQ(read_help_page(page, "t").title, "Chercher");
}

TEST(HelpPage, docbook_gives_sections_lists_terms_and_rows) {
  EXPECT_EQ(text_of("<article><articleinfo><title>T</title><para>gone</para></articleinfo>"
                    "<sect1><title>One<indexterm><primary>no</primary></indexterm></title>"
                    "<para>A <emphasis>b</emphasis></para>"
                    "<itemizedlist><listitem><para>i</para></listitem><listitem><para>j</para>"
                    "</listitem></itemizedlist><variablelist><varlistentry><term>-a</term>"
                    "<listitem><para>all</para></listitem></varlistentry></variablelist>"
                    "<informaltable><tgroup><tbody><row><entry>x</entry><entry><para>y</para>"
                    "</entry></row></tbody></tgroup></informaltable></sect1></article>"),
            "One\n\nA b\n\n- i\n- j\n\n-a\n\n- all\nx | y");
  EXPECT_EQ(read_help_page("<article><articleinfo><title>T</title></articleinfo>"
                           "<para>a</para></article>",
                           "t")
                .title,
            "T");
}

TEST(HelpPage, entities_of_the_file_are_used_and_others_named) {
  EXPECT_EQ(
      text_of("<!DOCTYPE article SYSTEM 'x.dtd' [<!ENTITY app \"Paint\">]><article><para>&app; and "
              "&Linux;</para></article>"),
      "Paint and Linux");
}

TEST(HelpPage, nothing_outside_the_file_is_read) {
  EXPECT_EQ(text_of("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
                    "<a><para>[&x;]</para></a>"),
            "[x]");
}

TEST(HelpPage, broken_xml_is_read_up_to_the_break) {
  EXPECT_EQ(text_of("<article><para>kept</para><para>half"), "kept\n\nhalf");
  EXPECT_THROW(read_help_page("no markup", "t"), Error);
  EXPECT_THROW(read_help_page("", "t"), Error);
}

TEST(HelpPage, nothing_is_printed_about_a_broken_encoding) {
  testing::internal::CaptureStderr();
  const std::string text =
      text_of("<?xml version='1.0' encoding='EUC-JP'?><a><p>x\xFF\xFF\xFFy</p></a>");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(text.starts_with("x")) << text;
}

TEST(HelpPage, deep_nesting_is_cut) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<note>";
  EXPECT_NO_THROW(read_help_page("<article><para>a</para>" + deep, "t"));
}

}  // namespace
}  // namespace lucie
