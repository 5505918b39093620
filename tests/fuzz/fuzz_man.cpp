// Man pages in roff: any bytes are read or refused.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "corpus/readers/man_page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    lucie::read_man_page({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const lucie::Error&) {  // the only thing that a file may cause
    return 0;
  }
  return 0;
}
