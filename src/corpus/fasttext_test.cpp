#include "corpus/fasttext.h"

#include <gtest/gtest.h>

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
