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

fs::path write_shard(const std::string& name, int documents) {
  const fs::path prefix = fs::path(testing::TempDir()) / name;
  TokenShardWriter writer(prefix, 100);
  for (int i = 0; i < documents; ++i) {
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(i + 1), i);
    writer.add(named("d" + std::to_string(i)), tokens, static_cast<std::uint64_t>(10 * i));
  }
  writer.commit();
  return prefix;
}

TEST(TokenShard, every_token_knows_its_document) {
  const TokenShard shard(write_shard("shard_a", 20));
  ASSERT_EQ(shard.documents().size(), 20u);
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

TEST(TokenShard, damaged_lines_are_errors_with_their_line) {
  const fs::path prefix = write_shard("shard_d", 1);
  for (const char* line : {"[]\n", "{\"id\":\"x\"}\n", "{", "{\"id\":3}\n"}) {
    write_file_atomic(prefix.string() + ".docs", line);
    try {
      TokenShard shard(prefix);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << line;
      EXPECT_NE(error.place().find("shard_d.docs:1"), std::string::npos) << error.place();
    }
  }
}

}  // namespace
}  // namespace lucie
