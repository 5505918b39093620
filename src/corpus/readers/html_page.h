// HTML pages of documentation to running text. For pages of the web see web_page.h.
#pragma once

#include <string_view>

#include "corpus/readers/page.h"

namespace lucie {

// Navigation, tables of contents, link lists, scripts and forms are left out; headings, paragraphs,
// list items ("- " or "1. "), table rows (cells with " | " between) and preformatted text remain.
// Broken HTML is read as far as browsers would; Error{kCorrupt} when nothing can be made of it.
Page read_html_page(std::string_view bytes, const std::string& place);

}  // namespace lucie
