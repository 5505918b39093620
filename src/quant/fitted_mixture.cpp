#include "quant/fitted_mixture.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "model/gguf_config.h"
#include "quant/type_choice.h"

namespace lucie {
namespace {

std::vector<FileTensor> gguf_tensors(const ModelConfig& config) {
  return file_tensors(family(config.architecture).tensors(config), &TensorSpec::gguf);
}

std::uint64_t memory_of(const ModelConfig& config, std::size_t weights,
                        const EngineSettings& settings) {
  return plan_inference(config, weights, settings).memory();
}

// Beside those of the table, as the file holds them.
std::uint64_t factor_bytes(const ModelConfig& config) {
  return gguf_rope_factors(config).size() * sizeof(float);
}

// Every matrix in the type with the fewest bits that its rows can be stored in.
std::uint64_t smallest_weights(const ModelConfig& config) {
  std::uint64_t bytes = factor_bytes(config);
  const std::vector<TensorSpec> table = family(config.architecture).tensors(config);
  for (const FileTensor& file : gguf_tensors(config)) {
    const bool matrix = table[file.parts.front()].is_matrix();
    bytes += tensor_bytes(matrix ? fitting_type(DType::kQ2_K, file.shape.last()) : DType::kF32,
                          file.shape);
  }
  return bytes;
}

// The longest window, in whole thousands, with which the smallest weights fit; 0: none.
std::int64_t longest_window(const ModelConfig& config, const MemoryTarget& target,
                            std::uint64_t weights) {
  EngineSettings settings = target.settings;
  for (settings.window = settings.window / 1000 * 1000; settings.window > 0;
       settings.window -= 1000) {
    if (memory_of(config, weights, settings) <= target.bytes) return settings.window;
  }
  return 0;
}

std::string what_would_help(const ModelConfig& config, const MemoryTarget& target,
                            std::uint64_t weights) {
  std::vector<std::string> ways;
  EngineSettings small = target.settings;
  small.cache_type = "q4_0";
  const bool blocks = config.head_dim % dtype_info(DType::kQ4_0).block == 0;
  if (blocks && target.settings.cache_type != small.cache_type) {
    const auto bytes = static_cast<double>(memory_of(config, weights, small));
    ways.push_back("--cache-type q4_0 takes " + human_bytes(bytes));
  }
  const std::int64_t window = longest_window(config, target, weights);
  if (window > 0) ways.push_back("--context " + std::to_string(window) + " fits");
  return ways.empty() ? "a model of fewer parameters" : join(ways, "; ");
}

// What llama.cpp calls a file by: the type that most of its bytes have.
TypeMix most_common(const std::vector<FittedTensor>& tensors) {
  std::map<DType, std::uint64_t> bytes;
  for (const FittedTensor& tensor : tensors) bytes[tensor.dtype] += tensor.bytes;
  const FileType* most = &file_types().front();
  for (const FileType& type : file_types()) {
    if (bytes[type.base] > bytes[most->base]) most = &type;
  }
  return most->mix;
}

}  // namespace

double FittedMixture::error() const {
  double sum = 0;
  for (const FittedTensor& tensor : tensors) sum += tensor.error;
  return sum;
}

std::uint64_t weight_budget(const ModelConfig& config, const MemoryTarget& target) {
  const std::uint64_t smallest = smallest_weights(config);
  const InferencePlan plan = plan_inference(config, smallest, target.settings);
  if (plan.memory() <= target.bytes) {
    return target.bytes - (plan.memory() - plan.weights) - factor_bytes(config);
  }
  fail(ErrorCode::kInvalidArgument,
       "the smallest that is possible takes " + human_bytes(static_cast<double>(plan.memory())) +
           ": weights " + human_bytes(static_cast<double>(plan.weights)) + ", cache of " +
           std::to_string(target.settings.window) + " positions in " + target.settings.cache_type +
           " " + human_bytes(static_cast<double>(plan.cache)) + ", work and program " +
           human_bytes(static_cast<double>(plan.work + plan.program)),
       "--target-size", what_would_help(config, target, smallest));
}

FittedMixture fit_mixture(const ModelConfig& config, const MemoryTarget& target,
                          std::span<const TensorRounding> rounding, std::span<const double> effects,
                          std::vector<std::vector<float>> importance) {
  const std::uint64_t budget = weight_budget(config, target);
  const std::vector<FileTensor> files = gguf_tensors(config);
  LUCIE_ASSERT(rounding.size() == files.size());
  LUCIE_ASSERT(effects.empty() || effects.size() == files.size());
  std::vector<std::vector<TypeOption>> options;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::vector<TypeOption>& of_tensor = options.emplace_back();
    for (std::size_t t = 0; t < rounding[i].types.size(); ++t) {
      const double error = rounding[i].errors[t] * (effects.empty() ? 1.0 : effects[i]);
      // A type whose range the values leave is out of the question.
      of_tensor.push_back({tensor_bytes(rounding[i].types[t], files[i].shape),
                           std::isfinite(error) ? error : HUGE_VAL});
    }
  }
  const auto picks = choose_types(options, budget);
  LUCIE_ASSERT(picks.has_value());
  FittedMixture mixture;
  std::uint64_t weights = factor_bytes(config);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const TypeOption& option = options[i][(*picks)[i]];
    mixture.tensors.push_back(
        {files[i].name, rounding[i].types[(*picks)[i]], option.bytes, option.error});
    mixture.types.tensors.push_back(mixture.tensors.back().dtype);
    weights += option.bytes;
  }
  mixture.types.file_type = static_cast<std::uint32_t>(most_common(mixture.tensors));
  mixture.types.importance = std::move(importance);
  mixture.plan = plan_inference(config, weights, target.settings);
  return mixture;
}

}  // namespace lucie
