#include "hub/names.h"

#include "base/test_files.h"

namespace lucie::hub {
namespace {

using testing_base::error_of;

TEST(RepoNames, are_told_from_paths) {
  const auto name = parse_repo_name("HuggingFaceTB/SmolLM2-135M_x.1");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->id, "HuggingFaceTB/SmolLM2-135M_x.1");
  EXPECT_EQ(name->revision, "main");
  for (const char* text : {"",         "name",        "a/b/c",    "/a",
                           "a/",       "./runs/tiny", "./tiny",   "../tiny",
                           "~/tiny",   "a b/c",       "a/b--c",   "a/b..c",
                           "a/.b",     "a/b.git",     "a/x.gguf", "a/x.safetensors",
                           "a/b@",     "a/b:base",    "a/b:",     "a/b:../x.gguf",
                           "a/b@../x", "a/b@x\ny"}) {
    EXPECT_FALSE(parse_repo_name(text)) << text;
  }
  EXPECT_FALSE(parse_repo_name("a/" + std::string(97, 'x')));
}

TEST(RepoNames, carry_a_revision_and_a_gguf_file) {
  const auto name = parse_repo_name("org/name@refs/pr/1:sub/q4.gguf");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->id, "org/name");
  EXPECT_EQ(name->revision, "refs/pr/1");
  EXPECT_EQ(name->file, "sub/q4.gguf");
  EXPECT_EQ(error_of([] { require_repo_name("tiny"); }).code(), ErrorCode::kInvalidArgument);
}

TEST(FileNames, that_leave_the_folder_are_refused) {
  for (const char* name :
       {"config.json", "a/b/c.txt", "..x", ".gitattributes", "a b", "\xc3\xa9"}) {
    check_file_name(name);
  }
  for (const std::string& name :
       {std::string(), std::string("../x"), std::string("a/../../x"), std::string("/etc/passwd"),
        std::string("a//b"), std::string("a/./b"), std::string("a/"), std::string("..\\x"),
        std::string("a\0b", 3), std::string("a\x1b[2J"), std::string("\xff"),
        std::string(201, 'x')}) {
    EXPECT_EQ(error_of([&] { check_file_name(name); }).code(), ErrorCode::kCorrupt) << name;
  }
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += "a/";
  EXPECT_EQ(error_of([&] { check_file_name(deep + "x"); }).code(), ErrorCode::kCorrupt);
  // What is shown of it can do nothing to a terminal.
  const Error error = error_of([] { check_file_name("\x1b[2Jx"); });
  EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
}

TEST(Etags, lose_their_quotes_and_stay_names) {
  EXPECT_EQ(clean_etag("\"abc\"", "f"), "abc");
  EXPECT_EQ(clean_etag("W/\"a-b_c.1\"", "f"), "a-b_c.1");
  for (const std::string& etag :
       {std::string(), std::string("\"\""), std::string("\"../x\""), std::string("a/b"),
        std::string(".."), std::string(".x"), std::string(129, 'a')}) {
    EXPECT_EQ(error_of([&] { clean_etag(etag, "f"); }).code(), ErrorCode::kCorrupt) << etag;
  }
}

TEST(Revisions, stay_below_refs) {
  check_revision("main");
  check_revision("refs/pr/3");
  for (const char* text : {"", "../x", "/x", "a//b"}) {
    EXPECT_EQ(error_of([&] { check_revision(text); }).code(), ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_TRUE(is_commit(std::string(40, 'a')));
  EXPECT_FALSE(is_commit(std::string(40, 'A')));
  EXPECT_FALSE(is_commit(std::string(39, 'a')));
}

}  // namespace
}  // namespace lucie::hub
