// Names of licences as Debian writes them, to SPDX expressions.
#pragma once

#include <string>
#include <string_view>

namespace lucie {

// "GPL-2+ or CC-BY-SA-3.0" -> "GPL-2.0-or-later OR CC-BY-SA-3.0". Understands what DEP-5 allows:
// and, or, commas that group, "with NAME exception". A name without an SPDX identifier becomes
// LicenseRef-NAME; an empty text NOASSERTION.
std::string spdx_from_debian(std::string_view licence);

struct RecognisedLicence {
  std::string spdx;    // empty: nothing recognised
  std::string phrase;  // the words it was recognised by
};

// A licence from the words of a notice ("... the GNU General Public License ... version 2 ... any
// later version"). Knows the few notices that Debian's copyright files repeat.
RecognisedLicence recognise_notice(std::string_view text);

}  // namespace lucie
