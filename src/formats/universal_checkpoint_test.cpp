#include "formats/universal_checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>

#include "formats/format_test_files.h"
#include "formats/torch_file.h"

namespace lucie {
namespace {

using testing_formats::error_of;
using testing_formats::fresh_folder;
using testing_formats::golden_value;

// Made by tools/make_torch_golden.py, in the order of its table.
const fs::path kGolden = fs::path(LUCIE_SOURCE_DIR) / "tests/golden/torch/universal";
constexpr char kEmbedding[] = "1.word_embeddings.weight";

constexpr UniversalState kAll[] = {UniversalState::kWeights, UniversalState::kFirstMoment,
                                   UniversalState::kSecondMoment};

std::vector<float> values_of(const WeightSource& source, std::string_view name) {
  const StoredTensor* tensor = source.find(name);
  if (tensor == nullptr) return {};
  std::vector<float> values(static_cast<std::size_t>(tensor->shape.numel()));
  std::memcpy(values.data(), source.data(*tensor).data(), values.size() * sizeof(float));
  return values;
}

fs::path copy_of_golden() {
  const fs::path folder = fresh_folder() / "copy";
  fs::copy(kGolden, folder, fs::copy_options::recursive);
  return folder;
}

TEST(UniversalCheckpoint, reads_the_states_of_every_parameter) {
  const UniversalCheckpoint checkpoint(kGolden);
  ASSERT_EQ(checkpoint.parameters().size(), 10U);
  EXPECT_EQ(checkpoint.parameters()[0].name, kEmbedding);
  EXPECT_EQ(checkpoint.parameters()[9].name, "4.lm_head.weight");
  const struct {
    const char* name;
    int row;  // of the script's table
    Shape shape;
  } some[] = {{kEmbedding, 0, {10, 8}},
              {"2.self_attention.key_value.weight", 3, {8, 8}},
              {"2.mlp.dense_4h_to_h.weight", 7, {8, 12}},
              {"3.weight", 8, {8}}};
  for (const auto& [name, row, shape] : some) {
    SCOPED_TRACE(name);
    for (int i = 0; i < kUniversalStates; ++i) {
      const WeightSource* source = checkpoint.state(kAll[i]);
      ASSERT_NE(source, nullptr);
      EXPECT_EQ(source->find(name)->shape, shape);
      const std::vector<float> values = values_of(*source, name);
      for (std::size_t k = 0; k < values.size(); ++k) {
        EXPECT_EQ(values[k], golden_value(3 * row + i, static_cast<std::int64_t>(k)));
      }
    }
  }
}

TEST(UniversalCheckpoint, knows_how_parameters_are_cut) {
  const UniversalCheckpoint checkpoint(kGolden);
  for (const UniversalParameter& parameter : checkpoint.parameters()) {
    SCOPED_TRACE(parameter.name);
    const bool row = parameter.name.find("dense_4h") != std::string::npos ||
                     parameter.name.find("attention.dense") != std::string::npos;
    const bool norm = parameter.shape.rank() == 1;
    EXPECT_EQ(parameter.cat_dim, norm ? std::nullopt : std::optional<std::int64_t>(row ? 1 : 0));
    EXPECT_EQ(parameter.parts, parameter.name.find("h_to_4h") != std::string::npos ? 2 : 1);
    EXPECT_EQ(parameter.vocabulary, parameter.shape == (Shape{10, 8}));
  }
}

TEST(UniversalCheckpoint, reads_the_arguments_and_counters_of_training) {
  const UniversalCheckpoint checkpoint(kGolden);
  EXPECT_EQ(checkpoint.step(), 25);
  const Json& args = checkpoint.args();
  EXPECT_EQ(args.at("hidden_size").as_int(), 8);
  EXPECT_EQ(args.at("num_key_value_heads").as_int(), 1);
  EXPECT_EQ(args.at("layernorm_epsilon").as_double(), 1e-5);
  EXPECT_EQ(args.at("params_dtype").as_string(), "torch.bfloat16");
  EXPECT_EQ(args.at("model_type").as_int(), 1);
  EXPECT_EQ(args.at("data_path").dump(), R"(["0.5","a_text_document"])");
  EXPECT_TRUE(args.at("extra").is_null());
  const Json& states = checkpoint.model_states();
  EXPECT_EQ(states.at("checkpoint_version").as_double(), 3.0);
  EXPECT_EQ(states.at("lr_scheduler").at("max_lr").as_double(), 3e-4) << "NumPy's";
  EXPECT_EQ(states.at("lr_scheduler").at("warmup_steps").as_int(), 100);
  EXPECT_EQ(states.at("param_shapes").at(std::size_t{0}).at(kEmbedding).dump(), "[10,8]");
}

TEST(UniversalCheckpoint, takes_the_step_of_the_optimizer_where_it_stands) {
  const fs::path folder = copy_of_golden();
  Json optimizer = Json::object();
  optimizer["param_groups"] = parse_json(R"([{"step": 31}])", "");
  TorchWriter(folder / "zero/optimizer_state.pt", {}, optimizer).commit();
  EXPECT_EQ(UniversalCheckpoint(folder).step(), 31);
}

TEST(UniversalCheckpoint, what_is_missing_or_differs_is_named) {
  const auto error_after = [](auto change) {
    const fs::path folder = copy_of_golden();
    change(folder);
    return error_of([&] { UniversalCheckpoint{folder}; });
  };
  const fs::path moment = fs::path("zero/3.weight/exp_avg_sq.pt");
  const Error missing = error_after([&](const fs::path& folder) { fs::remove(folder / moment); });
  EXPECT_EQ(missing.code(), ErrorCode::kNotFound);
  EXPECT_NE(missing.place().find("3.weight/exp_avg_sq.pt"), std::string::npos) << missing.what();
  const Error shape = error_after([&](const fs::path& folder) {
    fs::copy_file(folder / "zero" / kEmbedding / "exp_avg_sq.pt", folder / moment,
                  fs::copy_options::overwrite_existing);
  });
  EXPECT_EQ(shape.code(), ErrorCode::kMismatch);
  EXPECT_NE(shape.message().find("[10, 8]"), std::string::npos) << shape.what();
  const Error other = error_after([&](const fs::path& folder) {
    fs::copy_file(folder / "zero/optimizer_state.pt", folder / moment,
                  fs::copy_options::overwrite_existing);
  });
  EXPECT_EQ(other.code(), ErrorCode::kCorrupt);
  EXPECT_NE(other.message().find("'param'"), std::string::npos) << other.what();
  EXPECT_EQ(error_after([](const fs::path& folder) {
              fs::remove(folder / "mp_rank_00_model_states.pt");
            }).code(),
            ErrorCode::kNotFound);
}

TEST(UniversalCheckpoint, weights_alone_are_enough) {
  const fs::path folder = copy_of_golden();
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "zero")) {
    if (!entry.is_directory()) continue;
    fs::remove(entry.path() / "exp_avg.pt");
    fs::remove(entry.path() / "exp_avg_sq.pt");
  }
  const UniversalCheckpoint checkpoint(folder);
  EXPECT_EQ(checkpoint.state(UniversalState::kFirstMoment), nullptr);
  EXPECT_EQ(checkpoint.state(UniversalState::kWeights)->tensors().size(), 10U);
}

TEST(UniversalCheckpoint, round_trips_through_the_writer) {
  const UniversalCheckpoint original(kGolden);
  const fs::path folder = fresh_folder() / "written";
  Json states = Json::object();
  states["args"] = original.args();
  states["checkpoint_version"] = 3.0;
  Json optimizer = Json::object();
  optimizer["param_groups"] = parse_json(R"([{"step": 26}])", "");
  {
    UniversalCheckpointWriter writer(folder);
    for (const UniversalParameter& parameter : original.parameters()) {
      for (const UniversalState state : kAll) {
        writer.write(parameter, state, values_of(*original.state(state), parameter.name));
      }
    }
    EXPECT_FALSE(fs::exists(folder)) << "whole or not at all";
    writer.commit(states, optimizer);
  }
  const UniversalCheckpoint copy(folder);
  EXPECT_EQ(copy.step(), 26);
  EXPECT_EQ(copy.args(), original.args());
  ASSERT_EQ(copy.parameters().size(), original.parameters().size());
  for (std::size_t i = 0; i < copy.parameters().size(); ++i) {
    const UniversalParameter& a = copy.parameters()[i];
    const UniversalParameter& b = original.parameters()[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.cat_dim, b.cat_dim);
    EXPECT_EQ(a.parts, b.parts);
    EXPECT_EQ(a.vocabulary, b.vocabulary);
    for (const UniversalState state : kAll) {
      EXPECT_EQ(values_of(*copy.state(state), a.name), values_of(*original.state(state), a.name));
    }
  }
  UniversalCheckpointWriter writer(folder.parent_path() / "second");
  EXPECT_THROW(writer.write({.name = "../x", .shape = Shape{1}}, UniversalState::kWeights, {}),
               Error);
}

}  // namespace
}  // namespace lucie
