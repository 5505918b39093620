#include "corpus/document.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

Document sample() {
  Document document;
  document.id = "manpages-fr:1f";
  document.text = "NOM\n\nls \xE2\x80\x94 \"lister\"\t\\ \x01\n";
  document.source = "manpages-fr";
  document.licence = "GPL-3.0-or-later";
  document.evidence = "usr/share/doc/manpages-fr/copyright: Files: *";
  document.language = "fr";
  document.url = "deb:manpages-fr@4.18.1-1/usr/share/man/fr/man1/ls.1.gz";
  document.added = "2026-01-02";
  document.created = "2023-05-06";
  document.page = "manpages/man1/ls.1";
  document.format = "man";
  document.title = "ls";
  document.rights_holder = "Somebody";
  document.hash = text_hash(document.text);
  return document;
}

ErrorCode code_of(std::string_view line) {
  try {
    document_from_json(parse_json(line, "part.jsonl:7"), "part.jsonl:7");
  } catch (const Error& error) {
    EXPECT_NE(error.place().find("part.jsonl:7"), std::string::npos) << error.place();
    return error.code();
  }
  ADD_FAILURE() << "accepted: " << line;
  return ErrorCode::kInternal;
}

TEST(Document, json_line_round_trips_every_field) {
  const Document original = sample();
  const std::string line = to_json_line(original);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Document read = document_from_json(parse_json(line, "x:1"), "x:1");
  EXPECT_EQ(to_json_line(read), line);
  EXPECT_EQ(read.text, original.text);
  EXPECT_EQ(read.licence, original.licence);
  EXPECT_EQ(read.page, original.page);
}

TEST(Document, line_has_the_layout_of_dolma) {
  const Json line = parse_json(to_json_line(sample()), "line");
  for (const char* key : {"id", "text", "source", "added", "created", "metadata"}) {
    EXPECT_NE(line.find(key), nullptr) << key;
  }
  EXPECT_EQ(line.at("metadata").at("licence").as_string(), "GPL-3.0-or-later");
  EXPECT_EQ(line.find("licence"), nullptr);
}

TEST(Document, line_of_another_producer_needs_only_id_and_text) {
  const Document read = document_from_json(
      parse_json(R"({"id":"a","text":"b","metadata":{"score":3}})", "x:1"), "x:1");
  EXPECT_EQ(read.id, "a");
  EXPECT_EQ(read.licence, "");
  EXPECT_EQ(read.hash, text_hash("b"));
}

TEST(Document, bad_lines_are_errors_with_their_place) {
  EXPECT_EQ(code_of("[1]"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(R"({"id":"a"})"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(R"({"id":"a","text":3})"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(R"({"id":"a","text":"b","metadata":[]})"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(R"({"id":"a","text":"b)"), ErrorCode::kCorrupt);
}

TEST(Document, changed_text_does_not_pass_its_hash) {
  std::string line = to_json_line(sample());
  line.replace(line.find("lister"), 6, "luster");
  EXPECT_EQ(code_of(line), ErrorCode::kMismatch);
}

TEST(Document, aligned_languages_have_two_codes) {
  EXPECT_TRUE(is_aligned_language("en-fr"));
  EXPECT_FALSE(is_aligned_language("en"));
  EXPECT_FALSE(is_aligned_language("code"));
  EXPECT_FALSE(is_aligned_language("pt-BR"));
}

TEST(Document, a_language_has_the_form_of_a_tag) {
  for (const char* name : {"fr", "fra", "code", "pt-BR", "en-fr", "fra_Latn", "zh-Hant-TW"}) {
    EXPECT_TRUE(is_language_tag(name)) << name;
  }
  for (const char* name : {"", "f", "french", "fr-", "fr-a", "fr/..", "..", "fr-abcdefghi", "fr fr",
                           "zh-Hant-TW-x1", "fr-FR.txt"}) {
    EXPECT_FALSE(is_language_tag(name)) << name;
  }
}

}  // namespace
}  // namespace lucie
