// Licences of source code: of a file by its SPDX header, of a folder by the text of its LICENSE.
#pragma once

#include <string>
#include <string_view>

#include "corpus/spdx.h"

namespace lucie {

// The expression behind "SPDX-License-Identifier:" in the first kilobytes of a file
// (https://spdx.github.io/spdx-spec/v2.3/using-SPDX-short-identifiers-in-source-files/); empty when
// there is none, or what stands there is no expression.
std::string spdx_header(std::string_view source);

// A whole licence by its title, else by the words of a notice (recognise_notice). A text of the GPL
// alone does not say "or later", so it is read as "only".
RecognisedLicence recognise_licence_text(std::string_view text);

// "LICENSE", "COPYING.LESSER", "LICENCE-MIT", "UNLICENSE.md"; not "licenses.py".
bool is_licence_file(std::string_view name);

}  // namespace lucie
