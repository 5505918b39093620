// What parses must dump, and what was dumped must parse to the same value.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lucie::Json value;
  try {
    value = lucie::parse_json(text, "fuzz");
  } catch (const lucie::Error&) {  // the only thing that a file may cause
    return 0;
  }
  const std::string dumped = value.dump();
  if (!(lucie::parse_json(dumped, "dumped") == value)) std::abort();
  return 0;
}
