// A GGUF file that is written over several runs.
#include "formats/partial_tensors.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_files.h"
#include "formats/gguf.h"

namespace lucie {
namespace {

using testing_base::error_of;

class PartialGguf : public testing::Test {
 protected:
  std::span<const std::byte> values(std::size_t tensor) const {
    return std::as_bytes(std::span(numbers_)).subspan(tensor * 400, 400);
  }
  static std::vector<StoredTensor> tensors() {
    return {{"a", DType::kF32, Shape{100}},
            {"b", DType::kF32, Shape{4, 25}},
            {"c", DType::kF16, Shape{200}}};
  }
  GgufWriter writer(const std::string& key = "source", const char* name = "x") const {
    return GgufWriter(path_, {{"general.name", GgufValue::string(name)}}, tensors(), key);
  }
  void finish(GgufWriter& writer) const {
    for (std::size_t i = 0; i < 3; ++i) {
      if (!writer.is_whole(i)) writer.write_at(i, 0, values(i));
    }
    writer.commit();
  }
  // The first and the last tensor, and half of the second.
  void begin() const {
    GgufWriter first = writer();
    first.write_at(2, 200, values(2).subspan(200));
    first.write_at(0, 0, values(0));
    first.write_at(1, 0, values(1).first(200));
    first.write_at(2, 0, values(2).first(200));
  }
  std::string whole(const GgufWriter& writer) const {
    std::string names;
    for (std::size_t i = 0; i < 3; ++i) names += writer.is_whole(i) ? tensors()[i].name : "";
    return names;
  }
  std::string uninterrupted() const {
    const fs::path path = folder_.path() / "at-once.gguf";
    GgufWriter at_once(path, {{"general.name", GgufValue::string("x")}}, tensors());
    for (std::size_t i = 0; i < 3; ++i) at_once.write_at(i, 0, values(i));
    at_once.commit();
    return read_file(path);
  }
  static std::vector<float> make_numbers() {
    std::vector<float> numbers(300);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 1.0f + static_cast<float>(i);
    return numbers;
  }

  testing_base::Folder folder_;
  fs::path path_ = folder_.path() / "file.gguf", partial_ = folder_.path() / "file.gguf.partial";
  std::vector<float> numbers_ = make_numbers();
};

TEST_F(PartialGguf, goes_on_after_the_tensors_that_are_whole) {
  begin();
  EXPECT_FALSE(fs::exists(path_));
  GgufWriter second = writer();
  EXPECT_EQ(whole(second), "ac");
  finish(second);
  EXPECT_EQ(read_file(path_), uninterrupted());
  EXPECT_FALSE(fs::exists(partial_));
}

TEST_F(PartialGguf, makes_again_what_was_lost) {
  begin();
  fs::resize_file(partial_ / "data", fs::file_size(partial_ / "data") - 300);
  {
    GgufWriter second = writer();
    EXPECT_EQ(whole(second), "a");
    second.write_at(1, 0, values(1));
  }
  // A power cut leaves half a line of the list.
  fs::resize_file(partial_ / "tensors", fs::file_size(partial_ / "tensors") - 4);
  GgufWriter third = writer();
  EXPECT_EQ(whole(third), "a");
  finish(third);
  EXPECT_EQ(read_file(path_), uninterrupted());
}

TEST_F(PartialGguf, of_anything_else_is_begun_anew) {
  begin();
  EXPECT_EQ(whole(writer("another source")), "");
  EXPECT_EQ(whole(writer()), "") << "what was begun with another key took its place";
  begin();
  EXPECT_EQ(whole(writer("source", "y")), "");
  GgufWriter again = writer();
  finish(again);
  EXPECT_EQ(read_file(path_), uninterrupted());
}

TEST_F(PartialGguf, has_one_writer_at_a_time) {
  const GgufWriter one = writer();
  const Error error = error_of([&] { writer(); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.place(), partial_.string());
}

TEST_F(PartialGguf, is_not_made_without_a_key) {
  { GgufWriter plain(path_, {}, tensors()); }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace lucie
