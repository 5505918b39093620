#include "formats/gguf.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/json.h"
#include "formats/format_test_files.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden;
using testing_formats::golden_value;
using testing_formats::put_file;

void read_all(const fs::path& path) {
  const GgufReader reader(path);
  volatile int sum = 0;
  for (const StoredTensor& tensor : reader.tensors()) {
    for (const std::byte byte : reader.data(tensor)) sum = sum + static_cast<int>(byte);
  }
}

// Builds files by hand, to be wrong in one place.
class Bytes {
 public:
  template <class T>
  Bytes& number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    text_.append(bytes, sizeof(T));
    return *this;
  }
  Bytes& u32(std::uint32_t value) { return number(value); }
  Bytes& u64(std::uint64_t value) { return number(value); }
  Bytes& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  Bytes& string(std::string_view text) { return u64(text.size()).raw(text); }
  Bytes& header(std::uint64_t tensors, std::uint64_t pairs) {
    return raw("GGUF").u32(3).u64(tensors).u64(pairs);
  }
  Bytes& vector(std::string_view name, std::uint64_t elements, std::uint64_t offset,
                std::uint32_t type = 0) {
    return string(name).u32(1).u64(elements).u32(type).u64(offset);
  }
  // Padding of the directory, then data.
  std::string with_data(std::size_t bytes) const {
    return text_ + std::string((32 - text_.size() % 32) % 32, '\0') + std::string(bytes, 'x');
  }
  operator std::string() const { return text_; }

 private:
  std::string text_;
};

Error error_of_file(const std::string& bytes) {
  const fs::path path = fresh_folder() / "hostile.gguf";
  put_file(path, bytes);
  return error_of([&] { read_all(path); });
}

TEST(Gguf, reads_what_the_reference_writes) {
  const GgufReader reader(golden("reference.gguf"));
  EXPECT_EQ(reader.text("general.architecture", ""), "llama");
  EXPECT_EQ(reader.integer("test.seed", 0), testing_formats::golden_seed());
  EXPECT_EQ(reader.integer("test.u8", 0), 200);
  EXPECT_EQ(reader.integer("test.i8", 0), -100);
  EXPECT_EQ(reader.integer("test.u16", 0), 60000);
  EXPECT_EQ(reader.integer("test.i16", 0), -30000);
  EXPECT_EQ(reader.integer("test.u32", 0), 4000000000);
  EXPECT_EQ(reader.integer("test.i32", 0), -2000000000);
  EXPECT_EQ(reader.integer("test.i64", 0), -(std::int64_t{1} << 62));
  EXPECT_EQ(reader.integer("test.bool", 0), 1);
  EXPECT_EQ(reader.real("test.f32", 0), 0.25);
  EXPECT_EQ(reader.real("test.f64", 0), 0.1);
  EXPECT_EQ(reader.text("test.string", ""), "d\xc3\xa9j\xc3\xa0 vu");
  EXPECT_EQ(reader.find_value("test.strings")->texts,
            (std::vector<std::string>{"", "a", "\xe4\xb8\xad"}));
  EXPECT_EQ(reader.find_value("test.i32s")->integers, (std::vector<std::int64_t>{1, -2, 3}));
  EXPECT_EQ(reader.find_value("test.f32s")->reals, (std::vector<double>{0.5, -1.5}));
  EXPECT_EQ(reader.find_value("test.bools")->integers, (std::vector<std::int64_t>{1, 0}));

  ASSERT_EQ(reader.tensors().size(), 4U);
  EXPECT_EQ(reader.tensors()[0].name, "a.weight");
  const StoredTensor& a = reader.tensors()[0];
  EXPECT_EQ(a.shape, (Shape{2, 3})) << "outermost first";
  float values[6];
  ASSERT_EQ(a.bytes, sizeof(values));
  std::memcpy(values, reader.data(a).data(), sizeof(values));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(values[i], golden_value(1, i));

  const StoredTensor* c = reader.find("c.weight");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->dtype, DType::kQ8_0);
  EXPECT_EQ(c->shape, (Shape{3, 64}));
  EXPECT_EQ(c->bytes, 3U * 2 * 34);
  float row[64];
  decode_row(DType::kQ8_0, reader.data(*c).data() + 2 * 2 * 34, row, 64);
  for (int i = 0; i < 64; ++i) EXPECT_NEAR(row[i], golden_value(3, 2 * 64 + i), 0.07);
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

TEST(Gguf, decodes_every_quantized_type_bit_for_bit) {
  const GgufReader reader(golden("types.gguf"));
  const Json golden_blocks =
      read_json(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/block_values.json");
  const Json::Object& types = golden_blocks.at("types").members();
  ASSERT_EQ(types.size(), 12U);
  for (const auto& [name, golden_type] : types) {
    SCOPED_TRACE(name);
    const StoredTensor* tensor = reader.find(name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->type_name(), name);
    std::vector<float> values(static_cast<std::size_t>(tensor->shape.numel()));
    decode_row(tensor->dtype, reader.data(*tensor).data(), values.data(), tensor->shape.numel());
    const std::string wanted = bytes_of_hex(golden_type.at("values").as_string());
    ASSERT_EQ(values.size() * sizeof(float), wanted.size());
    EXPECT_EQ(std::memcmp(values.data(), wanted.data(), wanted.size()), 0);
  }
}

TEST(Gguf, lists_types_that_it_refuses_to_hand_out) {
  const GgufReader reader(golden("types.gguf"));
  for (const auto& [name, shape] :
       {std::pair("iq3_s", Shape{1, 256}), std::pair("i64", Shape{3})}) {
    const StoredTensor* tensor = reader.find(name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->type_name(), name);
    EXPECT_EQ(tensor->shape, shape);
    const Error error = error_of([&] { reader.data(*tensor); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find(name), std::string::npos) << error.what();
    EXPECT_THROW(GgufWriter(fresh_folder() / "x.gguf", {}, {*tensor}), Error);
  }
}

TEST(Gguf, writes_the_bytes_of_the_reference) {
  for (const char* name : {"reference.gguf", "reference_aligned64.gguf"}) {
    SCOPED_TRACE(name);
    const GgufReader reader(golden(name));
    const fs::path path = fresh_folder() / "copy.gguf";
    GgufWriter writer(path, reader.metadata(), reader.tensors());
    for (const StoredTensor& tensor : reader.tensors()) {
      writer.write(tensor.name, reader.data(tensor));
    }
    writer.commit();
    EXPECT_EQ(read_file(path), read_file(golden(name)));
  }
}

TEST(Gguf, honours_the_alignment) {
  const GgufReader reader(golden("reference_aligned64.gguf"));
  for (const StoredTensor& tensor : reader.tensors()) EXPECT_EQ(tensor.offset % 64, 0U);
}

TEST(Gguf, reads_version_2) {
  std::string bytes = read_file(golden("reference.gguf"));
  bytes[4] = 2;
  const fs::path path = fresh_folder() / "v2.gguf";
  put_file(path, bytes);
  EXPECT_EQ(GgufReader(path).tensors().size(), 4U);
}

TEST(Gguf, a_cut_file_is_an_error) {
  const std::string bytes = read_file(golden("reference.gguf"));
  const GgufReader reader(golden("reference.gguf"));
  const StoredTensor& last = reader.tensors().back();  // what follows it is padding
  testing_formats::expect_error_when_cut(fresh_folder() / "cut.gguf", bytes,
                                         last.offset + last.bytes, read_all);
}

TEST(Gguf, a_damaged_byte_does_no_harm) {
  const std::string bytes = read_file(golden("reference.gguf"));
  const int errors = testing_formats::expect_no_harm_when_damaged(fresh_folder() / "damaged.gguf",
                                                                  bytes, read_all);
  EXPECT_GT(errors, 300);
}

TEST(Gguf, hostile_files_are_corrupt) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 62;
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"empty", "", "magic"},
      {"another magic", "GGML    ", "GGUF"},
      {"2^62 tensors", Bytes().header(kHuge, 0), "number of tensors"},
      {"2^64-1 pairs", Bytes().header(0, ~std::uint64_t{0}), "number of metadata pairs"},
      {"key of 2^64-1 bytes", Bytes().header(0, 1).u64(~std::uint64_t{0}).raw("12345"), "key"},
      {"value type 13", Bytes().header(0, 1).string("key").u32(13).u64(0), "value type"},
      {"bool of 2", Bytes().header(0, 1).string("key").u32(7).raw("\x02"), "bool"},
      {"array of 2^62 strings", Bytes().header(0, 1).string("k").u32(9).u32(8).u64(kHuge), "array"},
      {"array of 2^61 doubles, 2^64 bytes",
       Bytes().header(0, 1).string("k").u32(9).u32(12).u64(kHuge / 2), "array"},
      {"key twice",
       Bytes().header(0, 2).string("k").u32(7).raw("\x01").string("k").u32(7).raw("\x01"), "twice"},
      {"alignment 0", Bytes().header(0, 1).string("general.alignment").u32(4).u32(0),
       "power of two"},
      {"alignment 48", Bytes().header(0, 1).string("general.alignment").u32(4).u32(48),
       "power of two"},
      {"alignment is text", Bytes().header(0, 1).string("general.alignment").u32(8).string("32"),
       "integer"},
      {"negative dimension", Bytes().header(1, 0).vector("t", ~std::uint64_t{0}, 0).with_data(64),
       "negative"},
      {"2^64 elements",
       Bytes().header(1, 0).string("t").u32(2).u64(kHuge).u64(4).u32(0).u64(0).with_data(64),
       "2^63"},
      {"2^64 bytes", Bytes().header(1, 0).vector("t", kHuge, 0).with_data(64), "2^64"},
      {"half a block", Bytes().header(1, 0).vector("t", 48, 0, 8).with_data(64), "blocks of 32"},
      {"misaligned", Bytes().header(1, 0).vector("t", 4, 4).with_data(64), "aligned"},
      {"offset beyond the end", Bytes().header(1, 0).vector("t", 4, 96).with_data(64), "beyond"},
      {"offset of 2^64-32",
       Bytes().header(1, 0).vector("t", 16, ~std::uint64_t{0} - 31).with_data(64), "beyond"},
      {"reaches beyond the end", Bytes().header(1, 0).vector("t", 17, 0).with_data(64), "beyond"},
      {"overlap", Bytes().header(2, 0).vector("t", 16, 0).vector("u", 4, 32).with_data(64),
       "overlaps"},
      {"name twice", Bytes().header(2, 0).vector("t", 8, 0).vector("t", 8, 32).with_data(64),
       "two tensors"},
  };
  for (const auto& hostile : cases) {
    SCOPED_TRACE(hostile.what);
    const Error error = error_of_file(hostile.bytes);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
    EXPECT_NE(error.message().find(hostile.message), std::string::npos) << error.what();
    EXPECT_NE(error.place().find("hostile.gguf"), std::string::npos) << error.what();
  }
}

TEST(Gguf, what_is_not_handled_is_named) {
  const Error type =
      error_of_file(Bytes().header(1, 0).vector("blk.0.x", 256, 0, 99).with_data(144));
  EXPECT_EQ(type.code(), ErrorCode::kUnsupported);
  EXPECT_NE(type.message().find("'blk.0.x'"), std::string::npos) << type.what();
  EXPECT_NE(type.message().find("99"), std::string::npos) << type.what();
  const Error rank = error_of_file(
      Bytes().header(1, 0).string("t").u32(5).u64(1).u64(1).u64(1).u64(1).u64(1).u32(0).u64(0));
  EXPECT_EQ(rank.code(), ErrorCode::kUnsupported);
  const Error version = error_of_file(Bytes().raw("GGUF").u32(1).u64(0).u64(0));
  EXPECT_EQ(version.code(), ErrorCode::kUnsupported);
  const Error order = error_of_file(Bytes().raw("GGUF").u32(3U << 24).u64(0).u64(0));
  EXPECT_NE(order.message().find("big-endian"), std::string::npos) << order.what();
  const Error nested = error_of_file(Bytes().header(0, 1).string("k").u32(9).u32(9).u64(0));
  EXPECT_EQ(nested.code(), ErrorCode::kUnsupported);
}

TEST(Gguf, a_value_of_another_type_is_an_error_with_its_key) {
  const GgufReader reader(golden("reference.gguf"));
  for (const Error& error : {error_of([&] { reader.text("test.u8", ""); }),
                             error_of([&] { reader.integer("test.f32", 0); }),
                             error_of([&] { reader.integer("test.i32s", 0); }),
                             error_of([&] { reader.real("test.string", 0); })}) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_NE(error.message().find("'test."), std::string::npos);
  }
  EXPECT_EQ(reader.text("absent", "fallback"), "fallback");
  EXPECT_EQ(reader.integer("absent", 7), 7);
  EXPECT_EQ(reader.real("absent", 0.5), 0.5);
}

TEST(GgufWriter, makes_the_values_that_its_helpers_name) {
  const GgufMetadata metadata = {
      {"u32", GgufValue::u32(4000000000)},        {"f32", GgufValue::f32(0.1F)},
      {"bool", GgufValue::boolean(true)},         {"string", GgufValue::string("x")},
      {"strings", GgufValue::strings({"", "y"})}, {"i32s", GgufValue::i32s({-1, 2})},
      {"f32s", GgufValue::f32s({-1.5})}};
  const fs::path path = fresh_folder() / "values.gguf";
  GgufWriter(path, metadata, {}).commit();
  const GgufReader reader(path);
  ASSERT_EQ(reader.metadata().size(), metadata.size());
  EXPECT_EQ(reader.metadata()[0].first, "u32") << "file order";
  EXPECT_EQ(reader.integer("u32", 0), 4000000000);
  EXPECT_EQ(reader.real("f32", 0), static_cast<double>(0.1F));
  EXPECT_EQ(reader.find_value("bool")->type, GgufType::kBool);
  EXPECT_EQ(reader.find_value("strings")->texts, (std::vector<std::string>{"", "y"}));
  EXPECT_EQ(reader.find_value("i32s")->element, GgufType::kI32);
  EXPECT_EQ(reader.find_value("f32s")->reals, std::vector<double>{-1.5});
}

TEST(GgufWriter, refuses_what_the_format_cannot_hold) {
  const fs::path path = fresh_folder() / "x.gguf";
  EXPECT_THROW(GgufWriter(path, {{"i32s", GgufValue::i32s({std::int64_t{1} << 31})}}, {}), Error);
  EXPECT_THROW(GgufWriter(path, {}, {{std::string(64, 'n'), DType::kF32, Shape{1}}}), Error);
  EXPECT_THROW(GgufWriter(path, {}, {{"t", DType::kQ4_0, Shape{33}}}), Error);
  EXPECT_THROW(GgufWriter(path, {{"general.alignment", GgufValue::u32(24)}}, {}), Error);
  GgufWriter writer(path, {}, {{"t", DType::kF32, Shape{1}}});
  EXPECT_THROW(writer.commit(), Error) << "t is missing";
}

}  // namespace
}  // namespace lucie
