// The SPDX licence list: every name that an expression may use without LicenseRef-.
#pragma once

#include <string_view>

namespace lucie {

struct SpdxLicence {
  std::string_view id;      // as SPDX spells it
  bool deprecated = false;  // "GPL-2.0+": has a present form (licence_expression.h)
  bool osi_approved = false;
  bool fsf_libre = false;  // free by the Free Software Foundation's list
};

// By its name in either case; an empty id when the list has no such licence.
SpdxLicence find_spdx_licence(std::string_view name);
// The exception's name as SPDX spells it; empty when the list has none.
std::string_view find_spdx_exception(std::string_view name);

}  // namespace lucie
