#include "corpus/readers/web_archive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/test_files.h"
#include "corpus/readers/http_response.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

const fs::path kGolden = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/warc";

struct Reading {
  std::vector<Document> documents;
  std::map<std::string, std::string> skipped;  // URL -> reason
  int damaged = 0;
};

Reading read(const std::string& keys, const fs::path& data = kGolden) {
  Reading reading;
  read_source(
      source_spec_from_json(
          parse_yaml("{id: s, licence: CC0-1.0, terms: open, " + keys + "}", "r")),
      data, [&](Document&& document) { reading.documents.push_back(std::move(document)); },
      [&](const SkippedFile& file) {
        reading.skipped[file.url] = file.reason;
        reading.damaged += file.damaged ? 1 : 0;
      });
  return reading;
}

TEST(WebArchive, the_same_page_through_every_encoding) {
  for (const char* file : {"crawl.warc.gz", "crawl.warc"}) {
    const Reading reading = read(std::string("reader: warc, path: ") + file);
    ASSERT_EQ(reading.documents.size(), 9u);
    const Document& first = reading.documents[0];
    EXPECT_TRUE(first.text.starts_with("Library\n\nThe library opens at nine")) << first.text;
    EXPECT_EQ(first.text.find("rights reserved"), std::string::npos);
    for (std::size_t i = 1; i < 5; ++i) {
      EXPECT_EQ(reading.documents[i].text, first.text) << reading.documents[i].url;
    }
    EXPECT_EQ(first.url, "http://example.org/plain");
    EXPECT_EQ(first.title, "Library");
    EXPECT_EQ(first.added, "2024-05-01");
    EXPECT_EQ(first.format, "html");
    EXPECT_TRUE(first.provenance.starts_with(std::string(file) + "@")) << first.provenance;
    EXPECT_TRUE(first.provenance.ends_with("> 192.0.2.7")) << first.provenance;
    for (std::size_t i : {5U, 6U}) {
      EXPECT_EQ(reading.documents[i].title, "\xC3\x89t\xC3\xA9");
      EXPECT_NE(reading.documents[i].text.find("biblioth\xC3\xA8que"), std::string::npos);
    }
    EXPECT_EQ(reading.documents[7].format, "text");
    EXPECT_EQ(reading.skipped.size(), 2u);
    EXPECT_EQ(reading.skipped.at("http://example.org/404"), "HTTP status 404");
    EXPECT_EQ(reading.skipped.at("http://example.org/x.png"), "neither HTML nor plain text");
  }
}

TEST(WebArchive, robots_are_asked_where_the_recipe_says_so) {
  const Reading reading = read("reader: warc, path: crawl.warc, robots: noai");
  EXPECT_EQ(reading.documents.size(), 8u);
  EXPECT_EQ(reading.skipped.at("http://example.org/noai"), "robots: noai");
  EXPECT_EQ(error_of([] { read("reader: warc, path: crawl.warc, robots: no"); }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(WebArchive, texts_of_a_wet_file) {
  const Reading reading = read("reader: wet, path: crawl.warc.wet.gz");
  ASSERT_EQ(reading.documents.size(), 2u);
  EXPECT_EQ(reading.documents[1].text,
            "Un texte fran\xC3\xA7"
            "ais.\nEn deux lignes.");
  EXPECT_EQ(reading.skipped.at("http://example.org/2"), "no text");
}

TEST(WebArchive, a_damaged_record_is_named_and_the_others_kept) {
  const Folder folder;
  std::string bytes = read_file(kGolden / "crawl.warc.gz");
  const std::size_t place = bytes.size() / 2;
  for (std::size_t i = 0; i < 3; ++i) bytes[place + i] ^= 0x5A;
  write_file_atomic(folder / "crawl.warc.gz", bytes);
  const Reading reading = read("reader: warc, path: crawl.warc.gz", folder.path());
  EXPECT_GE(reading.documents.size(), 8u);
  EXPECT_GE(reading.damaged, 1);
}

TEST(HttpResponse, bodies_are_unpacked_within_a_limit) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; Charset=\"UTF-8\"\r\n";
  const HttpResponse plain = parse_http_response(head + "\r\n<p>", 100);
  EXPECT_EQ(plain.media_type, "text/html");
  EXPECT_EQ(plain.charset, "utf-8");
  EXPECT_EQ(plain.body, "<p>");
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse_http_response(chunked + "2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 100).body, "abc");
  EXPECT_EQ(parse_http_response(chunked + "<html>", 100).body, "<html>");
  const auto code = [](const std::string& message) {
    return error_of([&] { parse_http_response(message, 100); }).code();
  };
  EXPECT_EQ(code(chunked + "ffffffff\r\nab"), ErrorCode::kCorrupt);
  EXPECT_EQ(code(chunked + "1\r\na\r\nxyz"), ErrorCode::kCorrupt);
  EXPECT_EQ(code(head + "Content-Encoding: gzip\r\n\r\n\x1F\x8B damaged"), ErrorCode::kCorrupt);
  EXPECT_EQ(code(head + "Content-Encoding: compress\r\n\r\n\x1F\x9D"), ErrorCode::kUnsupported);
  EXPECT_EQ(code(head + "Content-Encoding: br,br,br,br\r\n\r\nx"), ErrorCode::kUnsupported);
  EXPECT_EQ(code("GET / HTTP/1.1\r\n\r\n"), ErrorCode::kCorrupt);
  EXPECT_EQ(code(""), ErrorCode::kCorrupt);
  EXPECT_EQ(code("HTTP/1.1"), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace lucie
