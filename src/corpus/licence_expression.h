// SPDX licence expressions (SPDX specification 2.3, annex D), read, normalised and written.
//
//   LicenceExpression e = parse_spdx("GPL-2.0+ or (MIT and CC-BY-4.0)", "sources.mine.licence");
//   to_string(e) == "(CC-BY-4.0 AND MIT) OR GPL-2.0-or-later"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lucie {

struct LicenceExpression {
  enum class Kind { kLicence, kAnd, kOr };
  Kind kind = Kind::kLicence;
  std::string id;                        // of a licence: "MIT", "LicenseRef-mine", "NOASSERTION"
  std::string exception;                 // "Classpath-exception-2.0"; may be empty
  std::vector<LicenceExpression> parts;  // of AND and OR: at least two, sorted, each once
};

// Operators and names in either case; names that SPDX lists get its spelling, deprecated ones their
// present form ("GPL-2.0+" -> GPL-2.0-or-later, "gpl-2.0-with-font-exception" -> GPL-2.0-only WITH
// Font-exception-2.0). AND binds before OR. An empty text is NOASSERTION. Whatever does not follow
// the grammar is kInvalidArgument with `place`. That a licence is listed is not asked here.
LicenceExpression parse_spdx(std::string_view text, const std::string& place);

// Equal for equal sets of terms, whatever the order they were written in.
std::string to_string(const LicenceExpression& expression);

// Licences and exceptions in it that neither the SPDX list has nor a LicenseRef- stands for: a
// misspelling, or something that nobody can look up.
std::vector<std::string> unlisted_names(const LicenceExpression& expression);

// All of them together, as in "text under A and text under B".
LicenceExpression both(std::vector<LicenceExpression> parts);

}  // namespace lucie
