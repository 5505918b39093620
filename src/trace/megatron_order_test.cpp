#include <gtest/gtest.h>

#include "base/test_files.h"
#include "corpus/token_shards.h"
#include "formats/indexed_dataset.h"
#include "trace/numpy_random.h"
#include "trace/training_order.h"

namespace lucie {
namespace {

fs::path write_set(const testing_base::Folder& folder, std::size_t number, const Json& sizes) {
  const fs::path prefix = folder / ("set" + std::to_string(number));
  IndexedDatasetWriter writer(prefix, 1000);
  for (const Json& size : sizes.items()) {
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(size.as_int()), 7);
    writer.add_document(tokens);
  }
  writer.commit();
  return prefix;
}

MegatronVariant variant_of(const std::string& name) {
  return name == "megatron"    ? MegatronVariant::kMegatron
         : name == "deepspeed" ? MegatronVariant::kDeepSpeed
         : name == "lucie"     ? MegatronVariant::kLucie
                               : MegatronVariant::kNeoX;
}

MegatronSettings settings_of(const testing_base::Folder& folder, const Json& golden) {
  MegatronSettings settings;
  for (std::size_t k = 0; k < golden.at("sizes").size(); ++k) {
    settings.prefixes.push_back(write_set(folder, k, golden.at("sizes").at(k)));
  }
  for (const Json& weight : golden.at("weights").items()) {
    settings.weights.push_back(weight.as_double());
  }
  settings.split.clear();
  for (const Json& part : golden.at("split").items()) settings.split.push_back(part.as_double());
  settings.variant = variant_of(golden.at("variant").as_string());
  settings.seed = static_cast<std::uint32_t>(golden.at("seed").as_int());
  settings.sequence_length = static_cast<std::uint64_t>(golden.at("sequence_length").as_int());
  settings.samples = static_cast<std::uint64_t>(golden.at("samples").as_int());
  return settings;
}

void expect_sample(const Json& found, const Json& golden, const testing_base::Folder& folder) {
  const std::string prefix =
      (folder / ("set" + std::to_string(golden.at(std::size_t{0}).as_int()))).string();
  const Json& expected = golden.at(std::size_t{1});
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const Json& piece = found.at(k);
    EXPECT_EQ(piece.at("data").as_string(), prefix);
    EXPECT_EQ(piece.at("document"), expected.at(k).at(std::size_t{0}));
    EXPECT_EQ(piece.at("begin"), expected.at(k).at(std::size_t{1}));
    EXPECT_EQ(piece.at("end"), expected.at(k).at(std::size_t{2}));
  }
}

TEST(MegatronOrder, is_that_of_numpy_for_every_variant) {
  const Json golden = read_json(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/orders.json");
  ASSERT_GE(golden.at("cases").size(), 20U);
  for (const Json& one : golden.at("cases").items()) {
    const testing_base::Folder folder;
    SCOPED_TRACE(one.at("variant").as_string() + ", seed " +
                 std::to_string(one.at("seed").as_int()));
    const auto order = megatron_order(settings_of(folder, one));
    ASSERT_EQ(order->samples(), one.at("expected").size());
    for (std::size_t i = 0; i < one.at("expected").size(); ++i) {
      expect_sample(order->pieces_of(i), one.at("expected").at(i), folder);
    }
    expect_sample(order->pieces_of(0), one.at("expected").at(std::size_t{0}), folder);  // and back
  }
}

TEST(MegatronOrder, tells_documents_where_docs_lie_beside) {
  const testing_base::Folder folder;
  TokenShardWriter writer(folder / "fr", 100);
  for (const char* id : {"a", "b"}) {
    Document document;
    document.id = id;
    document.source = "man";
    document.licence = "MIT";
    writer.add(document, std::vector<std::int32_t>(9, 1), 9);
  }
  writer.commit();
  MegatronSettings settings;
  settings.prefixes = {folder / "fr"};
  settings.sequence_length = 4;
  settings.samples = 4;
  const auto order = megatron_order(settings);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const Json pieces = order->pieces_of(i);
    for (const Json& piece : pieces.items()) {
      EXPECT_EQ(piece.at("id").as_string(), piece.at("document").as_int() == 0 ? "a" : "b");
      EXPECT_EQ(piece.at("licence").as_string(), "MIT");
    }
  }
}

TEST(MegatronOrder, refuses_what_makes_no_order) {
  const testing_base::Folder folder;
  MegatronSettings settings;
  settings.prefixes = {write_set(folder, 0, parse_json("[5, 6]", "sizes"))};
  settings.sequence_length = 4;
  settings.samples = 2;
  EXPECT_NO_THROW(megatron_order(settings));
  const auto refused = [&](auto change) {
    MegatronSettings bad = settings;
    change(bad);
    EXPECT_THROW(megatron_order(bad), Error);
  };
  refused([](MegatronSettings& s) { s.samples = 0; });
  refused([](MegatronSettings& s) { s.sequence_length = 0; });
  refused([](MegatronSettings& s) { s.samples = ~std::uint64_t{0}; });
  refused([](MegatronSettings& s) { s.weights = {0.5, 0.5}; });
  refused([](MegatronSettings& s) { s.weights = {-1}; });
  refused([](MegatronSettings& s) { s.split = {0, 1}; });
  refused([](MegatronSettings& s) { s.prefixes.clear(); });
}

TEST(NumpySum, adds_in_pairs_beyond_eight_values) {
  // 1 + 2^-53 eight times: one after the other all small values are lost, in pairs they are not.
  std::vector<double> values(16, 0x1p-53);
  values[0] = 1;
  EXPECT_GT(numpy_sum(values.data(), values.size()), 1.0);
  EXPECT_EQ(numpy_sum(values.data(), 7), 1.0);
  const std::vector<double> many(1000, 0.1);  // numpy.sum(numpy.full(1000, 0.1))
  EXPECT_EQ(numpy_sum(many.data(), many.size()), 100.00000000000001);
}

}  // namespace
}  // namespace lucie
