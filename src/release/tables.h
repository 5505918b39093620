// Tables and charts of results.json that cards, report and release share. Absent figures give cells
// that say so, absent sections tables without rows.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "report/table.h"

namespace lucie {

Table model_table(const Json& results);   // the shape
Table bits_table(const Json& results);    // per language: base, baselines, memorization line
Table models_table(const Json& results);  // base, instruct, quantized: bits per byte, cloze, size
Table finetune_table(const Json& results);
Table languages_table(const Json& results);  // of the corpus
// Of the text: category, share of what was read, licences, terms, where to get each source.
Table sources_table(const Json& results);
// What the models repeat of the text word for word: a sentence for each measurement, or that there
// is none.
std::vector<std::string> memory_findings(const Json& results);
// By length in tokens, how much of what the model writes stands in its text: `generations` of
// `lucie trace MODEL --generations N`. No rows where nobody measured it.
Table generations_table(const Json& results);
Table licence_terms_table(const Json& results);
Table source_terms_table(const Json& results);
Table output_duties_table(const Json& results);
std::vector<std::string> weights_findings(const Json& results);
Table files_table(const Json& results);
Table timing_table(const Json& results);

}  // namespace lucie
