#include "corpus/fixture.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "base/stream.h"

namespace lucie {

namespace {

struct FixtureLanguage {
  std::string_view code, name;
  std::array<std::string_view, 10> subjects, objects;
  std::array<std::string_view, 8> verbs, adverbials;
  std::array<std::string_view, 5> headings;  // of man pages
  std::string_view notice, purpose, chapter;
};
#include "corpus/fixture_words.inc"

constexpr int kManPages = 36, kChapters = 5, kModules = 24;

void write_text(const fs::path& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) {
    fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), path.parent_path().string());
  }
  if (path.extension() == ".gz") {
    TextWriter writer(path);
    writer.write(text);
    writer.commit();
    return;
  }
  // Test data need not survive a power cut: flushing each of some 200 files takes seconds.
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) fail(ErrorCode::kIo, "cannot write", path.string());
}

// The same numbers for every language: sentence `index` of `purpose` is a translation.
struct Sentence {
  int subject, verb, object, adverbial, number;
};
Sentence draw_sentence(std::uint64_t seed, std::string_view page, std::uint64_t index) {
  Rng rng(seed, fmt::format("fixture/{}", page), index);
  Sentence sentence{};
  sentence.subject = static_cast<int>(rng.below(kNouns));
  sentence.verb = static_cast<int>(rng.below(kVerbs));
  sentence.object = static_cast<int>(rng.below(kNouns - 1));
  if (sentence.object >= sentence.subject) ++sentence.object;
  sentence.adverbial = static_cast<int>(rng.below(kAdverbials));
  sentence.number = static_cast<int>(rng.below(1000));
  return sentence;
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::string say(const FixtureLanguage& language, const Sentence& sentence) {
  const auto at = [](const auto& words, int i) { return words[static_cast<std::size_t>(i)]; };
  return capitalized(fmt::format("{} {} {} {} ({}).", at(language.subjects, sentence.subject),
                                 at(language.verbs, sentence.verb),
                                 at(language.objects, sentence.object),
                                 at(language.adverbials, sentence.adverbial), sentence.number));
}

class Pages {
 public:
  Pages(const FixtureLanguage& language, std::uint64_t seed) : language_(language), seed_(seed) {}

  std::string paragraph(std::string_view page, int number, int sentences) const {
    std::string text;
    for (int i = 0; i < sentences; ++i) {
      if (i > 0) text += ' ';
      text +=
          say(language_, draw_sentence(seed_, page, static_cast<std::uint64_t>(number * 100 + i)));
    }
    return text;
  }

  std::string man_page(const std::string& name) const {
    const auto& headings = language_.headings;
    std::string text = fmt::format(".\\\" {} page of the fixture\n.TH {} 1 \"2024\" \"Fixture\"\n",
                                   language_.name, name);
    text += fmt::format(".SH \"{}\"\n{} \\- {} {}\n", headings[0], name, language_.purpose, name);
    text += fmt::format(".SH \"{}\"\n\\fB{}\\fP [\\fI\\-v\\fP] [\\fI\\-\\-all\\fP] \\fIFILE\\fP\n",
                        headings[1], name);
    text += fmt::format(".SH \"{}\"\n{}\n.PP\n{}\n", headings[2], paragraph(name, 0, 4),
                        paragraph(name, 1, 3));
    text += fmt::format(".SH \"{}\"\n", headings[3]);
    for (const std::string_view option : {"\\-v", "\\-\\-all", "\\-\\-help"}) {
      text += fmt::format(".TP\n\\fB{}\\fP\n{}\n", option,
                          paragraph(name, 2 + static_cast<int>(option.size()), 1));
    }
    text += fmt::format(".SH \"{}\"\n{}\n", headings[4], language_.notice);
    return text;
  }

  std::string chapter_title(int chapter) const {
    return fmt::format(
        "{} {}. {}", language_.chapter, chapter + 1,
        capitalized(std::string(language_.subjects[static_cast<std::size_t>(chapter)])));
  }

  static std::string chapter_page(int chapter) { return fmt::format("guide-{}", chapter); }

  std::string html(int chapter) const {
    const std::string title = chapter_title(chapter), page = chapter_page(chapter);
    std::string text = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta "
        "charset=\"UTF-8\"/><title>{}</title></head>\n"
        "<body><div class=\"navheader\"><a href=\"index.html\">&lt;</a></div>\n<h1>{}</h1>\n",
        language_.code, title, title);
    for (int i = 0; i < 8; ++i) text += fmt::format("<p>{}</p>\n", paragraph(page, i, 3));
    return text + fmt::format("<p>{}</p>\n</body></html>\n", language_.notice);
  }

  // The whole guide as one plain text with lines of about 70 characters.
  std::string plain_text() const {
    std::string text;
    for (int chapter = 0; chapter < kChapters; ++chapter) {
      text += chapter_title(chapter) + "\n\n";
      for (int i = 0; i < 8; ++i) {
        text += wrapped(paragraph(chapter_page(chapter), i, 3)) + "\n\n";
      }
    }
    return text;
  }

 private:
  static std::string wrapped(std::string text) {
    std::size_t line = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == ' ' && i - line >= 70) {
        text[i] = '\n';
        line = i;
      }
    }
    return text;
  }

  const FixtureLanguage& language_;
  std::uint64_t seed_;
};

std::string command_name(std::uint64_t seed, int number) {
  constexpr std::string_view kSyllables[] = {"ka", "mo", "ri", "tu", "se", "lo", "ba", "ni"};
  Rng rng(seed, "fixture/name", static_cast<std::uint64_t>(number));
  std::string name;
  for (int i = 0; i < 3; ++i) name += kSyllables[rng.below(8)];
  return fmt::format("{}{}", name, number);
}

void write_control(const fs::path& package_dir, std::string_view licence, std::string_view body) {
  const std::string package = package_dir.filename().string();
  write_text(package_dir / "DEBIAN/control",
             fmt::format("Package: {}\nSource: {}\nVersion: 1.0-1\nArchitecture: all\n"
                         "Maintainer: Nobody <nobody@example.org>\n"
                         "Description: files made for tests\n",
                         package, package));
  if (licence.empty()) return;
  write_text(
      package_dir / "usr/share/doc" / package / "copyright",
      fmt::format("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
                  "Upstream-Name: fixture\n\nFiles: *\nCopyright: 2024 Nobody\n"
                  "License: {}\n {}\n",
                  licence, body));
}

void write_man_package(const fs::path& debian, const FixtureLanguage& language,
                       std::uint64_t seed) {
  const bool english = language.code == "en";
  const std::string package =
      english ? "fixture-man" : fmt::format("fixture-man-{}", language.code);
  const fs::path root = debian / package;
  write_control(root, "GPL-3+", "This is free software under the GNU GPL, version 3 or later.");
  const fs::path man = english ? root / "usr/share/man/man1"
                               : root / "usr/share/man" / std::string(language.code) / "man1";
  const Pages pages(language, seed);
  for (int i = 0; i < kManPages; ++i) {
    const std::string name = command_name(seed, i);
    write_text(man / (name + (i < 2 ? ".1.gz" : ".1")), pages.man_page(name));
  }
  // A copy under another name, and in French a page that nobody translated.
  write_text(man / "zzcopy.1", pages.man_page(command_name(seed, 0)));
  if (language.code == "fr") {
    write_text(man / "zzuntranslated.1", Pages(kLanguages[0], seed + 1).man_page("zzuntranslated"));
  }
}

void write_guide_package(const fs::path& debian, const FixtureLanguage& language,
                         std::uint64_t seed) {
  const std::string package =
      language.code == "en" ? "fixture-guide" : fmt::format("fixture-guide-{}", language.code);
  const fs::path root = debian / package;
  write_control(root, "GPL-2+", "This is free software under the GNU GPL, version 2 or later.");
  const Pages pages(language, seed);
  const fs::path doc = root / "usr/share/doc" / package;
  for (int chapter = 0; chapter < kChapters; ++chapter) {
    write_text(doc / "html" / fmt::format("ch{:02}.{}.html", chapter + 1, language.code),
               pages.html(chapter));
  }
  write_text(doc / fmt::format("guide.{}.txt.gz", language.code), pages.plain_text());
}

void write_code_package(const fs::path& debian, std::uint64_t seed) {
  const fs::path root = debian / "fixture-code";
  write_control(root, "PSF-2", "Python Software Foundation License Version 2");
  for (int module = 0; module < kModules; ++module) {
    const std::string name = command_name(seed, module);
    std::string text = fmt::format("\"\"\"Functions of {}.\"\"\"\n\nimport os\nimport sys\n", name);
    for (int i = 0; i < 6; ++i) {
      Rng rng(seed, "fixture/code", static_cast<std::uint64_t>(module * 100 + i));
      const std::uint64_t a = rng.below(90), b = rng.below(90);
      text += fmt::format(
          "\n\ndef {0}_{1}(values, limit={2}):\n"
          "    \"\"\"Returns what of values is below limit, plus {3}.\"\"\"\n"
          "    result = []\n    for value in values:\n        if value < limit:\n"
          "            result.append(value + {3})\n        else:\n"
          "            print(value, file=sys.stderr)\n    return result\n",
          name, i, a, b);
    }
    write_text(root / "usr/lib/python3" / (name + ".py"), text);
  }
}

void write_user_folder(const fs::path& dir, std::uint64_t seed) {
  const Pages pages(kLanguages[0], seed + 2);
  for (int i = 0; i < 4; ++i) {
    const std::string page = fmt::format("note{}", i);
    const char* suffix = i % 2 == 0 ? ".txt" : ".md";
    write_text(dir / (page + suffix),
               fmt::format("# Note {}\n\n{}\n\n{}\n", i, pages.paragraph(page, 0, 5),
                           pages.paragraph(page, 1, 5)));
  }
}

}  // namespace

void write_fixture_corpus(const fs::path& dir, std::uint64_t seed) {
  const fs::path debian = dir / "debian";
  for (const FixtureLanguage& language : kLanguages) {
    write_man_package(debian, language, seed);
    write_guide_package(debian, language, seed);
  }
  write_code_package(debian, seed);
  const fs::path orphan = debian / "fixture-orphan";
  write_control(orphan, "", "");
  write_text(orphan / "usr/share/doc/fixture-orphan/html/ch01.en.html",
             Pages(kLanguages[0], seed + 3).html(0));
  write_user_folder(dir / "texts", seed);
}

}  // namespace lucie
