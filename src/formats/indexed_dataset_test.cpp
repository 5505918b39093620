#include "formats/indexed_dataset.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/json.h"
#include "formats/format_test_files.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden;
using testing_formats::put_file;

struct Golden {
  std::int64_t vocab_size = 0;
  std::vector<std::vector<std::int32_t>> documents;
};

Golden read_golden(const std::string& name) {
  const Json json = read_json(golden(name + ".json"));
  Golden result;
  result.vocab_size = json.at("vocab_size").as_int();
  for (const Json& document : json.at("documents").items()) {
    result.documents.emplace_back();
    for (const Json& token : document.items()) {
      result.documents.back().push_back(static_cast<std::int32_t>(token.as_int()));
    }
  }
  return result;
}

void read_all(const fs::path& prefix) {
  const IndexedDataset dataset(prefix);
  std::vector<std::int32_t> tokens(dataset.tokens());
  dataset.read(0, tokens);
  for (std::int64_t i = 0; i < dataset.documents(); ++i) (void)dataset.begin(i);
  if (dataset.tokens() > 0) (void)dataset.document_of(dataset.tokens() - 1);
}

void copy_golden(const std::string& name, const fs::path& prefix) {
  for (const char* suffix : {".bin", ".idx"}) {
    put_file(prefix.string() + suffix, read_file(golden(name + suffix)));
  }
}

TEST(IndexedDatasetWriter, writes_the_bytes_of_megatron) {
  for (const char* name : {"tokens_u16", "tokens_i32"}) {
    SCOPED_TRACE(name);
    const Golden expected = read_golden(name);
    const fs::path prefix = fresh_folder() / "v1.0";  // a dot is no suffix
    IndexedDatasetWriter writer(prefix, expected.vocab_size);
    for (const auto& document : expected.documents) writer.add_document(document);
    writer.commit();
    EXPECT_EQ(read_file(prefix.string() + ".bin"), read_file(golden(std::string(name) + ".bin")));
    EXPECT_EQ(read_file(prefix.string() + ".idx"), read_file(golden(std::string(name) + ".idx")));
  }
}

TEST(IndexedDataset, reads_every_document_of_megatron) {
  for (const char* name : {"tokens_u16", "tokens_i32"}) {
    SCOPED_TRACE(name);
    const Golden expected = read_golden(name);
    const IndexedDataset dataset(golden(name));
    ASSERT_EQ(dataset.documents(), static_cast<std::int64_t>(expected.documents.size()));
    std::uint64_t begin = 0;
    for (std::int64_t i = 0; i < dataset.documents(); ++i) {
      const auto& document = expected.documents[static_cast<std::size_t>(i)];
      ASSERT_EQ(dataset.begin(i), begin);
      std::vector<std::int32_t> tokens(document.size());
      dataset.read(begin, tokens);
      EXPECT_EQ(tokens, document);
      for (std::size_t k = 0; k < document.size(); ++k) {
        EXPECT_EQ(dataset.document_of(begin + k), i) << "empty documents own no token";
      }
      begin += document.size();
    }
    EXPECT_EQ(dataset.begin(dataset.documents()), begin);
    EXPECT_EQ(dataset.tokens(), begin);
  }
}

TEST(IndexedDataset, an_empty_one_round_trips) {
  const fs::path prefix = fresh_folder() / "empty";
  IndexedDatasetWriter(prefix, 100).commit();
  const IndexedDataset dataset(prefix);
  EXPECT_EQ(dataset.documents(), 0);
  EXPECT_EQ(dataset.tokens(), 0U);
  EXPECT_EQ(dataset.begin(0), 0U);
  EXPECT_THROW(dataset.document_of(0), Error);
}

TEST(IndexedDataset, a_document_of_several_sequences_is_one_piece) {
  const fs::path prefix = fresh_folder() / "sentences";
  IndexedDatasetWriter writer(prefix, 100);
  for (int i = 0; i < 3; ++i) writer.add_document(std::vector<std::int32_t>{i, i});
  writer.commit();
  // Documents {0, 1} and {2}: the document index 0 1 2 3 becomes 0 2 3.
  std::string idx = read_file(prefix.string() + ".idx");
  idx.resize(idx.size() - sizeof(std::int64_t));
  const std::uint64_t entries = 3;
  const std::int64_t starts[] = {0, 2, 3};
  std::memcpy(idx.data() + 26, &entries, sizeof(entries));
  std::memcpy(idx.data() + 34 + 3 * 12, starts, sizeof(starts));
  put_file(prefix.string() + ".idx", idx);
  const IndexedDataset dataset(prefix);
  ASSERT_EQ(dataset.documents(), 2);
  EXPECT_EQ(dataset.begin(1), 4U);
  EXPECT_EQ(dataset.document_of(3), 0);
  EXPECT_EQ(dataset.document_of(4), 1);
}

TEST(IndexedDataset, reads_only_what_is_there) {
  const IndexedDataset dataset(golden("tokens_u16"));
  std::vector<std::int32_t> two(2);
  EXPECT_THROW(dataset.read(dataset.tokens() - 1, two), Error);
  EXPECT_THROW(dataset.read(~std::uint64_t{0}, two), Error);
  EXPECT_NO_THROW(dataset.read(dataset.tokens(), std::span<std::int32_t>()));
  EXPECT_THROW(dataset.begin(-1), Error);
  EXPECT_THROW(dataset.begin(dataset.documents() + 1), Error);
  EXPECT_THROW(dataset.document_of(dataset.tokens()), Error);
}

TEST(IndexedDataset, a_cut_file_is_an_error) {
  for (const char* suffix : {".bin", ".idx"}) {
    const fs::path prefix = fresh_folder() / "cut";
    copy_golden("tokens_u16", prefix);
    const std::string bytes = read_file(prefix.string() + suffix);
    testing_formats::expect_error_when_cut(prefix.string() + suffix, bytes, bytes.size(),
                                           [&](const fs::path&) { read_all(prefix); });
  }
}

TEST(IndexedDataset, a_damaged_byte_of_the_index_is_an_error) {
  const fs::path prefix = fresh_folder() / "damaged";
  copy_golden("tokens_i32", prefix);
  const std::string bytes = read_file(prefix.string() + ".idx");
  const int errors = testing_formats::expect_no_harm_when_damaged(
      prefix.string() + ".idx", bytes, [&](const fs::path&) { read_all(prefix); });
  // All but the document index (8 bytes a document) is checked byte by byte against the rest.
  EXPECT_GT(errors,
            3 * static_cast<int>(bytes.size() - 8 * read_golden("tokens_i32").documents.size()));
}

TEST(IndexedDataset, hostile_counts_are_errors) {
  const fs::path prefix = fresh_folder() / "hostile";
  copy_golden("tokens_u16", prefix);
  const std::string whole = read_file(prefix.string() + ".idx");
  for (const std::size_t at : {std::size_t{18}, std::size_t{26}}) {
    for (const std::uint64_t count :
         {std::uint64_t{1} << 61, ~std::uint64_t{0}, std::uint64_t{0}}) {
      std::string idx = whole;
      std::memcpy(idx.data() + at, &count, sizeof(count));
      put_file(prefix.string() + ".idx", idx);
      const Error error = error_of([&] { read_all(prefix); });
      EXPECT_NE(error.place().find("hostile.idx"), std::string::npos) << error.what();
    }
  }
  std::string idx = whole;
  idx[17] = 6;  // float or double, depending on whom one asks
  put_file(prefix.string() + ".idx", idx);
  EXPECT_EQ(error_of([&] { read_all(prefix); }).code(), ErrorCode::kUnsupported);
}

TEST(IndexedDatasetWriter, refuses_tokens_outside_the_vocabulary) {
  const fs::path prefix = fresh_folder() / "bad";
  IndexedDatasetWriter writer(prefix, 70000);
  EXPECT_EQ(error_of([&] { writer.add_document(std::vector<std::int32_t>{70000}); }).code(),
            ErrorCode::kMismatch);
  EXPECT_EQ(error_of([&] { writer.add_document(std::vector<std::int32_t>{-1}); }).code(),
            ErrorCode::kMismatch);
}

TEST(IndexedDatasetWriter, leaves_nothing_without_commit) {
  const fs::path folder = fresh_folder();
  {
    IndexedDatasetWriter writer(folder / "x", 100);
    writer.add_document(std::vector<std::int32_t>{1, 2});
    EXPECT_EQ(writer.tokens(), 2U);
  }
  EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
}  // namespace lucie
