#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <tuple>

#include "formats/format_test_files.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden;
using testing_formats::golden_value;
using testing_formats::put_file;

void read_all(const fs::path& path) {
  const SafetensorsReader reader(path);
  volatile int sum = 0;
  for (const StoredTensor& tensor : reader.tensors()) {
    for (const std::byte byte : reader.data(tensor)) sum = sum + static_cast<int>(byte);
  }
}

// A file of the given header and number of data bytes.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + std::string(data_bytes, 'x');
}

Error error_of_file(const std::string& bytes) {
  const fs::path path = fresh_folder() / "hostile.safetensors";
  put_file(path, bytes);
  return error_of([&] { read_all(path); });
}

std::string entry(const std::string& shape, const std::string& range,
                  const std::string& dtype = "F32") {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + range + "}";
}

TEST(Safetensors, reads_what_the_reference_writes) {
  const SafetensorsReader reader(golden("reference.safetensors"));
  EXPECT_EQ(reader.metadata().at("seed"), std::to_string(testing_formats::golden_seed()));
  ASSERT_EQ(reader.tensors().size(), 6U);

  const StoredTensor* a = reader.find("a.weight");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->dtype, DType::kF32);
  EXPECT_EQ(a->shape, (Shape{2, 3}));
  float values[6];
  ASSERT_EQ(reader.data(*a).size(), sizeof(values));
  std::memcpy(values, reader.data(*a).data(), sizeof(values));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(values[i], golden_value(1, i));

  const StoredTensor* ids = reader.find("ids");
  ASSERT_NE(ids, nullptr);
  EXPECT_EQ(ids->dtype, DType::kI32);
  std::int32_t first;
  std::memcpy(&first, reader.data(*ids).data(), sizeof(first));
  EXPECT_EQ(first, static_cast<std::int32_t>(8 * golden_value(0, 0)));

  EXPECT_EQ(reader.find("scalar")->shape, Shape{});
  EXPECT_EQ(reader.find("empty")->bytes, 0U);
  EXPECT_EQ(reader.find("absent"), nullptr);

  const StoredTensor* b = reader.find("b.weight");
  ASSERT_EQ(b->dtype, DType::kBF16);
  float widened[6];
  decode_row(DType::kBF16, reader.data(*b).data(), widened, 6);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(widened[i], golden_value(3, i));
}

TEST(Safetensors, writes_the_bytes_of_the_reference) {
  const SafetensorsReader reader(golden("reference.safetensors"));
  const fs::path path = fresh_folder() / "copy.safetensors";
  SafetensorsWriter writer(path, reader.tensors(), reader.metadata());
  for (const StoredTensor& tensor : reader.tensors()) {
    writer.write(tensor.name, reader.data(tensor));
  }
  writer.commit();
  EXPECT_EQ(read_file(path), read_file(golden("reference.safetensors")));
}

TEST(Safetensors, a_cut_file_is_an_error) {
  const std::string bytes = read_file(golden("reference.safetensors"));
  testing_formats::expect_error_when_cut(fresh_folder() / "cut.safetensors", bytes, bytes.size(),
                                         read_all);
}

TEST(Safetensors, a_damaged_byte_does_no_harm) {
  const std::string bytes = read_file(golden("reference.safetensors"));
  const int errors = testing_formats::expect_no_harm_when_damaged(
      fresh_folder() / "damaged.safetensors", bytes, read_all);
  EXPECT_GT(errors, 500);  // most of the file is its header
}

TEST(Safetensors, hostile_headers_are_corrupt) {
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"no file", "", "the header's length"},
      {"length beyond the file", std::string("\xff\xff\0\0\0\0\0\0{}", 10), "the header"},
      {"length of 2^63", std::string("\0\0\0\0\0\0\0\x80{}", 10), "too long"},
      {"not an object", file_of("[]", 0), "not a JSON object"},
      {"entry is a number", file_of(R"({"a":1})", 0), "'dtype'"},
      {"no shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "'shape'"},
      {"negative", file_of(R"({"a":)" + entry("[-1]", "[0,4]") + "}", 4), "'shape'"},
      {"fraction", file_of(R"({"a":)" + entry("[1.5]", "[0,4]") + "}", 4), "'shape'"},
      {"backwards", file_of(R"({"a":)" + entry("[1]", "[4,0]") + "}", 4), "not a range"},
      {"three offsets", file_of(R"({"a":)" + entry("[1]", "[0,4,8]") + "}", 4), "not a range"},
      {"offset of 2^64-1",
       file_of(R"({"a":)" + entry("[1]", "[18446744073709551611,18446744073709551615]") + "}", 4),
       "'data_offsets'"},
      {"shape of 2^64 elements",
       file_of(R"({"a":)" + entry("[4294967296,4294967296]", "[0,0]") + "}", 0), "2^63"},
      {"overflow hidden by a zero",
       file_of(R"({"a":)" + entry("[4294967296,4294967296,0]", "[0,0]") + "}", 0), "2^63"},
      {"2^64 bytes", file_of(R"({"a":)" + entry("[4611686018427387904]", "[0,0]") + "}", 0),
       "2^64"},
      {"shape and range differ", file_of(R"({"a":)" + entry("[2]", "[0,4]") + "}", 4), "takes 8"},
      {"beyond the end", file_of(R"({"a":)" + entry("[2]", "[0,8]") + "}", 7), "beyond the end"},
      {"unused bytes", file_of(R"({"a":)" + entry("[2]", "[0,8]") + "}", 9), "belong to none"},
      {"gap", file_of(R"({"a":)" + entry("[1]", "[4,8]") + "}", 8), "gap"},
      {"overlap",
       file_of(R"({"a":)" + entry("[2]", "[0,8]") + R"(,"b":)" + entry("[2]", "[4,12]") + "}", 12),
       "overlaps"},
      {"twice",
       file_of(R"({"a":)" + entry("[1]", "[0,4]") + R"(,"a":)" + entry("[1]", "[4,8]") + "}", 8),
       "twice"},
      {"metadata is a list", file_of(R"({"__metadata__":[]})", 0), "__metadata__"},
      {"metadata of numbers", file_of(R"({"__metadata__":{"a":1}})", 0), "__metadata__"},
  };
  for (const auto& hostile : cases) {
    SCOPED_TRACE(hostile.what);
    const Error error = error_of_file(hostile.bytes);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
    EXPECT_NE(error.message().find(hostile.message), std::string::npos) << error.what();
    EXPECT_NE(error.place().find("hostile.safetensors"), std::string::npos) << error.what();
  }
}

TEST(Safetensors, unknown_types_and_ranks_are_named) {
  const Error type = error_of_file(file_of(R"({"w":)" + entry("[1]", "[0,8]", "F4") + "}", 8));
  EXPECT_EQ(type.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(type.what()).find("'F4'"), std::string::npos) << type.what();
  EXPECT_NE(std::string(type.what()).find("'w'"), std::string::npos) << type.what();
  const Error rank = error_of_file(file_of(R"({"w":)" + entry("[1,1,1,1,1]", "[0,4]") + "}", 4));
  EXPECT_EQ(rank.code(), ErrorCode::kUnsupported);
}

TEST(Safetensors, lists_types_that_it_refuses_to_hand_out) {
  const SafetensorsReader reader(golden("foreign.safetensors"));
  EXPECT_EQ(reader.data(*reader.find("w")).size(), 24U);
  for (const auto& [name, type, bytes] : {std::tuple("mask", "bool", std::uint64_t{16}),
                                          std::tuple("ids", "i64", std::uint64_t{40}),
                                          std::tuple("f64", "f64", std::uint64_t{16})}) {
    const StoredTensor* tensor = reader.find(name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->type_name(), type);
    EXPECT_EQ(tensor->bytes, bytes);
    const Error error = error_of([&] { reader.data(*tensor); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find(name), std::string::npos) << error.what();
  }
  const Error size = error_of_file(file_of(R"({"w":)" + entry("[1]", "[0,4]", "I64") + "}", 4));
  EXPECT_EQ(size.code(), ErrorCode::kCorrupt) << "8 bytes each";
}

TEST(SafetensorsWriter, leaves_nothing_when_a_tensor_is_missing) {
  const fs::path path = fresh_folder() / "partial.safetensors";
  {
    SafetensorsWriter writer(path, {{"a", DType::kF32, Shape{1}}, {"b", DType::kF32, Shape{1}}});
    const float value = 1;
    const auto bytes = std::as_bytes(std::span(&value, 1));
    EXPECT_THROW(writer.write("b", bytes), Error) << "out of turn";
    EXPECT_THROW(writer.write("a", bytes.first(3)), Error) << "wrong size";
    writer.write("a", bytes);
    EXPECT_THROW(writer.commit(), Error) << "b is missing";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(SafetensorsWriter, refuses_what_the_format_cannot_hold) {
  const fs::path path = fresh_folder() / "x.safetensors";
  EXPECT_EQ(error_of([&] { SafetensorsWriter(path, {{"a", DType::kQ8_0, Shape{32}}}); }).code(),
            ErrorCode::kUnsupported);
  EXPECT_THROW(
      SafetensorsWriter(path, {{"a", DType::kF32, Shape{1}}, {"a", DType::kF32, Shape{1}}}), Error);
  EXPECT_THROW(SafetensorsWriter(path, {{"__metadata__", DType::kF32, Shape{1}}}), Error);
}

TEST(SafetensorsWriter, round_trips_names_and_metadata_that_need_escapes) {
  const fs::path path = fresh_folder() / "odd.safetensors";
  const std::string name = "quote\" back\\ line\n \xc3\xa9";
  const std::map<std::string, std::string> metadata = {{"a\"b", ""}, {"", "\t\x01"}};
  const std::vector<std::uint16_t> data(6, 0x3c00);
  SafetensorsWriter writer(path, {{name, DType::kF16, Shape{2, 3}}}, metadata);
  writer.write(name, std::as_bytes(std::span(data)));
  writer.commit();
  const SafetensorsReader reader(path);
  ASSERT_NE(reader.find(name), nullptr);
  EXPECT_EQ(reader.find(name)->shape, (Shape{2, 3}));
  EXPECT_EQ(reader.find(name)->offset % 8, 0U);
  EXPECT_EQ(reader.metadata(), metadata);
}

}  // namespace
}  // namespace lucie
