// Pages of help systems: any bytes give a page of valid UTF-8, or are corrupt.
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/help_page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const lucie::Page page = lucie::read_help_page(bytes, "fuzz");
    if (!lucie::is_valid_utf8(lucie::page_text(page.blocks))) std::abort();
    if (!lucie::is_valid_utf8(page.title)) std::abort();
  } catch (const lucie::Error& error) {  // the only thing that a file may cause
    if (error.code() != lucie::ErrorCode::kCorrupt) std::abort();
  }
  return 0;
}
