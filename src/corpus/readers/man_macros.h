// The two macro sets, called by read_man_page() once it is known which one a page uses.
#pragma once

#include <string>
#include <vector>

#include "corpus/readers/man_page.h"
#include "corpus/readers/man_writer.h"
#include "corpus/readers/roff_input.h"

namespace lucie {

// Macros of man(7) and its companions whose meaning a page may not change.
const std::vector<std::string>& man_macro_names();

ManPage read_man_macros(RoffInput* input);
ManPage read_mdoc_macros(RoffInput* input);

// After .TS: reads up to .TE and writes the rows (tbl(1): options, formats and rulers are skipped).
void read_roff_table(RoffInput* input, ManWriter* writer);

}  // namespace lucie
