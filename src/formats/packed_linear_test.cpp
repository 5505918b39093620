#include "formats/packed_linear.h"

#include <gtest/gtest.h>

#include <cstring>

#include "formats/format_test_files.h"
#include "formats/safetensors.h"
#include "formats/unpacked_source.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden;

// A file made by tools/make_packed_golden.py, and its quantization_config.
struct Golden {
  explicit Golden(const std::string& name) : path(golden("../packed/" + name + ".safetensors")) {}
  Json config() const {
    return parse_json(SafetensorsReader(path).metadata().at("quantization_config"), "config");
  }
  PackedFormat format() const { return PackedFormat::from_json(config()); }
  fs::path path;
};

std::vector<float> decoded(const WeightSource& source, const StoredTensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.shape.numel()));
  decode_row(tensor.dtype, source.data(tensor).data(), values.data(), tensor.shape.numel());
  return values;
}

class Packed : public testing::TestWithParam<std::pair<const char*, DType>> {};

TEST_P(Packed, a_layer_has_the_values_that_its_library_computes_with) {
  const Golden golden(GetParam().first);
  const auto source = unpack_linears(open_safetensors(golden.path), golden.format(), "golden");
  ASSERT_EQ(source->tensors().size(), 2U) << "what was packed shows as one tensor";
  const StoredTensor& expected = *source->find("expected");
  const StoredTensor& weight = *source->find("proj.weight");
  ASSERT_EQ(weight.shape, expected.shape);
  EXPECT_EQ(weight.dtype, GetParam().second);
  std::vector<float> wanted = decoded(*source, expected);
  if (!dtype_info(weight.dtype).quantized) {
    for (float& value : wanted) {
      value = weight.dtype == DType::kF16 ? f16_to_float(float_to_f16(value))
                                          : bf16_to_float(float_to_bf16(value));
    }
  }
  EXPECT_EQ(decoded(*source, weight), wanted);
  source->release(weight);
  EXPECT_EQ(decoded(*source, weight), wanted) << "unpacked once more";
}

INSTANTIATE_TEST_SUITE_P(
    Golden, Packed,
    testing::Values(
        std::pair("gptq_4_symmetric", DType::kQ4_0), std::pair("gptq_4_zeros", DType::kQ5_0),
        std::pair("gptq_4_act_order", DType::kF16), std::pair("gptq_4_whole_column", DType::kQ5_0),
        std::pair("gptq_4_short_group", DType::kQ4_0), std::pair("gptq_4_bf16", DType::kBF16),
        std::pair("gptq_4_second_format", DType::kQ4_0), std::pair("gptq_2", DType::kQ4_0),
        std::pair("gptq_3", DType::kQ4_0), std::pair("gptq_8_symmetric", DType::kQ8_0),
        std::pair("gptq_8_zeros", DType::kF16), std::pair("awq_gemm", DType::kQ5_0),
        std::pair("awq_gemv", DType::kQ5_0), std::pair("awq_gemm_128", DType::kQ5_0),
        std::pair("awq_gemv_64", DType::kQ5_0)),
    [](const auto& test) { return test.param.first; });

Error refusal(const char* json) {
  return error_of([&] { PackedFormat::from_json(parse_json(json, "config.json")); });
}

TEST(PackedFormat, what_is_not_read_is_refused_by_name) {
  EXPECT_NE(std::string(refusal(R"({"quant_method": "bitsandbytes"})").what()).find("bitsandbytes"),
            std::string::npos);
  for (const char* json :
       {R"({"quant_method": "awq", "bits": 3})", R"({"quant_method": "gptq", "bits": 5})",
        R"({"quant_method": "gptq", "bits": 4, "group_size": 0})",
        R"({"quant_method": "gptq", "bits": 4, "group_size": -2})",
        R"({"quant_method": "awq", "bits": 4, "version": "marlin"})",
        R"({"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"})"}) {
    EXPECT_EQ(refusal(json).code(), ErrorCode::kUnsupported) << json;
  }
}

TEST(PackedFormat, old_files_without_a_method_are_gptq) {
  const PackedFormat format =
      PackedFormat::from_json(parse_json(R"({"bits": 8, "group_size": -1})", "x"));
  EXPECT_EQ(format.layout, PackedFormat::Layout::kGptq);
  EXPECT_EQ(format.bits, 8);
  EXPECT_EQ(format.zero_offset, 1);
}

// The golden's layer with one tensor changed: left out, or of other words.
fs::path changed(const std::string& part, const std::vector<std::int32_t>& words, Shape shape) {
  const SafetensorsReader reader(Golden("gptq_4_symmetric").path);
  std::vector<StoredTensor> tensors;
  for (const StoredTensor& tensor : reader.tensors()) {
    if (tensor.name == part && words.empty()) continue;
    tensors.push_back(tensor);
    if (tensor.name == part) tensors.back().shape = shape;
  }
  const fs::path path = fresh_folder() / "model.safetensors";
  SafetensorsWriter writer(path, tensors);
  for (const StoredTensor& tensor : tensors) {
    writer.write(tensor.name, tensor.name == part ? std::as_bytes(std::span(words))
                                                  : reader.data(*reader.find(tensor.name)));
  }
  writer.commit();
  return path;
}

Error error_in(const fs::path& path) {
  return error_of([&] {
    unpack_linears(open_safetensors(path), Golden("gptq_4_symmetric").format(), path.string());
  });
}

TEST(PackedLinear, tensors_that_do_not_fit_together_are_named) {
  const Error missing = error_in(changed("proj.scales", {}, {}));
  EXPECT_EQ(missing.code(), ErrorCode::kCorrupt);
  EXPECT_NE(std::string(missing.what()).find("proj.scales"), std::string::npos);
  const Error zeros = error_in(changed("proj.qzeros", std::vector<std::int32_t>(8), {2, 4}));
  EXPECT_EQ(zeros.code(), ErrorCode::kMismatch);
  EXPECT_NE(std::string(zeros.what()).find("proj.qzeros"), std::string::npos);
  EXPECT_EQ(error_in(changed("proj.qweight", std::vector<std::int32_t>(32), {1, 32})).code(),
            ErrorCode::kMismatch);
  EXPECT_EQ(error_in(changed("proj.g_idx", std::vector<std::int32_t>(95), {95})).code(),
            ErrorCode::kMismatch);
  for (const std::int32_t group : {-1, 3}) {
    EXPECT_EQ(error_in(changed("proj.g_idx", std::vector<std::int32_t>(96, group), {96})).code(),
              ErrorCode::kCorrupt);
  }
}

TEST(UnpackedWeights, a_directory_says_in_either_file_how_it_is_packed) {
  const Golden golden("gptq_3");
  for (const bool own_file : {false, true}) {
    const fs::path folder = fresh_folder();
    fs::copy_file(golden.path, folder / "model.safetensors");
    EXPECT_EQ(open_unpacked_weights(folder)->find("proj.weight"), nullptr) << "nothing says so";
    Json config = Json::object();
    config["quantization_config"] = golden.config();
    write_json(folder / (own_file ? "quantize_config.json" : "config.json"),
               own_file ? golden.config() : config);
    EXPECT_NE(open_unpacked_weights(folder)->find("proj.weight"), nullptr);
  }
}

}  // namespace
}  // namespace lucie
