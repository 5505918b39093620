// Manual pages to running text: the man(7) and mdoc(7) macro sets over roff_input.h.
#pragma once

#include <string>
#include <string_view>

#include "corpus/readers/page.h"

namespace lucie {

struct ManPage {
  Page page;
  std::string redirect;  // target of a page that is only ".so man1/other.1"; then without blocks
};

// `bytes` as in the file (decompressed). Headings stand on lines of their own, a paragraph on one
// line, a tag ("-a, --all") on the line above its description, displays as they are, table rows
// with " | " between cells. Sections that only thank translators and describe the release are left
// out: they stand in each page of a package. Error{kCorrupt} for macros without end.
ManPage read_man_page(std::string_view bytes, const std::string& place);

}  // namespace lucie
