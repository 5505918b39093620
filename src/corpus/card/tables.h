// Inside corpus/card/ only: the card's tables, for Markdown and page alike. What is absent gives
// cells that say so, or tables without rows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "report/table.h"

namespace lucie::card {

// Category, source, language and all counts; the first row is the total.
Table composition_table(const Json& figures);
// Rows of "by_language", "by_licence", ...: name and counts.
Table counts_table(const Json& figures, const char* key, const char* heading);
Table mixture_table(const Json& figures);
Table phase_table(const Json& phase);      // an entry of mixture_by_phase
Table account_table(const Json& figures);  // what became of what was read
Table drops_table(const Json& figures);    // by step and reason
Table damage_table(const Json& figures);
Table changes_table(const Json& figures);  // what was changed in documents that were kept
Table sources_table(const Json& figures);  // provenance and how to get each
Table rights_table(const Json& figures);   // terms, licences, rights holder, jurisdictions
Table memorization_table(const Json& figures);
// Of sources that may not be shown: what is told instead of their text.
std::vector<std::pair<std::string, Table>> description_tables(const Json& figures);

// "said fr, looks en" stands under its step, "exact_duplicates" as "exact duplicates".
std::string words_of_key(std::string key);

}  // namespace lucie::card
