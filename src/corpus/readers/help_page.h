// The XML of help systems to running text: DocBook (GNU and GNOME manuals) and Mallard (GNOME's
// .page files).
#pragma once

#include <string_view>

#include "corpus/readers/page.h"

namespace lucie {

// Metadata, links to other pages, indices and pictures are left out; titles, paragraphs, list
// items, table rows and listings remain. Nothing outside `bytes` is read: entities that a file
// leaves to its DTD are written by their names, those of a file without one are lost. Broken XML is
// read up to where it breaks; Error{kCorrupt} when nothing can be made of it.
Page read_help_page(std::string_view bytes, const std::string& place);

}  // namespace lucie
