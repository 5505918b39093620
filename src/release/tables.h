// Tables and charts of results.json that cards, report and release share. Absent figures give cells
// that say so, absent sections tables without rows.
#pragma once

#include <string>

#include "base/json.h"
#include "report/table.h"

namespace lucie {

Table model_table(const Json& results);   // the shape
Table bits_table(const Json& results);    // per language: base, baselines, memorization line
Table models_table(const Json& results);  // base, instruct, quantized: bits per byte, cloze, size
Table finetune_table(const Json& results);
// by: "by_language", "by_source", "by_licence" of results.corpus.
Table composition_table(const Json& results, const char* by);
Table licence_terms_table(const Json& results);
Table source_terms_table(const Json& results);
Table output_duties_table(const Json& results);
std::vector<std::string> weights_findings(const Json& results);
Table files_table(const Json& results);
Table timing_table(const Json& results);

}  // namespace lucie
