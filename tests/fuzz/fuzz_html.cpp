// Pages of documentation and of the web: any bytes are read or refused, as valid UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/charset.h"
#include "corpus/readers/html_page.h"
#include "corpus/readers/web_page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = lucie::html_to_utf8(bytes, "");
  if (!lucie::is_valid_utf8(text)) std::abort();
  try {
    const lucie::WebPage page = lucie::read_web_page(text, "fuzz");
    if (!lucie::is_valid_utf8(lucie::page_text(page.page.blocks))) std::abort();
    lucie::read_html_page(bytes, "fuzz");
  } catch (const lucie::Error&) {  // the only thing that a file may cause
    return 0;
  }
  return 0;
}
