// libxml2 writes errors of encodings to stderr, whatever a parser's options say.
#pragma once

#include <libxml/xmlerror.h>

namespace lucie {

// For this thread, from now on.
inline void silence_xml_errors() {
  xmlSetStructuredErrorFunc(nullptr, [](void*, auto) {});  // `auto`: newer versions have a const
}

}  // namespace lucie
