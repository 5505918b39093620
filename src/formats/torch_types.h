// Element types as PyTorch names them; for the reader and writer of torch files only.
#pragma once

#include <optional>
#include <string_view>

#include "formats/stored_tensor.h"

namespace lucie::torch {

struct ElementType {
  std::string_view storage;    // "torch.FloatStorage"; empty where only untyped storages hold it
  std::string_view dtype;      // "torch.float32"
  std::optional<DType> known;  // what we compute with
  ForeignType type;            // its name and size, known or not
};

const ElementType* by_storage(std::string_view name);
const ElementType* by_dtype(std::string_view name);
const ElementType* by_known(DType type);

}  // namespace lucie::torch
