// The data card: what a corpus is made of, before and after up-sampling, under which terms and from
// where, what was left out and why. Every figure comes from the counts of the stages; nothing here
// is typed in. One JSON value, card.json, holds them all, and Markdown, page and Croissant are made
// of it alone (docs/guides/data-card.md).
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/samples.h"
#include "corpus/sources.h"
#include "report/html.h"

namespace lucie {

struct DataCardInput {
  std::string name;         // of the recipe
  std::string description;  // the recipe's own words on what the text is; may be empty
  Json corpus_stats;        // stats.json of the corpus stage
  Json token_stats;         // of the tokens stage; null before it has run
  SourceRegistry sources;
  std::vector<GroupUse> use;  // of the main phase; empty: the mixture is left out
  Json mixture_tables;        // of each phase: [{phase, tokens, rows}]; null: left out
  Json samples;               // of pick_samples(); null: none are shown
  Json files;                 // of list_files(); null: the corpus is not passed on with the card
  Json memorization;          // memorization.json; null: not measured
};

Json card_figures(const DataCardInput& input);

// Beginnings of texts, one of each source that may be shown: [{source, id, language, licence, url,
// text}]. The same for the same corpus; reads a bounded part of it.
Json pick_samples(const fs::path& corpus_dir, const SourceRegistry& sources);
// The parts of a corpus: [{path, side, language, bytes, sha256}]. Null when a source may not be
// shown: its text is in the same files.
Json list_files(const fs::path& corpus_dir, const SourceRegistry& sources);

// What follows takes card.json's value. What is not there is said to be not measured.
std::string card_markdown(const Json& figures);  // with the front matter of a Hugging Face data set
HtmlPage card_page(const Json& figures);         // open for the sections of a release
void add_card_composition(const Json& figures, HtmlPage* page);  // the same for other pages
std::string language_ring(const Json& figures);                  // the first chart of these, as SVG
Json card_croissant(const Json& figures);                        // Croissant 1.0, JSON-LD

// data_card.md, data_card.html, croissant.json and card.json.
void write_data_card(const fs::path& dir, const Json& figures);

}  // namespace lucie
