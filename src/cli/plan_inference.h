// lucie plan --infer: what answering with a model, or with a recipe's shape, takes of memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"
#include "quant/file_types.h"

namespace lucie {

struct InferencePlanOptions {
  std::int64_t context = 0;  // 0: see planned_window
  std::string type, cache_type;
};

// Of the tensors in a GGUF file of this type.
std::size_t weight_bytes(const FileType& type, const ModelConfig& config);

// `source`: a recipe (.yaml), of which `sets` override keys, or a model. Prints a table, or JSON.
int plan_inference(const std::string& source, const std::vector<std::string>& sets,
                   const InferencePlanOptions& options);

}  // namespace lucie
