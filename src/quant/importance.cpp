#include "quant/importance.h"

#include "base/error.h"

namespace lucie {

std::vector<float> ImportanceMatrix::Entry::means() const {
  std::vector<float> result = sums;
  for (float& value : result) value = count > 0.0f ? value / count : 1.0f;
  return result;
}

namespace {

std::vector<float> importance_of(const ImportanceMatrix& matrix, const FileTensor& file,
                                 const TensorSpec& first) {
  const auto found = matrix.entries.find(file.name);
  if (found == matrix.entries.end()) {
    if (first.layer < 0) return {};
    fail(ErrorCode::kMismatch, "the importance matrix has nothing for this tensor", file.name,
         "it was made for another model");
  }
  const auto width = static_cast<std::size_t>(file.shape.last());
  if (found->second.sums.size() != width) {
    fail(ErrorCode::kMismatch,
         "the importance matrix has " + std::to_string(found->second.sums.size()) +
             " columns, the tensor " + std::to_string(width),
         file.name, "it was made for another model");
  }
  return found->second.means();
}

}  // namespace

std::vector<std::vector<float>> column_importance(const ImportanceMatrix& matrix,
                                                  const ModelConfig& config) {
  std::vector<std::vector<float>> result;
  const std::vector<TensorSpec> table = family(config.architecture).tensors(config);
  for (const FileTensor& file : file_tensors(table, &TensorSpec::gguf)) {
    const TensorSpec& first = table[file.parts.front()];
    result.push_back(first.is_matrix() ? importance_of(matrix, file, first) : std::vector<float>());
  }
  return result;
}

GgufTypes gguf_types(const FileType& type, const ModelConfig& config,
                     const ImportanceMatrix* matrix) {
  GgufTypes result{static_cast<std::uint32_t>(type.mix),
                   tensor_types(type, config, matrix != nullptr)};
  if (matrix != nullptr) result.importance = column_importance(*matrix, config);
  return result;
}

}  // namespace lucie
