#include "formats/torch_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "formats/format_test_files.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden_value;
using testing_formats::put_file;

fs::path torch_golden(std::string_view name) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden/torch" / name;
}

void read_all(const fs::path& path) {
  const TorchFile file(path);
  volatile int sum = 0;
  for (const StoredTensor& tensor : file.weights().tensors()) {
    if (!tensor.foreign_type.empty()) continue;
    for (const std::byte byte : file.weights().data(tensor)) sum = sum + static_cast<int>(byte);
  }
}

std::vector<float> values_of(const WeightSource& source, std::string_view name) {
  const StoredTensor* tensor = source.find(name);
  if (tensor == nullptr) return {};
  std::vector<float> values(static_cast<std::size_t>(tensor->shape.numel()));
  decode_row(tensor->dtype, source.data(*tensor).data(), values.data(), tensor->shape.numel());
  return values;
}

std::vector<float> golden_values(std::int64_t index, std::int64_t count, std::int64_t first = 0) {
  std::vector<float> values;
  for (std::int64_t i = first; i < first + count; ++i) values.push_back(golden_value(index, i));
  return values;
}

TEST(TorchFile, reads_every_element_type) {
  const TorchFile file(torch_golden("types.pt"));
  const WeightSource& weights = file.weights();
  ASSERT_EQ(weights.tensors().size(), 16U);
  EXPECT_EQ(weights.tensors()[0].name, "f32") << "in order";
  for (const char* name : {"f32", "f16", "bf16"}) {
    EXPECT_EQ(weights.find(name)->type_name(), name);
    EXPECT_EQ(weights.find(name)->shape, (Shape{2, 3}));
    EXPECT_EQ(values_of(weights, name), golden_values(1, 6)) << name;
  }
  std::int32_t integer;
  std::memcpy(&integer, weights.data(*weights.find("i32")).data(), sizeof(integer));
  EXPECT_EQ(integer, static_cast<std::int32_t>(8 * golden_value(1, 0)));
  EXPECT_EQ(weights.find("scalar")->shape, Shape{});
  EXPECT_EQ(values_of(weights, "scalar"), golden_values(2, 1));
  EXPECT_EQ(weights.find("empty")->bytes, 0U);
  EXPECT_EQ(weights.find("empty")->shape, (Shape{0, 4}));
  EXPECT_EQ(weights.find("parameter")->shape, (Shape{2, 1, 3}));
  EXPECT_EQ(values_of(weights, "parameter"), golden_values(3, 6));
}

TEST(TorchFile, lists_types_that_it_refuses_to_hand_out) {
  const TorchFile file(torch_golden("types.pt"));
  for (const char* name : {"f64", "i64", "i16", "i8", "u8", "bool", "c64", "u16", "f8_e4m3"}) {
    const StoredTensor* tensor = file.weights().find(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(tensor->type_name(), name);
    EXPECT_EQ(tensor->shape, Shape{3});
    const Error error = error_of([&] { file.weights().data(*tensor); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find(name), std::string::npos) << error.what();
  }
  EXPECT_EQ(file.weights().find("i64")->bytes, 24U);
}

TEST(TorchFile, reads_protocols_2_to_5_alike) {
  for (const char* name : {"protocol2.pt", "protocol3.pt", "protocol4.pt", "protocol5.pt"}) {
    SCOPED_TRACE(name);
    const TorchFile file(torch_golden(name));
    EXPECT_EQ(values_of(file.weights(), "model.layers.0"), golden_values(1, 6));
    EXPECT_EQ(values_of(file.weights(), "model.layers.1.bias"), golden_values(2, 4));
    const Json& tree = file.contents();
    EXPECT_EQ(tree.at("model").dump(), R"({"layers":["f32 [2, 3]",{"bias":"f32 [4]"}]})");
    EXPECT_TRUE(tree.at("none").is_null());
    EXPECT_TRUE(tree.at("yes").as_bool());
    EXPECT_FALSE(tree.at("no").as_bool());
    EXPECT_EQ(tree.at("small").as_int(), 7);
    EXPECT_EQ(tree.at("negative").as_int(), -70000);
    EXPECT_EQ(tree.at("large").as_int(), std::int64_t{1} << 40);
    EXPECT_EQ(tree.at("least").as_int(), INT64_MIN);
    EXPECT_EQ(tree.at("beyond").as_string(), "integer of 13 bytes");
    EXPECT_EQ(tree.at("real").as_double(), 0.1);
    EXPECT_EQ(tree.at("text").as_string(), "d\xc3\xa9j\xc3\xa0 vu");
    EXPECT_EQ(tree.at("long").as_string(), std::string(300, 'x'));
    EXPECT_EQ(tree.at("bytes").as_string(), "3 bytes");
    EXPECT_EQ(tree.at("tuple").dump(), "[1,[2,3],[]]");
    EXPECT_EQ(tree.at("set").dump(), "[5]");
    EXPECT_EQ(tree.at("frozen").dump(), "[6]");
    EXPECT_EQ(tree.at("size").dump(), "[2,3]");
    EXPECT_EQ(tree.at("11").as_string(), "integer key");
    EXPECT_EQ(tree.at("dtype").as_string(), "torch.bfloat16");
    EXPECT_EQ(tree.at("default").dump(), R"({"a":[1]})");
  }
}

TEST(TorchFile, reads_windows_on_shared_storages) {
  const TorchFile file(torch_golden("views.pt"));
  const WeightSource& weights = file.weights();
  const std::vector<float> whole = golden_values(1, 24);
  EXPECT_EQ(values_of(weights, "whole"), whole);
  EXPECT_EQ(weights.data(*weights.find("tied")).data(), weights.data(*weights.find("whole")).data())
      << "in place";
  EXPECT_EQ(values_of(weights, "rows"), golden_values(1, 12, 8));
  const std::vector<float> transposed = values_of(weights, "transposed");
  ASSERT_EQ(weights.find("transposed")->shape, (Shape{4, 6}));
  const std::vector<float> columns = values_of(weights, "columns");
  for (std::size_t row = 0; row < 6; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      EXPECT_EQ(transposed[column * 6 + row], whole[row * 4 + column]);
    }
    EXPECT_EQ(columns[row * 2 + 1], whole[row * 4 + 2]);
  }
  const std::vector<float> permuted = values_of(weights, "permuted");  // of (2, 3, 4, 5)
  EXPECT_EQ(weights.find("permuted")->shape, (Shape{5, 3, 2, 4}));
  EXPECT_EQ(permuted[((4 * 3 + 2) * 2 + 1) * 4 + 3],
            golden_value(2, ((1 * 3 + 2) * 4 + 3) * 5 + 4));
  EXPECT_EQ(permuted[((2 * 3 + 1) * 2 + 0) * 4 + 1],
            golden_value(2, ((0 * 3 + 1) * 4 + 1) * 5 + 2));
  EXPECT_EQ(values_of(weights, "one"), golden_values(1, 1)) << "a stride over one element is none";
  EXPECT_EQ(weights.find("mask")->shape, (Shape{4, 1000})) << "repeated, but nobody asks for it";
  for (const StoredTensor& tensor : weights.tensors()) weights.release(tensor);
  EXPECT_EQ(values_of(weights, "whole"), whole) << "released, and read again";
}

TEST(TorchFile, a_tensor_that_repeats_its_elements_is_refused) {
  const Error error = error_of([] { TorchFile(torch_golden("expanded.pt")); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.message().find("'repeated'"), std::string::npos) << error.what();
}

TEST(TorchFile, a_file_that_is_one_tensor_has_no_name) {
  const TorchFile file(torch_golden("bare.pt"));
  EXPECT_EQ(values_of(file.weights(), ""), golden_values(4, 3));
  EXPECT_EQ(file.contents().as_string(), "f32 [3]");
}

TEST(TorchFile, what_would_be_called_is_an_error_with_its_name) {
  const struct {
    const char* file;
    const char* name;
  } cases[] = {{"system.pt", "'posix.system'"},
               {"eval.pt", "'builtins.eval'"},
               {"object.pt", "'some.package.Thing'"}};
  for (const auto& hostile : cases) {
    const Error error = error_of([&] { TorchFile(torch_golden(hostile.file)); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find(hostile.name), std::string::npos) << error.what();
    EXPECT_NE(error.place().find(std::string(hostile.file) + ":"), std::string::npos)
        << "file and offset: " << error.what();
  }
}

TEST(TorchFile, reads_64_bit_headers_and_names_other_archives) {
  EXPECT_EQ(values_of(TorchFile(torch_golden("wide.pt")).weights(), "w"), golden_values(1, 6));
  const Error deflated = error_of([] { TorchFile(torch_golden("deflated.pt")); });
  EXPECT_EQ(deflated.code(), ErrorCode::kUnsupported);
  EXPECT_NE(deflated.message().find("compressed"), std::string::npos) << deflated.what();
  const Error legacy = error_of([] { TorchFile(torch_golden("legacy.pt")); });
  EXPECT_EQ(legacy.code(), ErrorCode::kUnsupported);
  EXPECT_NE(legacy.hint().find("torch.save"), std::string::npos) << legacy.what();
}

TEST(TorchFile, a_cut_file_is_an_error) {
  const std::string bytes = read_file(torch_golden("small.pt"));
  testing_formats::expect_error_when_cut(fresh_folder() / "cut.pt", bytes, bytes.size(), read_all);
}

TEST(TorchFile, a_damaged_byte_does_no_harm) {
  for (const char* name : {"small.pt", "protocol4.pt", "views.pt"}) {
    const std::string bytes = read_file(torch_golden(name));
    const int errors = testing_formats::expect_no_harm_when_damaged(fresh_folder() / "damaged.pt",
                                                                    bytes, read_all);
    EXPECT_GT(errors, 1000) << name;
  }
}

TEST(TorchWriter, writes_what_the_reader_reads) {
  const fs::path path = fresh_folder() / "x.pt";
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  const std::vector<std::uint16_t> b = {0x3f80, 0x4000};
  Json values = Json::object();
  values["step"] = 7;
  values["large"] = std::int64_t{1} << 40;
  values["nested"] = parse_json(R"({"real": 0.5, "list": [null, true, "x", -1]})", "");
  values["args"] = parse_json(R"({"hidden_size": 8})", "");
  TorchWriter writer(path, {{"a", DType::kF32, Shape{2, 3}}, {"b", DType::kBF16, Shape{2}}}, values,
                     {"args"});
  writer.write("a", std::as_bytes(std::span(a)));
  EXPECT_FALSE(fs::exists(path)) << "whole or not at all";
  writer.write("b", std::as_bytes(std::span(b)));
  writer.commit();
  const TorchFile file(path);
  EXPECT_EQ(values_of(file.weights(), "a"), a);
  EXPECT_EQ(values_of(file.weights(), "b"), (std::vector<float>{1, 2}));
  for (const StoredTensor& tensor : file.weights().tensors()) EXPECT_EQ(tensor.offset % 64, 0U);
  EXPECT_EQ(file.contents().at("step").as_int(), 7);
  EXPECT_EQ(file.contents().at("large").as_int(), std::int64_t{1} << 40);
  EXPECT_EQ(file.contents().at("nested"), values.at("nested"));
  EXPECT_EQ(file.contents().at("args"), values.at("args"));
}

TEST(TorchWriter, refuses_what_the_format_cannot_hold) {
  const fs::path path = fresh_folder() / "x.pt";
  EXPECT_EQ(error_of([&] {
              TorchWriter(path, {{"a", DType::kQ8_0, Shape{32}}});
            }).code(),
            ErrorCode::kUnsupported);
  Json values = Json::object();
  values["a"] = 1;
  EXPECT_THROW(TorchWriter(path, {{"a", DType::kF32, Shape{1}}}, values), Error);
  TorchWriter writer(path, {{"a", DType::kF32, Shape{1}}});
  const float value = 1;
  EXPECT_THROW(writer.write("b", std::as_bytes(std::span(&value, 1))), Error);
  EXPECT_THROW(writer.commit(), Error) << "a is missing";
}

}  // namespace
}  // namespace lucie
