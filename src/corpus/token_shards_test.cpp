#include "corpus/token_shards.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

Document named(const std::string& id) {
  Document document;
  document.id = id;
  document.source = "s";
  document.licence = "MIT";
  document.language = "en";
  document.url = "file:" + id;
  document.page = "page/" + id;
  return document;
}

fs::path write_shard(const std::string& name, int documents, int shortest = 1) {
  const fs::path prefix = fs::path(testing::TempDir()) / name;
  TokenShardWriter writer(prefix, 100);
  for (int i = 0; i < documents; ++i) {
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(i + shortest), i);
    writer.add(named("d" + std::to_string(i)), tokens, static_cast<std::uint64_t>(10 * i));
  }
  writer.commit();
  return prefix;
}

TEST(TokenShard, every_token_knows_its_document) {
  const TokenShard shard(write_shard("shard_a", 20));
  ASSERT_EQ(shard.tokens().documents(), 20);
  EXPECT_EQ(shard.tokens().tokens(), 210u);
  for (std::uint64_t token = 0; token < 210; ++token) {
    std::int32_t value = 0;
    shard.tokens().read(token, {&value, 1});
    const TokenSpan& span = shard.document_of(token);
    EXPECT_EQ(span.id, "d" + std::to_string(value));
    EXPECT_LE(span.begin, token);
    EXPECT_LT(token, span.end);
    EXPECT_EQ(span.bytes, static_cast<std::uint64_t>(10 * value));
    EXPECT_EQ(span.page, "page/" + span.id);
  }
}

TEST(TokenShard, documents_of_another_shard_are_refused) {
  const fs::path a = write_shard("shard_b", 5);
  const fs::path b = write_shard("shard_c", 6);
  fs::copy_file(b.string() + ".docs", a.string() + ".docs", fs::copy_options::overwrite_existing);
  try {
    TokenShard shard(a);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
    EXPECT_NE(error.place().find("shard_b.docs"), std::string::npos);
  }
}

// Of a long .docs frames are read here and there, and the last one again and again.
TEST(TokenShard, any_document_is_told_in_any_order) {
  const fs::path prefix = fs::path(testing::TempDir()) / "shard_e";
  constexpr std::int64_t kDocuments = 3000;
  {
    TokenShardWriter writer(prefix, 100);
    for (std::int64_t i = 0; i < kDocuments; ++i) {
      writer.add(named("d" + std::to_string(i)), std::vector<std::int32_t>(i % 3 == 0 ? 0 : 2, 7),
                 static_cast<std::uint64_t>(i));
    }
    writer.commit();
  }
  EXPECT_GT(FramedReader(prefix.string() + ".docs").frames().size(), 3u);
  const TokenShard shard(prefix);
  for (std::int64_t i = 0; i < kDocuments; ++i) {
    const std::int64_t number = i * 1009 % kDocuments;  // each once
    const TokenSpan span = shard.document(number);
    ASSERT_EQ(span.id, "d" + std::to_string(number));
    ASSERT_EQ(span.end - span.begin, number % 3 == 0 ? 0u : 2u);
    ASSERT_EQ(span.bytes, static_cast<std::uint64_t>(number));
  }
}

TEST(TokenShard, documents_that_begin_elsewhere_are_refused_where_they_are_read) {
  const fs::path a = write_shard("shard_f", 5);
  const fs::path b = write_shard("shard_g", 5, 2);
  fs::copy_file(b.string() + ".docs", a.string() + ".docs", fs::copy_options::overwrite_existing);
  const TokenShard shard(a);
  try {
    (void)shard.document(3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
    EXPECT_NE(error.place().find("shard_f.docs:4"), std::string::npos) << error.place();
  }
}

TEST(TokenShard, damaged_lines_are_errors_with_their_line) {
  const fs::path prefix = write_shard("shard_d", 1);
  for (const char* line : {"[]\n", "{\"id\":\"x\"}\n", "{\n", "{\"id\":3}\n"}) {
    FramedWriter writer(prefix.string() + ".docs");
    writer.write(line);
    writer.commit();
    try {
      (void)TokenShard(prefix).document(0);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << line;
      EXPECT_NE(error.place().find("shard_d.docs:1"), std::string::npos) << error.place();
    }
  }
}

}  // namespace
}  // namespace lucie
