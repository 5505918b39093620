#include "corpus/fasttext.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "base/json.h"

namespace lucie {
namespace {

fs::path golden(const std::string& name) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden/fasttext" / name;
}

TEST(FastText, guesses_what_the_reference_guesses) {
  const Json expected = read_json(golden("guesses.json"));
  const auto& texts = expected.at("texts").items();
  for (const auto& [name, all] : expected.at("models").members()) {
    const FastTextModel model(golden(name));
    // The reference looks sigmoids up in a table of steps of 1/32.
    const double tolerance = name == "one_by_one.bin" ? 1.0 / 32 / 4 : 2e-4;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto guesses = model.predict(texts[i].as_string(), 5);
      const Json& reference = all.at(i);
      ASSERT_GE(reference.size(), 1U);  // of a tree it leaves out the least likely
      for (std::size_t k = 0; k < reference.size(); ++k) {
        // Near ties may come in another order, so each is looked up by its label. The reference
        // adds 1e-5 before its logarithms, once a branch of the tree.
        const double theirs = reference.at(k).at(1).as_double();
        const std::string& label = reference.at(k).at(std::size_t{0}).as_string();
        EXPECT_NEAR(model.probability_of(label, texts[i].as_string()), theirs, tolerance)
            << name << ": " << texts[i].as_string();
        EXPECT_NEAR(guesses[k].probability, theirs, tolerance);
      }
    }
  }
}

TEST(FastText, knows_its_labels_and_no_others) {
  const FastTextModel model(golden("softmax.bin"));
  EXPECT_EQ(model.labels().size(), 5U);
  EXPECT_EQ(model.predict("le maison\net de").front().label, "fr");
  EXPECT_GT(model.probability_of("fr", "le maison et de"), 0.5);
  EXPECT_EQ(model.probability_of("it", "le maison et de"), 0);
  EXPECT_TRUE(model.predict("le", 0).empty());
}

// A number of the file, and where the names of the dictionary, each with 9 bytes behind it, end.
template <typename T>
T number_at(const std::string& file, std::size_t at) {
  T number;
  std::memcpy(&number, file.data() + at, sizeof number);
  return number;
}
std::size_t end_of_names(const std::string& file) {
  std::size_t at = 92;
  for (auto left = number_at<std::int32_t>(file, 64); left > 0; --left) {
    at = file.find('\0', at) + 10;
  }
  return at;
}

void expect_refused(const std::string& name, const std::string& change, std::size_t at) {
  const fs::path path = fs::path(testing::TempDir()) / "lying.bin";
  std::string file = read_file(golden(name));
  file.replace(at, change.size(), change);
  write_file_atomic(path, file);
  try {
    FastTextModel{path};
    ADD_FAILURE() << name << " changed at " << at;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  }
}

// Two buckets of one name would make room in the matrix for one row, and ask for the other.
TEST(FastText, buckets_that_stand_twice_are_refused) {
  const std::string file = read_file(golden("quantized.ftz"));
  const std::size_t at = end_of_names(file);
  ASSERT_GT(number_at<std::int64_t>(file, 84), 1);  // pruned buckets
  expect_refused("quantized.ftz", file.substr(at, 4), at + 8);
}

TEST(FastText, counts_and_lengths_that_would_not_end_well_are_refused) {
  const std::string tree = read_file(golden("tree.bin"));
  const std::size_t last_count = end_of_names(tree) - 9;
  expect_refused("tree.bin", std::string(7, '\xFF') + '\x7F', last_count);  // sums overflow
  expect_refused("tree.bin", std::string(8, '\xFF'), last_count);
  for (const std::size_t length : {28, 48}) {  // of n-grams of words, of characters
    expect_refused("softmax.bin", std::string("\x65\0\0\0", 4), length);
  }
}

TEST(FastText, damaged_files_are_refused_or_read_in_bounds) {
  const fs::path path = fs::path(testing::TempDir()) / "damaged.bin";
  for (const char* name : {"tree.bin", "quantized.ftz"}) {
    const std::string whole = read_file(golden(name));
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 23) {
      write_file_atomic(path, whole.substr(0, size));
      EXPECT_THROW(FastTextModel{path}, Error) << name << " " << size;
    }
    for (std::size_t at = 0; at < whole.size(); at += at < 100 ? 1 : 1009) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0xFF);
      write_file_atomic(path, changed);
      try {
        FastTextModel(path).predict("le maison et de abc", 3);
      } catch (const Error&) {
        continue;
      }
    }
  }
}

}  // namespace
}  // namespace lucie
