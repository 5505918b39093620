// What parses must dump, and what was dumped must parse to the same value. JsonReader must give the
// same values and refuse the same texts.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/json_reader.h"

namespace {

template <typename Read>
std::optional<lucie::Json> value_of(Read read) {
  try {
    return read();
  } catch (const lucie::Error&) {  // the only thing that a file may cause
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static lucie::JsonReader reader;
  const auto value = value_of([&] { return lucie::parse_json(text, "fuzz"); });
  const auto again = value_of([&] { return reader.read(text, "fuzz"); });
  if (value.has_value() != again.has_value()) std::abort();
  if (!value) return 0;
  const std::string dumped = value->dump();
  if (!(lucie::parse_json(dumped, "dumped") == *value)) std::abort();
  if (again->dump() != dumped) std::abort();
  return 0;
}
