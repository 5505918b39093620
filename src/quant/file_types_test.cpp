#include "quant/file_types.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/json.h"
#include "base/test_files.h"
#include "base/text.h"

namespace lucie {
namespace {

using testing_base::error_of;

// "blk.3.attn_v.weight" -> "attn_v"; layers of a kind follow each other in the table.
std::string kind_of(const std::string& name) {
  const std::vector<std::string> parts = split(name, '.');
  return parts.at(parts.size() - 2);
}

std::string in_runs(const std::vector<std::string>& names) {
  std::vector<std::string> runs;
  for (std::size_t i = 0, count = 0; i < names.size(); ++i) {
    ++count;
    if (i + 1 < names.size() && names[i + 1] == names[i]) continue;
    runs.push_back(std::to_string(count) + " " + names[i]);
    count = 0;
  }
  return join(runs, ", ");
}

// As tools/make_mixture_golden.py writes them: runs of types by kind of matrix.
std::map<std::string, std::string> types_by_kind(const FileType& type, const ModelConfig& config,
                                                 bool important) {
  const std::vector<TensorSpec> table = family(config.architecture).tensors(config);
  const std::vector<FileTensor> files = file_tensors(table, &TensorSpec::gguf);
  const std::vector<DType> types = tensor_types(type, config, important);
  EXPECT_EQ(types.size(), files.size());
  std::map<std::string, std::vector<std::string>> by_kind;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].shape.rank() == 2) {
      by_kind[kind_of(files[i].name)].push_back(dtype_info(types[i]).name);
    } else {
      EXPECT_EQ(types[i], DType::kF32) << files[i].name;
    }
  }
  std::map<std::string, std::string> runs;
  for (const auto& [kind, names] : by_kind) runs[kind] = in_runs(names);
  return runs;
}

TEST(FileTypes, is_that_of_llama_quantize_for_every_shape_and_type) {
  const Json golden = read_json(LUCIE_SOURCE_DIR "/tests/golden/mixtures.json");
  ASSERT_EQ(golden.members().size(), 8u);
  for (const auto& [shape, entry] : golden.members()) {
    const ModelConfig config = config_from_json(entry.at("config"));
    for (const auto& [name, plain] : entry.at("plain").members()) {
      const FileType& type = file_type(name, "");
      const Json* weighted = entry.at("weighted").find(name);
      for (const bool important : {false, true}) {
        const Json& expected = important && weighted != nullptr ? *weighted : plain;
        const auto chosen = types_by_kind(type, config, important);
        ASSERT_EQ(chosen.size(), expected.members().size()) << shape;
        for (const auto& [kind, runs] : expected.members()) {
          EXPECT_EQ(chosen.at(kind), runs.as_string())
              << shape << ", " << name << ", " << kind << (important ? ", by importance" : "");
        }
      }
    }
  }
}

TEST(FileTypes, names_are_taken_in_either_case_and_wrong_ones_told_the_nearest) {
  EXPECT_EQ(file_type("Q4_K_M", "").mix, TypeMix::kQ4_K_M);
  EXPECT_EQ(file_type("q4_k", "").mix, TypeMix::kQ4_K_M);
  EXPECT_EQ(file_type("q6_k", "").base, DType::kQ6_K);
  for (const char* wrong : {"q4_km", "", "q7_0", "_k", "k"}) {
    const Error error = error_of([&] { file_type(wrong, "--type"); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.place(), "--type");
    EXPECT_NE(error.hint().find("iq4_xs"), std::string::npos) << error.what();
  }
  EXPECT_NE(error_of([] { file_type("q4_km", ""); }).hint().find("did you mean 'q4_k_m'"),
            std::string::npos);
  const std::string hint = error_of([] { file_type("gptc", "", "gptq"); }).hint();
  EXPECT_EQ(hint.find("did you mean 'gptq'"), 0u) << hint;
  EXPECT_TRUE(hint.ends_with("q2_k, gptq")) << hint;
}

TEST(FileTypes, every_type_can_be_written_and_has_its_own_number) {
  std::map<int, std::string_view> numbers;
  for (const FileType& type : file_types()) {
    EXPECT_TRUE(dtype_info(type.base).encodes) << type.name;
    EXPECT_TRUE(numbers.emplace(static_cast<int>(type.mix), type.name).second) << type.name;
  }
  EXPECT_EQ(numbers.size(), 19u);
}

}  // namespace
}  // namespace lucie
