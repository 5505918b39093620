// Inside release/ only: sections that the data card's page and the run's report share.
#pragma once

#include "base/json.h"
#include "report/html.h"

namespace lucie {

void add_terms(const Json& results, HtmlPage* page);

}  // namespace lucie
