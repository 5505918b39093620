// lucie plan --infer: what answering with a model, or with a recipe's shape, takes of memory.
#pragma once

#include <cstdint>
#include <string>

#include "model/config.h"
#include "quant/file_types.h"

namespace lucie {

struct InferencePlanOptions {
  std::int64_t context = 0;  // 0: 4096, or the model's window where that is smaller
  std::string type, cache_type;
};

// Of the tensors in a GGUF file of this type.
std::size_t weight_bytes(const FileType& type, const ModelConfig& config);

// `source`: a recipe (.yaml) or a model. Prints a table, or JSON.
int plan_inference(const std::string& source, const InferencePlanOptions& options);

// Error{kInvalidArgument} for a flag that does nothing without --infer.
void refuse_inference_flags(const InferencePlanOptions& options);

}  // namespace lucie
