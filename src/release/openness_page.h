// An audit as plain text for a terminal, and as a page with its badges.
#pragma once

#include <string>

#include "release/openness.h"

namespace lucie {

std::string openness_text(const OpennessAudit& audit);
std::string openness_html(const OpennessAudit& audit);

}  // namespace lucie
