#include "corpus/readers/record_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/stream.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

const fs::path kCorpora = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/parquet/corpora";

struct Reading {
  std::vector<Document> documents;
  std::vector<SkippedFile> skipped;
};

Reading read(const std::string& keys, const fs::path& data = kCorpora) {
  Reading reading;
  read_source(
      source_spec_from_json(parse_yaml("{id: s, " + keys + "}", "recipe")), data,
      [&](Document&& document) { reading.documents.push_back(std::move(document)); },
      [&](const SkippedFile& file) { reading.skipped.push_back(file); });
  return reading;
}

fs::path folder_of_lines(const std::string& name, const std::string& lines) {
  const fs::path folder = fs::path(testing::TempDir()) / ("records_" + name);
  fs::remove_all(folder);
  fs::create_directories(folder / "data/fr");
  write_file_atomic(folder / "data/fr/x.jsonl", lines);
  return folder;
}

TEST(ParquetReader, lucie) {
  const Reading reading = read("reader: parquet, path: lucie.parquet, licence: CC-BY-SA-4.0");
  ASSERT_EQ(reading.documents.size(), 3u);
  const Document& document = reading.documents[0];
  EXPECT_EQ(document.text, "Le corpus.");
  EXPECT_EQ(document.source, "s");
  EXPECT_EQ(document.language, "fr");
  EXPECT_EQ(document.url, "https://fr.wikipedia.org/wiki/Corpus");
  EXPECT_EQ(document.title, "Corpus");
  EXPECT_EQ(document.created, "2023-12-01");
  EXPECT_EQ(document.page, "s/lucie.parquet#{'wiki': 1}");
  EXPECT_EQ(document.licence, "CC-BY-SA-4.0");
  EXPECT_EQ(document.evidence, "declared in the recipe");
  EXPECT_EQ(document.format, "text");
  EXPECT_EQ(document.hash, text_hash(document.text));
  EXPECT_EQ(reading.documents[1].language, "code");
  EXPECT_EQ(reading.documents[1].format, "code");
  EXPECT_EQ(reading.documents[1].url, "file:lucie.parquet#2");
  EXPECT_EQ(reading.documents[2].language, "en-fr");
}

TEST(ParquetReader, fineweb) {
  const Reading reading = read("reader: parquet, path: fineweb.parquet");
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].text, "The web.");
  EXPECT_EQ(reading.documents[0].url, "http://example.org/");
  EXPECT_EQ(reading.documents[0].created, "2013-05-18");
  EXPECT_EQ(reading.documents[0].language, "en");
  EXPECT_EQ(reading.documents[0].licence, "NOASSERTION");
}

TEST(ParquetReader, dolma_and_a_row_without_text) {
  const Reading reading = read("reader: parquet, path: dolma.parquet");
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].url, "https://example.org/p");
  EXPECT_EQ(reading.documents[0].added, "2024-01-02");
  EXPECT_EQ(reading.documents[0].created, "2020-02-03");
  EXPECT_EQ(reading.documents[0].licence, "CC-BY-4.0");
  EXPECT_EQ(reading.documents[0].evidence, "stated by the record");
  ASSERT_EQ(reading.skipped.size(), 1u);
  EXPECT_EQ(reading.skipped[0].url, "file:dolma.parquet#d2");
  EXPECT_EQ(reading.skipped[0].reason, "no text");
}

TEST(ParquetReader, redpajama_keeps_its_metadata_in_a_string) {
  const Reading reading = read("reader: parquet, path: redpajama.parquet");
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].text, "Une page.");
  EXPECT_EQ(reading.documents[0].url, "https://example.fr/");
  EXPECT_EQ(reading.documents[0].language, "fr");
  EXPECT_EQ(reading.documents[0].created, "2023-03-20");
}

TEST(ParquetReader, a_folder_is_read_in_sorted_order) {
  const Reading reading = read("reader: parquet, path: corpora", kCorpora.parent_path());
  ASSERT_EQ(reading.documents.size(), 6u);
  EXPECT_EQ(reading.documents[0].text, "A paper.");
  EXPECT_EQ(reading.documents[1].text, "The web.");
  EXPECT_EQ(reading.documents[5].text, "Une page.");
}

TEST(ParquetReader, fields_name_other_columns) {
  const Reading reading = read(
      "reader: parquet, path: fineweb.parquet, "
      "fields: {text: dump, id: token_count, url: file_path}");
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].text, "CC-MAIN-2013-20");
  EXPECT_EQ(reading.documents[0].url, "s3://x");
  EXPECT_EQ(reading.documents[0].page, "s/fineweb.parquet#3");
}

TEST(ParquetReader, a_typo_in_fields_is_refused_with_a_hint) {
  const Error column =
      error_of([] { read("reader: parquet, path: fineweb.parquet, fields: {text: txt}"); });
  EXPECT_EQ(column.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(column.hint(), "did you mean 'text'?");
  EXPECT_TRUE(column.place().starts_with("recipe:1")) << column.place();
  const Error key =
      error_of([] { read("reader: parquet, path: fineweb.parquet, fields: {texte: text}"); });
  EXPECT_NE(key.hint().find("text"), std::string::npos) << key.hint();
  EXPECT_EQ(error_of([] { read("reader: man, path: x, fields: {text: a}"); }).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([] { read("reader: parquet, path: x.parquet"); }).code(),
            ErrorCode::kNotFound);
  const fs::path empty = folder_of_lines("none", "");
  EXPECT_EQ(error_of([&] { read("reader: parquet, path: data", empty); }).code(),
            ErrorCode::kNotFound);
}

TEST(ParquetReader, a_damaged_row_group_costs_only_its_own_rows) {
  const fs::path folder = folder_of_lines("groups", "");
  std::string bytes = read_file(kCorpora.parent_path() / "pages_v1.parquet");
  write_file_atomic(folder / "whole.parquet", bytes);
  const std::string keys = "reader: parquet, path: ";
  const Reading whole = read(keys + "whole.parquet", folder);
  EXPECT_EQ(whole.skipped.size() + whole.documents.size(), 300u);
  for (std::size_t i = 4100; i < 4108; ++i) bytes[i] ^= 0x5A;  // a page of the text
  write_file_atomic(folder / "bad.parquet", bytes);
  const Reading bad = read(keys + "bad.parquet", folder);
  ASSERT_LT(bad.documents.size(), whole.documents.size());
  EXPECT_EQ(bad.documents.front().text, whole.documents.front().text);
  EXPECT_EQ(bad.documents.back().text, whole.documents.back().text);
  const auto damaged = std::find_if(bad.skipped.begin(), bad.skipped.end(),
                                    [](const SkippedFile& file) { return file.damaged; });
  ASSERT_NE(damaged, bad.skipped.end());
  EXPECT_TRUE(damaged->url.starts_with("file:bad.parquet#row group ")) << damaged->url;
  write_file_atomic(folder / "bad.parquet", bytes.substr(0, bytes.size() / 2));
  const Reading cut = read(keys + "bad.parquet", folder);
  ASSERT_EQ(cut.skipped.size(), 1u);
  EXPECT_TRUE(cut.skipped[0].damaged);
}

TEST(ParquetReader, links_to_files_are_followed_as_in_the_cache_of_a_hub) {
  const fs::path cache = folder_of_lines("cache", "");
  fs::create_directories(cache / "blobs");
  fs::create_directories(cache / "snapshots/main/data");
  fs::copy_file(kCorpora / "fineweb.parquet", cache / "blobs/etag");
  const fs::path data = cache / "snapshots/main/data";
  fs::create_symlink("../../../blobs/etag", data / "a.parquet");
  fs::create_symlink("../../../blobs/etag", data / "b.parquet");
  fs::create_symlink("../../../blobs/none", data / "c.parquet");
  fs::create_symlink("..", data / "circle");
  fs::create_symlink("snapshots/main", cache / "latest");
  const Reading reading = read("reader: parquet, path: latest", cache);
  ASSERT_EQ(reading.documents.size(), 1u) << "one file under two names";
  EXPECT_EQ(reading.documents[0].text, "The web.");
  ASSERT_EQ(reading.skipped.size(), 1u);
  EXPECT_EQ(reading.skipped[0].url, "file:data/c.parquet");
  EXPECT_TRUE(reading.skipped[0].damaged);
}

TEST(JsonLines, a_damaged_member_and_an_endless_line_cost_only_themselves) {
  const fs::path folder = folder_of_lines("members", "");
  std::string bytes;
  for (int i = 0; i < 5; ++i) {
    TextWriter writer(folder / "one.gz");
    writer.write("{\"text\": \"" + std::string(30, static_cast<char>('a' + i)) + "\"}\n");
    writer.commit();
    std::string member = read_file(folder / "one.gz");
    if (i == 2) member[member.size() / 2] ^= 0x7F;
    bytes += member;
  }
  write_file_atomic(folder / "x.json.gz", bytes);
  const Reading reading = read("reader: jsonl, path: x.json.gz", folder);
  ASSERT_EQ(reading.documents.size(), 4u);
  EXPECT_EQ(reading.documents[2].text, std::string(30, 'd'));
  ASSERT_GE(reading.skipped.size(), 1u);
  for (const SkippedFile& part : reading.skipped) EXPECT_TRUE(part.damaged);

  write_file_atomic(folder / "long.jsonl",
                    "{\"text\": \"a\"}\n" + std::string(70 << 20, ' ') + "\n{\"text\": \"b\"}\n");
  const Reading lines = read("reader: jsonl, path: long.jsonl", folder);
  EXPECT_EQ(lines.documents.size(), 2u);
  ASSERT_EQ(lines.skipped.size(), 1u);
  EXPECT_EQ(lines.skipped[0].url, "file:long.jsonl#2");
}

TEST(JsonLines, share_the_fields_of_parquet) {
  const fs::path folder = folder_of_lines(
      "fields", R"({"content": "Bonjour", "key": 7, "info": {"lang": "fr"}, "text": "not this"})"
                "\n"
                R"({"content": null})"
                "\n");
  const Reading reading = read(
      "reader: jsonl, path: data, fields: {text: content, id: key, language: info.lang}", folder);
  ASSERT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.documents[0].text, "Bonjour");
  EXPECT_EQ(reading.documents[0].language, "fr");
  EXPECT_EQ(reading.documents[0].url, "file:fr/x.jsonl#7");
  ASSERT_EQ(reading.skipped.size(), 1u);
  EXPECT_EQ(reading.skipped[0].url, "file:fr/x.jsonl#2");
}

TEST(JsonLines, wrong_records_are_reported_with_their_line_and_the_others_kept) {
  const auto damage = [](const std::string& line) {
    const std::string good = "{\"text\": \"a\"}\n";
    const fs::path folder = folder_of_lines("wrong", good + line + "\n" + good);
    const Reading reading = read("reader: jsonl, path: data", folder);
    EXPECT_EQ(reading.documents.size(), 2u) << line;
    EXPECT_EQ(reading.skipped.size(), 1u) << line;
    if (reading.skipped.size() != 1) return std::string();
    EXPECT_TRUE(reading.skipped[0].damaged);
    EXPECT_EQ(reading.skipped[0].url, "file:fr/x.jsonl#2");
    return reading.skipped[0].reason;
  };
  EXPECT_EQ(damage(R"({"txt": "a"})"), "document without 'text'");
  EXPECT_EQ(damage(R"({"text": ["a"]})"), "'text' of a document is not a string");
  EXPECT_EQ(damage(R"([])"), "a document is not a JSON object");
  EXPECT_NE(damage("{\"text\": \"\\ud800\"}"), "");
  EXPECT_NE(damage("{\"text\": \"\xff\"}"), "");
  EXPECT_NE(damage("{\"text\": \"a"), "");
  EXPECT_EQ(damage(R"({"id": "1", "text": "a", "metadata": {"hash": "0"}})"),
            "text does not fit the document's hash");
}

TEST(JsonLines, a_field_that_no_record_has_is_a_mistake_in_the_recipe) {
  const fs::path folder = folder_of_lines("fieldless", "{\"body\": \"a\"}\n{\"body\": \"b\"}\n");
  const Error error = error_of([&] { read("reader: jsonl, path: data", folder); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.hint().find("fields: {text: NAME}"), std::string::npos);
}

TEST(JsonLines, what_the_sink_throws_is_no_damage) {
  const fs::path folder = folder_of_lines("sink", "{\"text\": \"a\"}\n");
  const SourceSpec spec =
      source_spec_from_json(parse_yaml("{id: s, reader: jsonl, path: data}", "recipe"));
  const auto refuse = [](Document&&) { fail(ErrorCode::kCorrupt, "from the sink"); };
  int reports = 0;
  const auto count = [&](const SkippedFile&) { ++reports; };
  EXPECT_EQ(error_of([&] { read_source(spec, folder, refuse, count); }).message(), "from the sink");
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace lucie
