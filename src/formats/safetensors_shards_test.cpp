#include "formats/safetensors_shards.h"

#include <gtest/gtest.h>

#include <cstring>

#include "formats/format_test_files.h"
#include "formats/weight_source.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;

constexpr char kIndexName[] = "model.safetensors.index.json";

// Vectors of 1, 2, 3 ... floats, each of which is its own length.
std::vector<StoredTensor> vectors(int count) {
  std::vector<StoredTensor> tensors;
  for (int i = 1; i <= count; ++i)
    tensors.push_back({"t" + std::to_string(i), DType::kF32, Shape{i}});
  return tensors;
}

void write_all(ShardedSafetensorsWriter* writer, const std::vector<StoredTensor>& tensors) {
  for (const StoredTensor& tensor : tensors) {
    const std::vector<float> values(static_cast<std::size_t>(tensor.shape.numel()),
                                    static_cast<float>(tensor.shape.numel()));
    writer->write(tensor.name, std::as_bytes(std::span(values)));
  }
}

std::size_t save(const fs::path& folder, int count, std::uint64_t max_shard_bytes) {
  const std::vector<StoredTensor> tensors = vectors(count);
  ShardedSafetensorsWriter writer(folder, tensors, {{"format", "pt"}}, max_shard_bytes);
  write_all(&writer, tensors);
  writer.commit();
  return writer.shards();
}

void expect_vectors(const fs::path& folder, int count) {
  const auto source = open_safetensors_dir(folder);
  ASSERT_EQ(source->tensors().size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(source->unlisted().empty());
  for (int i = 1; i <= count; ++i) {
    const StoredTensor* tensor = source->find("t" + std::to_string(i));
    ASSERT_NE(tensor, nullptr);
    float value;
    std::memcpy(&value, source->data(*tensor).data(), sizeof(value));
    EXPECT_EQ(value, static_cast<float>(i));
  }
}

TEST(SafetensorsShards, are_as_full_as_allowed) {
  const fs::path folder = fresh_folder();
  EXPECT_EQ(save(folder, 5, 24), 3U) << "1+2+3, 4, 5 floats of 4 bytes";
  expect_vectors(folder, 5);
  const Json index = read_json(folder / kIndexName);
  EXPECT_EQ(index.at("metadata").at("total_size").as_int(), 60);
  EXPECT_EQ(index.at("metadata").at("total_parameters").as_int(), 15);
  EXPECT_EQ(index.at("weight_map").at("t3").as_string(), "model-00001-of-00003.safetensors");
  EXPECT_EQ(index.at("weight_map").at("t4").as_string(), "model-00002-of-00003.safetensors");
  EXPECT_EQ(SafetensorsReader(folder / "model-00003-of-00003.safetensors").metadata().at("format"),
            "pt");
}

TEST(SafetensorsShards, one_needs_no_index_and_an_oversized_tensor_has_its_own) {
  const fs::path folder = fresh_folder();
  EXPECT_EQ(save(folder, 5, 60), 1U);
  EXPECT_TRUE(fs::exists(folder / "model.safetensors"));
  EXPECT_FALSE(fs::exists(folder / kIndexName));
  EXPECT_EQ(save(folder, 3, 1), 3U);
  expect_vectors(folder, 3);
}

TEST(SafetensorsShards, replace_what_stood_there) {
  const fs::path folder = fresh_folder();
  write_file_atomic(folder / "config.json", "{}");
  save(folder, 5, 24);
  EXPECT_EQ(save(folder, 4, 24), 2U);
  expect_vectors(folder, 4);
  EXPECT_FALSE(fs::exists(folder / "model-00003-of-00003.safetensors"));
  save(folder, 2, 100);
  expect_vectors(folder, 2);
  save(folder, 5, 24);
  EXPECT_FALSE(fs::exists(folder / "model.safetensors")) << "it would be read instead";
  expect_vectors(folder, 5);
  EXPECT_TRUE(fs::exists(folder / "config.json"));
}

TEST(SafetensorsShards, appear_whole_or_not_at_all) {
  const fs::path folder = fresh_folder();
  save(folder, 5, 24);
  {
    const std::vector<StoredTensor> tensors = vectors(6);
    ShardedSafetensorsWriter writer(folder, tensors, {}, 24);
    write_all(&writer, vectors(5));
    EXPECT_THROW(writer.commit(), Error) << "t6 is missing";
  }
  expect_vectors(folder, 5);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 4);
}

TEST(SafetensorsShards, one_name_twice_is_refused) {
  EXPECT_THROW(
      ShardedSafetensorsWriter(fresh_folder(),
                               {{"a", DType::kF32, Shape{1}}, {"a", DType::kF32, Shape{1}}}, {}, 4),
      Error);
}

}  // namespace
}  // namespace lucie
