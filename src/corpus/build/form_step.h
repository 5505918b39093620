// Documentation packages ship most texts as HTML and once more as plain text, often under another
// cut (a file per chapter, one file for the book). A plain text whose words mostly stand in the
// HTML pages of its source is that second form; HTML is kept, since its paragraphs are whole.
#pragma once

#include "corpus/build/context.h"

namespace lucie {

// Files of Drop, one for each source that has both forms.
std::vector<fs::path> run_form_step(const BuildContext& build, const std::vector<Json>& read);

}  // namespace lucie
