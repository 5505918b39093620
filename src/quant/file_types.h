// Which type each tensor of a quantized GGUF file gets: llama.cpp's mixtures (llama-quant.cpp).
// A few tensors that hurt most are kept finer than the rest, and rows that are not whole blocks
// fall back to a type of smaller blocks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/placement.h"
#include "tensor/dtype.h"

namespace lucie {

// A type of files, as in --type and general.file_type: "q4_k_m" is a mixture of q4_k and q6_k.
enum class TypeMix : std::uint8_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ8_0 = 7,
  kQ5_0 = 8,
  kQ5_1 = 9,
  kQ2_K = 10,
  kQ3_K_S = 11,
  kQ3_K_M = 12,
  kQ3_K_L = 13,
  kQ4_K_S = 14,
  kQ4_K_M = 15,
  kQ5_K_S = 16,
  kQ5_K_M = 17,
  kQ6_K = 18,
  kIQ4_NL = 25,
  kIQ4_XS = 30,
  kBF16 = 32,
};

struct FileType {
  std::string_view name;  // lower case
  TypeMix mix;
  DType base;  // of most matrices
};

std::span<const FileType> file_types();  // from the largest to the smallest
std::string file_type_names();           // "f32, bf16, ...", for messages

// Either case; "q4_k" means q4_k_m. Another: Error{kInvalidArgument} at `place` with the nearest
// name, be it `also`, which the caller takes beside these.
const FileType& file_type(std::string_view name, const std::string& place,
                          const std::string& also = {});

// Of each tensor of the model's GGUF file, in the order of file_tensors(). `important`: an
// importance matrix is at hand, by which some mixtures are chosen otherwise.
std::vector<DType> tensor_types(const FileType& type, const ModelConfig& config, bool important);

// The type that a row of `width` elements can be stored in: `wanted`, or the next of smaller
// blocks, or f16.
DType fitting_type(DType wanted, std::int64_t width);

}  // namespace lucie
