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
    value = lucie::parse_yaml(text, "fuzz");
  } catch (const lucie::Error&) {  // the only thing that a file may cause
    return 0;
  }
  const std::string dumped = lucie::dump_yaml(value);
  // Compared as text: a value that is not a number equals nothing, itself included.
  if (lucie::dump_yaml(lucie::parse_yaml(dumped, "dumped")) != dumped) std::abort();
  return 0;
}
