#include "corpus/readers/wiki_reader.h"

#include <bzlib.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "corpus/readers/wiki_dump.h"

namespace lucie {
namespace {

using testing_base::Folder;

constexpr const char* kSite =
    R"(<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="fr">
  <siteinfo>
    <base>https://fr.wikipedia.org/wiki/Accueil</base>
    <namespaces>
      <namespace key="0" case="first-letter" />
      <namespace key="6" case="first-letter">Fichier</namespace>
    </namespaces>
  </siteinfo>
)";

std::string page_of(const std::string& title, const std::string& text,
                    const std::string& more = "") {
  return "  <page>\n    <title>" + title + "</title>\n    <ns>0</ns>\n    <id>12</id>\n" + more +
         "    <revision>\n      <id>34</id>\n      <timestamp>2024-01-02T03:04:05Z</timestamp>\n"
         "      <model>wikitext</model>\n      <text bytes=\"9\" xml:space=\"preserve\">" +
         text + "</text>\n    </revision>\n  </page>\n";
}

struct Reading {
  std::vector<Document> documents;
  std::vector<SkippedFile> skipped;
};

Reading read(const Folder& folder, const std::string& keys = "") {
  const std::string entry =
      "{id: w, reader: mediawiki, path: w.xml, licence: CC-BY-SA-4.0, terms: copyleft" + keys + "}";
  Reading reading;
  read_source(
      source_spec_from_json(parse_yaml(entry, "r")), folder.path(),
      [&](Document&& document) { reading.documents.push_back(std::move(document)); },
      [&](const SkippedFile& file) { reading.skipped.push_back(file); });
  return reading;
}

TEST(WikiReader, pages_with_their_provenance) {
  const Folder folder;
  write_file_atomic(
      folder / "w.xml",
      kSite +
          page_of("\xC3\x89t\xC3\xA9 &amp; hiver",
                  "L'\xC3\xA9t\xC3\xA9 &lt;ref&gt;x&lt;/ref&gt;\n[[Fichier:a.png]]et") +
          page_of("R", "#REDIRECT [[X]]", "    <redirect title=\"X\" />\n") +
          page_of("E", "{{x}}") + "</mediawiki>\n");
  const Reading reading = read(folder);
  ASSERT_EQ(reading.documents.size(), 1u);
  const Document& document = reading.documents[0];
  EXPECT_EQ(document.text, "L'\xC3\xA9t\xC3\xA9 et");
  EXPECT_EQ(document.title, "\xC3\x89t\xC3\xA9 & hiver");
  EXPECT_EQ(document.url, "https://fr.wikipedia.org/wiki/%C3%89t%C3%A9_%26_hiver");
  EXPECT_EQ(document.provenance, "w.xml page 12 revision 34");
  EXPECT_EQ(document.created, "2024-01-02");
  EXPECT_EQ(document.language, "fr");
  EXPECT_EQ(document.format, "wiki");
  ASSERT_EQ(reading.skipped.size(), 2u);
  EXPECT_EQ(reading.skipped[0].reason, "redirect");
  EXPECT_EQ(reading.skipped[1].reason, "no text");
  EXPECT_EQ(read(folder, ", namespaces: [4]").skipped[0].reason, "another namespace");
}

TEST(WikiReader, a_damaged_page_costs_itself_alone) {
  const Folder folder;
  const std::string good = page_of("G", "good");
  write_file_atomic(folder / "w.xml", kSite + good + "  <page>\n    <title></title>\n  </page>\n" +
                                          good + page_of("B", "\xFF\xFF") + good +
                                          page_of("L", std::string(5000, 'x')) +
                                          "  <page>\n    <title>cut");
  const Reading reading = read(folder);
  EXPECT_EQ(reading.documents.size(), 4u);
  ASSERT_EQ(reading.skipped.size(), 3u);
  for (const SkippedFile& part : reading.skipped) EXPECT_TRUE(part.damaged);
  EXPECT_EQ(reading.skipped[2].reason, "a page that is cut short");
  WikiDump dump(folder / "w.xml", 2000);
  int pages = 0, damaged = 0;
  for (WikiPage page;;) {
    try {
      if (!dump.next(&page)) break;
      ++pages;
    } catch (const Error&) {
      ++damaged;
    }
  }
  EXPECT_EQ(pages, 3);
  EXPECT_GE(damaged, 4) << "the page that is too large too";
}

// As the multistream dumps are: a stream of their own for the head and for every hundred pages.
TEST(WikiReader, streams_of_bzip2_of_which_one_is_damaged) {
  const Folder folder;
  std::string bytes;
  for (const std::string& part :
       {std::string(kSite), page_of("A", "a"), page_of("B", "b"), page_of("C", "c")}) {
    std::string text = part, out(part.size() + 700, '\0');
    auto size = static_cast<unsigned>(out.size());
    ASSERT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(),
                                       static_cast<unsigned>(text.size()), 9, 0, 0),
              BZ_OK);
    out.resize(size);
    if (part.find("<title>B") != part.npos) out[out.size() / 2] ^= 0x55;
    bytes += out;
  }
  write_file_atomic(folder / "w.xml", bytes);
  const Reading reading = read(folder);
  ASSERT_EQ(reading.documents.size(), 2u);
  EXPECT_EQ(reading.documents[1].text, "c");
  EXPECT_GE(reading.skipped.size(), 1u);
}

}  // namespace
}  // namespace lucie
