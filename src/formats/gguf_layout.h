// Constants and tables that the GGUF reader and writer share; of no interest to others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "formats/gguf.h"

namespace lucie::gguf {

inline constexpr char kMagic[] = {'G', 'G', 'U', 'F'};
inline constexpr std::uint32_t kVersion = 3;
inline constexpr char kAlignmentKey[] = "general.alignment";
inline constexpr std::uint64_t kDefaultAlignment = 32;
inline constexpr std::size_t kMaxNameBytes = 63;  // ggml keeps names in 64 bytes with a NUL

bool is_integer(GgufType type);  // bool included
bool is_real(GgufType type);
std::uint64_t type_bytes(GgufType type);  // the least that a value of the type takes

// ggml's numbers of tensor types (ggml.h, enum ggml_type).
std::optional<DType> dtype_of(std::uint32_t id);
std::uint32_t type_id(DType dtype);
const ForeignType* foreign_type_of(std::uint32_t id);  // nullptr: not one of ggml's

// The value of "general.alignment". Not a power of two: Error{kCorrupt} at `place`.
std::uint64_t checked_alignment(std::int64_t value, const std::string& place);

}  // namespace lucie::gguf
