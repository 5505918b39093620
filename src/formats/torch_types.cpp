#include "formats/torch_types.h"

#include <algorithm>
#include <iterator>

namespace lucie::torch {
namespace {

constexpr ElementType kTypes[] = {
    {"torch.FloatStorage", "torch.float32", DType::kF32, {"f32", 1, 4}},
    {"torch.HalfStorage", "torch.float16", DType::kF16, {"f16", 1, 2}},
    {"torch.BFloat16Storage", "torch.bfloat16", DType::kBF16, {"bf16", 1, 2}},
    {"torch.IntStorage", "torch.int32", DType::kI32, {"i32", 1, 4}},
    {"torch.DoubleStorage", "torch.float64", {}, {"f64", 1, 8}},
    {"torch.ByteStorage", "torch.uint8", {}, {"u8", 1, 1}},
    {"torch.CharStorage", "torch.int8", {}, {"i8", 1, 1}},
    {"torch.ShortStorage", "torch.int16", {}, {"i16", 1, 2}},
    {"torch.LongStorage", "torch.int64", {}, {"i64", 1, 8}},
    {"torch.BoolStorage", "torch.bool", {}, {"bool", 1, 1}},
    {"torch.ComplexFloatStorage", "torch.complex64", {}, {"c64", 1, 8}},
    {"torch.ComplexDoubleStorage", "torch.complex128", {}, {"c128", 1, 16}},
    {"", "torch.uint16", {}, {"u16", 1, 2}},
    {"", "torch.uint32", {}, {"u32", 1, 4}},
    {"", "torch.uint64", {}, {"u64", 1, 8}},
    {"", "torch.float8_e4m3fn", {}, {"f8_e4m3", 1, 1}},
    {"", "torch.float8_e5m2", {}, {"f8_e5m2", 1, 1}}};

template <class Is>
const ElementType* first(Is is) {
  const auto it = std::find_if(std::begin(kTypes), std::end(kTypes), is);
  return it == std::end(kTypes) ? nullptr : it;
}

}  // namespace

const ElementType* by_storage(std::string_view name) {
  return first([&](const ElementType& type) { return !name.empty() && type.storage == name; });
}

const ElementType* by_dtype(std::string_view name) {
  return first([&](const ElementType& type) { return type.dtype == name; });
}

const ElementType* by_known(DType wanted) {
  return first([&](const ElementType& type) { return type.known == wanted; });
}

}  // namespace lucie::torch
