// What may be made of texts under their licences: whether an adaptation may be passed on under
// another licence, and which one licence says what a whole collection asks.
#pragma once

#include <string>
#include <vector>

#include "corpus/licence.h"

namespace lucie {

// May what is made from text under `from` be passed on under `to`? For licences that leave the
// choice: when `to` asks at least as much. For copyleft: only where the licence itself names the
// other (later versions; CC-BY-SA-4.0 to GPL-3.0; MPL-2.0, LGPL, EUPL and CeCILL to the GPL).
// Never for unknown terms or texts that must stay unchanged.
bool may_become(const LicenceTerms& from, const LicenceTerms& to);

struct CollectionLicence {
  std::string licence;  // SPDX; empty: no single licence says it all; NOASSERTION: nothing is known
  std::string reason;
};
// For texts side by side, each of which keeps its own licence. In this order: the licence that all
// others may become; else the plainest Creative Commons licence that states every duty; else none.
// Parts with unknown terms are left out of the reckoning, which the reason says.
CollectionLicence collection_licence(const std::vector<LicenceTerms>& parts);

}  // namespace lucie
