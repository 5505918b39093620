// Models of every family and variant through files and back: not a bit of a weight may change, and
// the config must stay what it is.
#include <gtest/gtest.h>

#include <set>

#include "model/load.h"
#include "model/published_weights.h"
#include "model/save.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_model::FamilyGoldenFile;
using testing_model::PublishedWeights;

class RoundTrip : public testing::TestWithParam<std::string>, public FamilyGoldenFile {
 protected:
  RoundTrip() : FamilyGoldenFile(GetParam()) {
    options_.dtype = DType::kF32;
    const Parameters weights =
        load_parameters(ctx_, published_, config, &TensorSpec::hf, "published");
    fs::create_directory(first());
    save_hf(first(), config, values_of(ctx_, weights), nullptr, options_);
  }

  fs::path first() const { return folder_ / "first"; }
  // What is at `from`, as a directory again.
  fs::path directory_of(const fs::path& from) {
    const LoadedModel model = load_model(ctx_, from, TokenizerNeed::kNone);
    const fs::path to = from.string() + " again";
    fs::create_directory(to);
    save_hf(to, model.decoder->config(), values_of(ctx_, model.decoder->weights()), nullptr,
            options_);
    return to;
  }
  fs::path gguf_of(const fs::path& from) {
    const LoadedModel model = load_model(ctx_, from, TokenizerNeed::kNone);
    const fs::path to = from.string() + ".gguf";
    testing_model::save_plain_gguf(to, model.decoder->config(),
                                   values_of(ctx_, model.decoder->weights()), nullptr, options_);
    return to;
  }
  static void expect_same_bytes(const fs::path& a, const fs::path& b) {
    for (const char* file : {"model.safetensors", "config.json"}) {
      EXPECT_TRUE(read_file(a / file) == read_file(b / file)) << file;
    }
  }

  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  testing_base::Folder folder_;
  PublishedWeights published_{config, seed};
  SaveOptions options_;
};

TEST_P(RoundTrip, a_directory_holds_the_published_tensors_bit_for_bit) {
  const SafetensorsReader written(first() / "model.safetensors");
  EXPECT_EQ(written.tensors().size(), published_.tensors().size());
  for (const StoredTensor& tensor : published_.tensors()) {
    const StoredTensor* found = written.find(tensor.name);
    ASSERT_NE(found, nullptr) << tensor.name;
    EXPECT_EQ(found->shape, tensor.shape) << tensor.name;
    EXPECT_TRUE(std::ranges::equal(written.data(*found), published_.data(tensor))) << tensor.name;
  }
}

TEST_P(RoundTrip, a_directory_that_is_read_and_written_is_the_same) {
  expect_same_bytes(directory_of(first()), first());
}

TEST_P(RoundTrip, a_directory_comes_back_from_gguf_as_it_was) {
  expect_same_bytes(directory_of(gguf_of(first())), first());
}

TEST_P(RoundTrip, a_gguf_comes_back_from_a_directory_as_it_was) {
  const fs::path gguf = gguf_of(first());
  EXPECT_TRUE(read_file(gguf_of(directory_of(gguf))) == read_file(gguf));
  EXPECT_TRUE(read_file(gguf_of(gguf)) == read_file(gguf));
}

INSTANTIATE_TEST_SUITE_P(Families, RoundTrip,
                         testing::ValuesIn(testing_model::family_golden_names()),
                         [](const auto& test) { return test.param; });

TEST(FamilyGoldens, are_of_every_family) {
  std::set<std::string> seen;
  for (const std::string& name : testing_model::family_golden_names()) {
    seen.insert(FamilyGoldenFile(name).config.architecture);
  }
  for (const std::string& name : family_names()) EXPECT_TRUE(seen.contains(name)) << name;
}

}  // namespace
}  // namespace lucie
