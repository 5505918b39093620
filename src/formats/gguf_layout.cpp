#include "formats/gguf_layout.h"

#include <bit>

#include "base/error.h"

namespace lucie::gguf {
namespace {

struct TypeId {
  std::uint32_t id;
  DType dtype;
};
constexpr TypeId kTypeIds[] = {
    {0, DType::kF32},     {1, DType::kF16},     {2, DType::kQ4_0},  {3, DType::kQ4_1},
    {6, DType::kQ5_0},    {7, DType::kQ5_1},    {8, DType::kQ8_0},  {10, DType::kQ2_K},
    {11, DType::kQ3_K},   {12, DType::kQ4_K},   {13, DType::kQ5_K}, {14, DType::kQ6_K},
    {20, DType::kIQ4_NL}, {23, DType::kIQ4_XS}, {26, DType::kI32},  {30, DType::kBF16}};

// Types of files in the wild that have no DType.
struct NumberedType {
  std::uint32_t id;
  ForeignType type;
};
constexpr NumberedType kForeignTypes[] = {
    {9, {"q8_1", 32, 36}},     {15, {"q8_k", 256, 292}},   {16, {"iq2_xxs", 256, 66}},
    {17, {"iq2_xs", 256, 74}}, {18, {"iq3_xxs", 256, 98}}, {19, {"iq1_s", 256, 50}},
    {21, {"iq3_s", 256, 110}}, {22, {"iq2_s", 256, 82}},   {24, {"i8", 1, 1}},
    {25, {"i16", 1, 2}},       {27, {"i64", 1, 8}},        {28, {"f64", 1, 8}},
    {29, {"iq1_m", 256, 56}},  {34, {"tq1_0", 256, 54}},   {35, {"tq2_0", 256, 66}},
    {39, {"mxfp4", 32, 17}}};

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

const ForeignType* foreign_type_of(std::uint32_t id) {
  for (const NumberedType& known : kForeignTypes) {
    if (known.id == id) return &known.type;
  }
  return nullptr;
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
