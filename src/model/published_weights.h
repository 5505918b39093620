// For tests only (model, train): the tiny models of tests/golden/families, whose weights are
// generated under their published names and shapes by the rule of tools/make_family_golden.py.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/rng.h"
#include "formats/safetensors.h"
#include "formats/weight_source.h"
#include "model/config.h"
#include "model/placement.h"

namespace lucie::testing_model {

inline fs::path family_goldens() {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden/families";
}

inline std::vector<std::string> family_golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(family_goldens())) {
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A golden file, and the model that it is of.
struct FamilyGoldenFile {
  explicit FamilyGoldenFile(const std::string& name)
      : reader(family_goldens() / (name + ".safetensors")),
        config(config_from_json(parse_json(reader.metadata().at("config"), "config"))),
        seed(std::stoull(reader.metadata().at("seed"))) {}
  SafetensorsReader reader;
  ModelConfig config;
  std::uint64_t seed;
};

// The script's rule for the value of a published tensor.
inline std::vector<float> published_values(const std::string& name, const Shape& shape,
                                           std::uint64_t seed) {
  const bool matrix = shape.rank() == 2;
  const bool norm = !matrix && name.ends_with(".weight");
  std::vector<float> values;
  for (std::int64_t row = 0; row < shape.rows(); ++row) {
    Rng rng(seed, "init/" + name, static_cast<std::uint64_t>(row));
    for (std::int64_t i = 0; i < shape.last(); ++i) {
      const float drawn = rng.normal() * (matrix ? 0.2f : 0.1f);
      values.push_back(norm ? 1.0f + drawn : drawn);
    }
  }
  return values;
}

// A Hugging Face directory that is nowhere but in memory.
class PublishedWeights : public WeightSource {
 public:
  PublishedWeights(const ModelConfig& config, std::uint64_t seed) {
    const auto table = family(config.architecture).tensors(config);
    for (const FileTensor& file : file_tensors(table, &TensorSpec::hf)) {
      auto values =
          std::make_shared<const std::vector<float>>(published_values(file.name, file.shape, seed));
      tensors_.push_back({.name = file.name,
                          .dtype = DType::kF32,
                          .shape = file.shape,
                          .bytes = values->size() * sizeof(float)});
      values_[file.name] = std::move(values);
    }
  }
  const std::vector<StoredTensor>& tensors() const override { return tensors_; }
  const StoredTensor* find(std::string_view name) const override {
    const auto it = std::find_if(tensors_.begin(), tensors_.end(),
                                 [&](const StoredTensor& t) { return t.name == name; });
    return it == tensors_.end() ? nullptr : &*it;
  }
  std::span<const std::byte> data(const StoredTensor& tensor) const override {
    return std::as_bytes(std::span(*values_.at(tensor.name)));
  }
  std::shared_ptr<const void> owner(const StoredTensor& tensor) const override {
    return values_.at(tensor.name);
  }

 private:
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::shared_ptr<const std::vector<float>>> values_;
};

}  // namespace lucie::testing_model
