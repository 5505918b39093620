#include "formats/weight_source.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/json.h"
#include "formats/format_test_files.h"
#include "formats/gguf.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden;

void write_shard(const fs::path& path, const std::vector<std::pair<std::string, float>>& scalars) {
  std::vector<StoredTensor> tensors;
  for (const auto& [name, value] : scalars) tensors.push_back({name, DType::kF32, Shape{1}});
  SafetensorsWriter writer(path, tensors);
  for (const auto& [name, value] : scalars) {
    writer.write(name, std::as_bytes(std::span(&value, 1)));
  }
  writer.commit();
}

// weight_map of name -> shard.
void write_index(const fs::path& folder,
                 const std::vector<std::pair<std::string, std::string>>& weight_map) {
  Json index = Json::object();
  index["weight_map"] = Json::object();
  for (const auto& [name, shard] : weight_map) index["weight_map"][name] = shard;
  write_json(folder / "model.safetensors.index.json", index);
}

float value_of(const WeightSource& source, std::string_view name) {
  const StoredTensor* tensor = source.find(name);
  if (tensor == nullptr) return -1;
  float value;
  std::memcpy(&value, source.data(*tensor).data(), sizeof(value));
  return value;
}

// A directory of two shards: a, b in the first, c in the second.
fs::path two_shards() {
  const fs::path folder = fresh_folder();
  write_shard(folder / "one.safetensors", {{"b", 2}, {"a", 1}});
  write_shard(folder / "two.safetensors", {{"c", 3}});
  return folder;
}

TEST(WeightSource, reads_shards_as_one) {
  const fs::path folder = two_shards();
  write_index(folder,
              {{"c", "two.safetensors"}, {"a", "one.safetensors"}, {"b", "one.safetensors"}});
  const auto source = open_safetensors_dir(folder);
  ASSERT_EQ(source->tensors().size(), 3U);
  EXPECT_EQ(source->tensors()[0].name, "b") << "file order";
  EXPECT_EQ(value_of(*source, "a"), 1);
  EXPECT_EQ(value_of(*source, "b"), 2);
  EXPECT_EQ(value_of(*source, "c"), 3);
  EXPECT_EQ(source->find("d"), nullptr);
  EXPECT_TRUE(source->unlisted().empty());
}

TEST(WeightSource, tells_what_stands_in_no_index) {
  const fs::path folder = two_shards();
  write_index(folder, {{"c", "two.safetensors"}, {"a", "one.safetensors"}});
  const auto source = open_safetensors_dir(folder);
  EXPECT_EQ(source->unlisted(), std::vector<std::string>{"b"});
  EXPECT_EQ(value_of(*source, "b"), 2);
}

TEST(WeightSource, the_index_must_tell_the_truth) {
  const fs::path folder = two_shards();
  write_index(folder, {{"a", "one.safetensors"}, {"zz", "two.safetensors"}});
  const Error missing = error_of([&] { open_safetensors_dir(folder); });
  EXPECT_EQ(missing.code(), ErrorCode::kCorrupt);
  EXPECT_NE(missing.message().find("'zz'"), std::string::npos) << missing.what();
  write_index(folder,
              {{"a", "two.safetensors"}, {"c", "two.safetensors"}, {"b", "one.safetensors"}});
  EXPECT_EQ(error_of([&] { open_safetensors_dir(folder); }).code(), ErrorCode::kCorrupt);
  write_index(folder, {{"a", "three.safetensors"}});
  EXPECT_EQ(error_of([&] { open_safetensors_dir(folder); }).code(), ErrorCode::kNotFound);
  for (const char* outside : {"../one.safetensors", "/etc/passwd", "..", ""}) {
    write_index(folder, {{"a", outside}});
    EXPECT_EQ(error_of([&] { open_safetensors_dir(folder); }).code(), ErrorCode::kCorrupt)
        << outside;
  }
  write_json(folder / "model.safetensors.index.json", Json::object());
  EXPECT_EQ(error_of([&] { open_safetensors_dir(folder); }).code(), ErrorCode::kCorrupt);
}

TEST(WeightSource, one_name_in_two_shards_is_corrupt) {
  const fs::path folder = fresh_folder();
  write_shard(folder / "one.safetensors", {{"a", 1}});
  write_shard(folder / "two.safetensors", {{"a", 2}, {"b", 3}});
  write_index(folder, {{"a", "one.safetensors"}, {"b", "two.safetensors"}});
  EXPECT_EQ(error_of([&] { open_safetensors_dir(folder); }).code(), ErrorCode::kCorrupt);
}

TEST(WeightSource, a_single_file_needs_no_index) {
  const fs::path folder = fresh_folder();
  EXPECT_EQ(error_of([&] { open_safetensors_dir(folder); }).code(), ErrorCode::kNotFound);
  write_shard(folder / "model.safetensors", {{"a", 5}});
  EXPECT_EQ(value_of(*open_safetensors_dir(folder), "a"), 5);
}

TEST(WeightSource, the_owner_outlives_the_source) {
  const fs::path folder = fresh_folder();
  write_shard(folder / "model.safetensors", {{"a", 7}});
  auto source = open_safetensors_dir(folder);
  const StoredTensor tensor = source->tensors()[0];  // a copy will do
  const std::span<const std::byte> data = source->data(tensor);
  const std::shared_ptr<const void> owner = source->owner(tensor);
  source.reset();
  float value;
  std::memcpy(&value, data.data(), sizeof(value));
  EXPECT_EQ(value, 7);
}

TEST(WeightSource, shows_a_gguf_the_same_way) {
  const auto source = open_gguf(golden("reference.gguf"));
  EXPECT_EQ(source->tensors().size(), 4U);
  EXPECT_EQ(value_of(*source, "a.weight"), testing_formats::golden_value(1, 0));
}

TEST(WeightSource, reads_a_split_gguf_as_one) {
  const auto source = open_gguf(golden("split-00001-of-00003.gguf"));
  ASSERT_EQ(source->tensors().size(), 5U);
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(value_of(*source, "t" + std::to_string(i)), testing_formats::golden_value(i, 0));
  }
}

TEST(WeightSource, a_split_gguf_must_be_whole) {
  const Error second = error_of([] { open_gguf(golden("split-00002-of-00003.gguf")); });
  EXPECT_EQ(second.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(second.message().find("file 2"), std::string::npos) << second.what();
  const fs::path folder = fresh_folder();
  const auto part = [&](int number) {
    return "split-0000" + std::to_string(number) + "-of-00003.gguf";
  };
  fs::copy(golden(part(1)), folder / "other.gguf");
  EXPECT_EQ(error_of([&] { open_gguf(folder / "other.gguf"); }).code(), ErrorCode::kCorrupt);
  fs::copy(golden(part(1)), folder / part(1));
  fs::copy(golden(part(2)), folder / part(2));
  EXPECT_EQ(error_of([&] { open_gguf(folder / part(1)); }).code(), ErrorCode::kNotFound);
  fs::copy(golden(part(2)), folder / part(3));
  const Error wrong = error_of([&] { open_gguf(folder / part(1)); });
  EXPECT_EQ(wrong.code(), ErrorCode::kCorrupt);
  EXPECT_NE(wrong.message().find("split.no"), std::string::npos) << wrong.what();
}

fs::path torch_golden(std::string_view name) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden/torch" / name;
}

TEST(WeightSource, reads_the_shards_of_pytorch) {
  const auto source = open_torch_dir(torch_golden("sharded"));
  EXPECT_EQ(value_of(*source, "a"), testing_formats::golden_value(1, 0));
  EXPECT_EQ(value_of(*source, "b"), testing_formats::golden_value(2, 0));
  EXPECT_EQ(source->find("attn.bias")->type_name(), "bool");
  EXPECT_EQ(open_weights(torch_golden("sharded"))->tensors().size(), 3U);
  EXPECT_EQ(error_of([] { open_safetensors_dir(torch_golden("sharded")); }).code(),
            ErrorCode::kNotFound);
}

TEST(WeightSource, tells_files_by_their_first_bytes) {
  const fs::path folder = fresh_folder();
  fs::copy(golden("reference.gguf"), folder / "a");
  fs::copy(golden("reference.safetensors"), folder / "b");
  fs::copy(torch_golden("small.pt"), folder / "c");
  EXPECT_EQ(value_of(*open_weights(folder / "a"), "a.weight"), testing_formats::golden_value(1, 0));
  EXPECT_EQ(value_of(*open_weights(folder / "b"), "a.weight"), testing_formats::golden_value(1, 0));
  EXPECT_EQ(value_of(*open_weights(folder / "c"), "w"), testing_formats::golden_value(1, 0));
  EXPECT_EQ(error_of([&] { open_weights(folder); }).code(), ErrorCode::kNotFound);
  EXPECT_EQ(error_of([&] { open_weights(folder / "none"); }).code(), ErrorCode::kNotFound);
  fs::copy(torch_golden("small.pt"), folder / "pytorch_model.bin");
  EXPECT_NE(open_weights(folder)->find("w"), nullptr);
  write_shard(folder / "model.safetensors", {{"safe", 1}});
  EXPECT_NE(open_weights(folder)->find("safe"), nullptr) << "safetensors come first";
}

TEST(WeightSource, gives_memory_back_and_stays_readable) {
  const fs::path folder = fresh_folder();
  write_shard(folder / "model.safetensors", {{"a", 7}, {"b", 8}});
  const auto source = open_safetensors_dir(folder);
  source->release(*source->find("a"));
  EXPECT_EQ(value_of(*source, "a"), 7);
  EXPECT_EQ(value_of(*source, "b"), 8);
}

}  // namespace
}  // namespace lucie
