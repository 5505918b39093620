#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/test_files.h"

namespace lucie {
namespace {

TEST(Sha256, gives_the_known_answers_of_fips_180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, pieces_and_files_give_the_hash_of_the_whole) {
  const testing_base::Folder folder;
  const std::string text(100'000, 'x');
  write_file_atomic(folder / "f", text);
  EXPECT_EQ(sha256_file(folder / "f"), sha256_hex(text));
  EXPECT_EQ(Sha256().add(text.substr(0, 7)).add(text.substr(7)).hex(), sha256_hex(text));
  EXPECT_EQ(testing_base::error_of([&] { sha256_file(folder / "none"); }).code(),
            ErrorCode::kNotFound);
}

TEST(Hmac, gives_the_values_of_rfc_4231) {
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_NE(hmac_sha256_hex("", "x"), hmac_sha256_hex("key", "x"));
}

TEST(Crc32, gives_the_check_value_of_the_standard) {
  EXPECT_EQ(crc32(std::as_bytes(std::span("123456789", 9))), 0xcbf43926U);
  EXPECT_EQ(crc32({}), 0U);
}

TEST(GitBlob, has_the_name_that_git_gives_it) {
  EXPECT_EQ(git_blob_digest(0).hex(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(git_blob_digest(6).add("hel").add("lo\n").hex(),
            "ce013625030ba8dba906f756967f9e9ca394464a");  // echo hello | git hash-object --stdin
}

TEST(Xxh64, gives_the_published_answers) {
  EXPECT_EQ(xxh64(""), 0xef46db3751d8e999U);
  EXPECT_EQ(xxh64("abc"), 0x44bc2cf5ad770999U);
}

TEST(Sha1Start, is_the_first_eight_bytes_of_the_digest) {
  EXPECT_EQ(sha1_start("abc"), 0x6a810647363e99a9U);  // a9 99 3e 36 47 06 81 6a ...
}

TEST(Xxh3, gives_the_values_that_files_already_hold) {
  // XXH3 is frozen since xxHash 0.8; these are its published sanity values for empty input.
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2U);
  EXPECT_EQ(hash128("").low, 0x6001c324468d497fU);
  EXPECT_EQ(hash128("").high, 0x99aa06d3014798d8U);
  EXPECT_NE(hash64("a", 0), hash64("a", 1));
  EXPECT_NE(hash128("a"), hash128("b"));
}

}  // namespace
}  // namespace lucie
