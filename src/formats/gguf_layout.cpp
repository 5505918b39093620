#include "formats/gguf_layout.h"

#include <bit>

#include "base/error.h"

namespace lucie::gguf {
namespace {

struct TypeId {
  std::uint32_t id;
  DType dtype;
};
constexpr TypeId kTypeIds[] = {{0, DType::kF32},  {1, DType::kF16},  {2, DType::kQ4_0},
                               {3, DType::kQ4_1}, {6, DType::kQ5_0}, {7, DType::kQ5_1},
                               {8, DType::kQ8_0}, {26, DType::kI32}, {30, DType::kBF16}};

// Types of files in the wild that have no DType.
struct ForeignType {
  std::uint32_t id;
  const char* name;
};
constexpr ForeignType kForeignTypes[] = {
    {9, "q8_1"},   {10, "q2_k"},    {11, "q3_k"},   {12, "q4_k"},    {13, "q5_k"},  {14, "q6_k"},
    {15, "q8_k"},  {16, "iq2_xxs"}, {17, "iq2_xs"}, {18, "iq3_xxs"}, {19, "iq1_s"}, {20, "iq4_nl"},
    {21, "iq3_s"}, {22, "iq2_s"},   {23, "iq4_xs"}, {24, "i8"},      {25, "i16"},   {27, "i64"},
    {28, "f64"},   {29, "iq1_m"},   {34, "tq1_0"},  {35, "tq2_0"},   {39, "mxfp4"}};

}  // namespace

bool is_integer(GgufType type) {
  return !is_real(type) && type != GgufType::kString && type != GgufType::kArray;
}

bool is_real(GgufType type) {
  return type == GgufType::kF32 || type == GgufType::kF64;
}

std::uint64_t type_bytes(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kString:  // its length
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
      return 8;
    case GgufType::kArray:  // element type and count
      return 12;
  }
  fail(ErrorCode::kInternal, "no such GGUF value type");
}

std::optional<DType> dtype_of(std::uint32_t id) {
  for (const TypeId& type : kTypeIds) {
    if (type.id == id) return type.dtype;
  }
  return std::nullopt;
}

std::uint32_t type_id(DType dtype) {
  for (const TypeId& type : kTypeIds) {
    if (type.dtype == dtype) return type.id;
  }
  fail(ErrorCode::kInternal, "a DType without a GGUF type");
}

std::string type_label(std::uint32_t id) {
  for (const ForeignType& type : kForeignTypes) {
    if (type.id == id) return std::to_string(id) + " (" + type.name + ")";
  }
  return std::to_string(id);
}

std::uint64_t checked_alignment(std::int64_t value, const std::string& place) {
  const auto alignment = static_cast<std::uint64_t>(value);
  if (value <= 0 || value > UINT32_MAX || !std::has_single_bit(alignment)) {
    fail(ErrorCode::kCorrupt,
         std::string(kAlignmentKey) + " is " + std::to_string(value) + ", not a power of two",
         place);
  }
  return alignment;
}

}  // namespace lucie::gguf
