#include "trace/history.h"

#include <gtest/gtest.h>

#include "base/framed_file.h"
#include "base/test_files.h"

namespace lucie {
namespace {

void write_lines(const fs::path& path, const std::vector<std::string>& lines) {
  FramedWriter writer(path);
  for (const std::string& line : lines) writer.write(line + "\n");
  writer.commit();
}

DocumentMatch is(const std::string& wanted) {
  return [wanted](const std::string&, const std::string& id) { return id == wanted; };
}

class History : public ::testing::Test {
 protected:
  History() {
    write_lines(folder_ / "verdicts.jsonl.zst",
                {R"({"id":"a","source":"s","url":"u:a","decision":"kept","side":"train"})",
                 R"({"id":"b","source":"s","url":"u:b","decision":"dropped","step":"near",)"
                 R"("reason":"near duplicate","same_as":0})",
                 R"({"id":"c","source":"t","url":"u:c","decision":"dropped","step":"near",)"
                 R"("reason":"near duplicate","same_as":0})"});
  }
  testing_base::Folder folder_;
};

TEST_F(History, is_the_verdict) {
  const Json history = document_history(folder_.path(), is("b"));
  EXPECT_EQ(history.at("step").as_string(), "near");
  EXPECT_EQ(history.at("reason").as_string(), "near duplicate");
  EXPECT_EQ(history.find("duplicates"), nullptr) << "no clusters were written";
  EXPECT_TRUE(document_history(folder_.path(), is("d")).is_null());
}

TEST_F(History, names_what_it_stands_for_and_what_stands_for_it) {
  write_lines(folder_ / "clusters.jsonl.zst", {R"({"step":"near","kept":7,"dropped":[8]})",
                                               R"({"step":"near","kept":0,"dropped":[1,2]})"});
  for (const char* id : {"a", "c"}) {
    const Json history = document_history(folder_.path(), is(id));
    const Json& duplicates = history.at("duplicates");
    ASSERT_EQ(duplicates.size(), 1U);
    EXPECT_EQ(duplicates.at(0).at("kept").at("id").as_string(), "a");
    ASSERT_EQ(duplicates.at(0).at("dropped").size(), 2U);
    EXPECT_EQ(duplicates.at(0).at("dropped").at(1).at("url").as_string(), "u:c");
  }
}

TEST_F(History, a_cluster_of_another_corpus_is_an_error) {
  write_lines(folder_ / "clusters.jsonl.zst", {R"({"step":"near","kept":0,"dropped":[99]})"});
  EXPECT_EQ(testing_base::error_of([&] { document_history(folder_.path(), is("a")); }).code(),
            ErrorCode::kCorrupt);
}

TEST_F(History, a_damaged_line_is_an_error_with_its_place) {
  write_lines(folder_ / "verdicts.jsonl.zst", {"{\"id\": "});
  const Error error = testing_base::error_of([&] { document_history(folder_.path(), is("a")); });
  EXPECT_NE(error.place().find("verdicts.jsonl.zst:1"), std::string::npos) << error.place();
}

}  // namespace
}  // namespace lucie
