#include "corpus/readers/reader.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/stream.h"
#include "corpus/readers/source_file.h"

namespace lucie {
namespace {

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  TextWriter writer(path);
  writer.write(text);
  writer.commit();
}

fs::path fresh_dir(const std::string& name) {
  const fs::path dir = fs::path(testing::TempDir()) / ("readers_" + name);
  fs::remove_all(dir);
  fs::create_directories(dir);
  return dir;
}

struct Reading {
  std::vector<Document> documents;
  std::vector<SkippedFile> skipped;
};

Reading read(const std::string& yaml, const fs::path& data) {
  Reading reading;
  read_source(
      source_spec_from_json(parse_yaml(yaml, "recipe")), data,
      [&](Document&& document) { reading.documents.push_back(std::move(document)); },
      [&](const SkippedFile& file) { reading.skipped.push_back(file); });
  return reading;
}

constexpr const char* kGpl = "Format: x\n\nFiles: *\nLicense: GPL-2+\n";

void put_package(const fs::path& data, const std::string& name, const std::string& copyright) {
  put(data / "debian" / name / "DEBIAN/control", "Package: " + name + "\nVersion: 1:2.3-4\n");
  put(data / "debian" / name / "usr/share/doc" / name / "copyright", copyright);
}

TEST(DebianPackage, documents_carry_provenance_licence_language_and_page) {
  const fs::path data = fresh_dir("package");
  put_package(data, "manpages-fr", kGpl);
  const fs::path man = data / "debian/manpages-fr/usr/share/man/fr/man1";
  put(man / "ls.1.gz", ".TH LS 1\n.SH NOM\nls \\- lister\n");
  put(man / "dir.1", ".so man1/ls.1\n");
  fs::create_symlink("ls.1.gz", man / "vdir.1.gz");
  put(data / "debian/manpages-fr/usr/share/doc/manpages-fr/changelog.gz", "not a text");
  const Reading reading = read("{id: fr, reader: debian-package, package: manpages-fr}", data);
  ASSERT_EQ(reading.documents.size(), 1u);
  const Document& document = reading.documents[0];
  EXPECT_EQ(document.text, "NOM\n\nls - lister");
  EXPECT_EQ(document.url, "deb:manpages-fr@1:2.3-4/usr/share/man/fr/man1/ls.1.gz");
  EXPECT_EQ(document.licence, "GPL-2.0-or-later");
  EXPECT_EQ(document.evidence, "usr/share/doc/manpages-fr/copyright: Files: *");
  EXPECT_EQ(document.language, "fr");
  EXPECT_EQ(document.page, "man/ls.1");
  EXPECT_EQ(document.format, "man");
  EXPECT_EQ(document.title, "LS(1)");
  EXPECT_EQ(document.hash, text_hash(document.text));
  EXPECT_TRUE(document.id.starts_with("fr-"));
  ASSERT_EQ(reading.skipped.size(), 1u);
  EXPECT_EQ(reading.skipped[0].reason, "only a redirection to man1/ls.1");
}

TEST(DebianPackage, a_folder_of_papers_may_link_to_another_package) {
  const fs::path data = fresh_dir("linked");
  put_package(data, "libpython3.9-minimal", "License: X\n\nFiles: *\nLicense: PSF-2\n");
  put_package(data, "libpython3.9-stdlib", "");
  const fs::path doc = data / "debian/libpython3.9-stdlib/usr/share/doc/libpython3.9-stdlib";
  fs::remove_all(doc);
  fs::create_symlink("libpython3.9-minimal", doc);
  put(data / "debian/libpython3.9-stdlib/usr/lib/python3.9/abc.py", "import os  \n");
  put(data / "debian/libpython3.9-stdlib/usr/lib/python3.9/test/x.py", "import os\n");
  const Reading reading =
      read("{id: py, reader: debian-package, package: 'libpython3.*', language: code}", data);
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].licence, "PSF-2.0");
  EXPECT_EQ(reading.documents[0].language, "code");
  EXPECT_EQ(reading.documents[0].text, "import os");
  EXPECT_EQ(reading.skipped.size(), 1u);
}

TEST(DebianPackage, what_the_suite_lacks_is_reported_and_what_is_missing_is_an_error) {
  const fs::path data = fresh_dir("absent");
  put(data / "debian/absent.txt", "maint-guide-it\n");
  EXPECT_EQ(read("{id: a, reader: debian-package, package: maint-guide-it}", data).skipped.size(),
            1u);
  EXPECT_THROW(read("{id: a, reader: debian-package, package: maint-guide-fr}", data), Error);
  put(data / "debian/broken/DEBIAN/control", "Package: broken\n");
  EXPECT_THROW(read("{id: a, reader: debian-package, package: broken}", data), Error);
}

TEST(DebianPackage, without_a_copyright_file_nothing_is_asserted) {
  const fs::path data = fresh_dir("orphan");
  put_package(data, "orphan", "");
  put(data / "debian/orphan/usr/share/doc/orphan/html/ch1.en.html", "<p>text</p>");
  const Reading reading = read("{id: o, reader: debian-package, package: orphan}", data);
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].licence, "NOASSERTION");
  EXPECT_FALSE(reading.documents[0].evidence.empty());
}

TEST(DebianPackage, damaged_files_are_skipped_with_the_reason) {
  const fs::path data = fresh_dir("damaged");
  put_package(data, "damaged", kGpl);
  const fs::path man = data / "debian/damaged/usr/share/man/man1";
  write_file_atomic((fs::create_directories(man), man / "a.1.gz"), "\x1F\x8B\x08 not gzip");
  put(man / "b.1", ".TH B 1\n.de X\n.X\n..\n.X\n");
  put(man / "c.1", ".TH C 1\nfine\n");
  const Reading reading = read("{id: d, reader: debian-package, package: damaged}", data);
  EXPECT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.skipped.size(), 2u);
}

TEST(Aligned, sections_of_equal_structure_become_pairs) {
  const fs::path data = fresh_dir("aligned");
  put_package(data, "manpages", kGpl);
  put_package(data, "manpages-fr", "Format: x\n\nFiles: *\nLicense: GPL-3+\n");
  put(data / "debian/manpages/usr/share/man/man5/x.5",
      ".TH X 5\n.SH NAME\nx \\- file\n.SH TEXT\none\n.PP\ntwo\n.SH OTHER\nthree\n");
  put(data / "debian/manpages-fr/usr/share/man/fr/man5/x.5",
      ".TH X 5\n.SH NOM\nx \\- fichier\n.SH TEXTE\nun\n.SH AUTRE\ntrois\n");
  const Reading reading =
      read("{id: p, reader: aligned, package: manpages-fr, language: en-fr}", data);
  ASSERT_EQ(reading.documents.size(), 1u);
  const Document& pair = reading.documents[0];
  EXPECT_EQ(pair.text, "NAME\nNOM\n\nx - file\nx - fichier\n\nOTHER\nAUTRE\n\nthree\ntrois");
  EXPECT_EQ(pair.language, "en-fr");
  EXPECT_EQ(pair.page, "man/x.5");
  EXPECT_EQ(pair.licence, "GPL-2.0-or-later AND GPL-3.0-or-later");
  EXPECT_THROW(read("{id: p, reader: aligned, package: manpages-fr, language: fr}", data), Error);
}

TEST(Folder, texts_and_json_lines_take_the_declared_licence) {
  const fs::path data = fresh_dir("folder");
  put(data / "texts/b.txt", "Second\r\n");
  put(data / "texts/a.md", "# First\n");
  put(data / "texts/c.jsonl.gz", "{\"id\": \"1\", \"text\": \"Third\"}\n\n");
  put(data / "texts/picture.png", "no text");
  const Reading reading =
      read("{id: mine, reader: text, path: texts, licence: CC-BY-4.0, language: en}", data);
  ASSERT_EQ(reading.documents.size(), 3u);
  std::set<std::string> ids;
  const char* texts[] = {"# First", "Second", "Third"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(reading.documents[i].text, texts[i]);
    EXPECT_EQ(reading.documents[i].licence, "CC-BY-4.0");
    EXPECT_EQ(reading.documents[i].evidence, "declared in the recipe");
    EXPECT_EQ(reading.documents[i].language, "en");
    ids.insert(reading.documents[i].id);
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST(SourceSpec, wrong_entries_are_refused_with_a_hint) {
  const auto spec = [](const char* yaml) { return source_spec_from_json(parse_yaml(yaml, "r")); };
  try {
    spec("{id: a, reader: debian-pakage, package: x}");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("debian-package"), std::string::npos) << error.hint();
  }
  EXPECT_THROW(spec("{id: a, reader: debian-package}"), Error);
  EXPECT_THROW(spec("{id: a, reader: text}"), Error);
  EXPECT_THROW(spec("{id: a, reader: debian-package, package: ../../etc}"), Error);
}

TEST(PageKey, translations_forms_and_copies_share_a_key) {
  const auto key = [](const char* package, const char* path) {
    const std::string format = format_of(path);
    std::string language = language_in_path(path, format);
    if (language.empty()) language = package_language(package);
    if (language.empty()) language = "en";
    return page_key(package_family(package), path, format, language);
  };
  EXPECT_EQ(key("manpages", "usr/share/man/man1/ls.1.gz"), "man/ls.1");
  EXPECT_EQ(key("manpages-de", "usr/share/man/de/man1/ls.1.gz"), "man/ls.1");
  EXPECT_EQ(key("debian-faq", "usr/share/doc/debian/FAQ/kernel.en.html"),
            key("debian-faq-fr", "usr/share/doc/debian/FAQ/fr/kernel.fr.html"));
  EXPECT_EQ(key("maint-guide", "usr/share/doc/maint-guide/html/first.en.html"),
            key("maint-guide-es", "usr/share/doc/maint-guide-es/html/first.es.html"));
  EXPECT_EQ(key("libreoffice-help-en-us", "usr/share/libreoffice/help/en-US/text/x/1.html"),
            key("libreoffice-help-fr", "usr/share/libreoffice/help/fr/text/x/1.html"));
  EXPECT_EQ(key("debian-reference-en", "usr/share/debian-reference/debian-reference.en.txt.gz"),
            key("debian-reference-it", "usr/share/debian-reference/debian-reference.it.txt.gz"));
  EXPECT_NE(key("debian-reference-en", "usr/share/debian-reference/ch01.en.html"),
            key("debian-reference-en", "usr/share/debian-reference/ch02.en.html"));
}

TEST(PageText, no_break_spaces_and_code_are_tidied) {
  EXPECT_EQ(tidy_spaces(" a\xC2\xA0: \n b\xE2\x80\xAF!"), "a : b !");
  EXPECT_EQ(tidy_spaces("a \n b", true), "a\nb");
  EXPECT_EQ(tidy_code("\n\n  a \n\n\tb\r\n\n"), "  a\n\n\tb");
}

// The real packages, where they were fetched.
TEST(RealPackages, every_package_gives_documents_with_text_and_licence) {
  const fs::path data = fs::path(LUCIE_SOURCE_DIR) / "data";
  if (!fs::exists(data / "debian/manpages-fr/DEBIAN/control")) {
    GTEST_SKIP() << "no data/: run scripts/get-corpus.sh";
  }
  for (const char* package : {"manpages-fr", "debian-faq-it", "maint-guide-es"}) {
    const Reading reading =
        read("{id: s, reader: debian-package, package: " + std::string(package) + "}", data);
    EXPECT_GE(reading.documents.size(), 10u) << package;
    for (const Document& document : reading.documents) {
      EXPECT_FALSE(document.text.empty()) << document.url;
      EXPECT_NE(document.licence, "NOASSERTION") << document.url;
      EXPECT_EQ(document.language, package_language(package)) << document.url;
    }
  }
}

TEST(DebianPackage, a_source_names_packages_and_the_languages_to_read_of_them) {
  const fs::path data = fresh_dir("languages");
  for (const char* name : {"help-a", "help-b", "help-c"}) {
    put_package(data, name, kGpl);
    const fs::path help = data / "debian" / name / "usr/share/help";
    for (const char* locale : {"C", "fr", "pt_BR"}) {
      put(help / locale / "x/index.page", "<page><title>T</title><p>text</p></page>");
    }
  }
  const Reading reading = read(
      "{id: help, reader: debian-package, package: [help-a, \"*-c\"], languages: [en, fr]}", data);
  std::vector<std::string> seen;
  for (const Document& document : reading.documents) {
    seen.push_back(document.url.substr(4, 6) + " " + document.language + " " + document.page);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{
                      "help-a en help-a/help/x/index", "help-a fr help-a/help/x/index",
                      "help-c en help-c/help/x/index", "help-c fr help-c/help/x/index"}));
}

}  // namespace
}  // namespace lucie
