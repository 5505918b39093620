// Pages of help systems: any bytes are read or corrupt. What is no UTF-8 in broken XML stays, for
// the build's unicode step to count.
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "corpus/readers/help_page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    lucie::page_text(lucie::read_help_page(bytes, "fuzz").blocks);
  } catch (const lucie::Error& error) {  // the only thing that a file may cause
    if (error.code() != lucie::ErrorCode::kCorrupt) std::abort();
  }
  return 0;
}
