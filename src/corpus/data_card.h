// The data card: what the corpus is made of, before and after up-sampling, under which terms, what
// was left out and why. Figures come from the stages' own counts; nothing here is typed in.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/samples.h"
#include "corpus/sources.h"

namespace lucie {

struct DataCardInput {
  std::string name;         // of the recipe
  std::string description;  // the recipe's own words on what the text is; may be empty
  Json corpus_stats;        // stats.json of the corpus stage
  Json token_stats;         // of the tokens stage; null before it has run
  SourceRegistry sources;
  std::vector<GroupUse> use;  // of the main phase; empty: the mixture is left out
};

struct DataCard {
  std::string markdown;
  Json figures;  // all numbers of the card, for charts and for whoever recounts
};

DataCard make_data_card(const DataCardInput& input);

// data_card.md and card.json.
void write_data_card(const fs::path& dir, const DataCard& card);

}  // namespace lucie
