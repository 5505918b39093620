#include "release/european_union.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "release/figures.h"
#include "release/footprint.h"
#include "release/terms.h"

namespace lucie {

namespace {

constexpr const char* kNotStated = "not stated";

std::string declared(const Json& results, const std::string& path) {
  const Json* value = look(results, "release." + path);
  return value == nullptr || !value->is_string() || value->as_string().empty() ? kNotStated
                                                                               : value->as_string();
}

std::string or_not_stated(const std::string& text) {
  return text.empty() ? kNotStated : text;
}

// Classes of the template, section 1.3.
std::string size_class(const Json& results) {
  const auto tokens = figure(results, "corpus.total.tokens");
  if (!tokens) return kNotMeasured;
  return *tokens < 1e9     ? "less than 1 billion tokens"
         : *tokens <= 1e13 ? "1 billion to 10 trillion tokens"
                           : "more than 10 trillion tokens";
}

// Sections 2.1 to 2.6 of the template: where a source belongs.
enum class Origin { kPublic, kLicensed, kCrawled, kOther };

Origin origin_of(const Source& source) {
  if (source.terms == Terms::kUnshareable || source.terms == Terms::kUnderNegotiation) {
    return Origin::kLicensed;
  }
  if (source.reader == "warc" || source.reader == "wet") return Origin::kCrawled;
  return source.how_to_get.where.empty() && source.obtained.empty() ? Origin::kOther
                                                                    : Origin::kPublic;
}

std::string latest_date(const SourceRegistry& sources) {
  std::string latest;
  for (const Source& source : sources.sources()) {
    const std::size_t slash = source.dates.find('/');
    latest = std::max(latest,
                      slash == std::string::npos ? source.dates : source.dates.substr(slash + 1));
  }
  return or_not_stated(latest);
}

void add_sources(Origin origin, const SourceRegistry& sources, Outline* page) {
  Table table{{{"source"}, {"content"}, {"obtained"}, {"where to get it"}, {"licence"}, {"terms"}},
              {}};
  for (const Source& source : sources.sources()) {
    if (origin_of(source) != origin) continue;
    table.rows.push_back({source.id, or_not_stated(source.category), or_not_stated(source.obtained),
                          or_not_stated(source.how_to_get.where) +
                              (source.how_to_get.for_a_fee ? " (for a fee)" : ""),
                          source.licence.empty() ? "of each document" : source.licence,
                          terms_name(source.terms)});
  }
  if (table.rows.empty()) {
    page->paragraph("None.");
  } else {
    page->table(table);
  }
}

void add_general(const Json& results, const SourceRegistry& sources, Outline* page) {
  page->heading("1. General information").subheading("1.1 Provider identification");
  page->table({{{"what"}, {"answer"}},
               {{"provider", declared(results, "provider.name")},
                {"contact", declared(results, "provider.contact")},
                {"authorised representative", declared(results, "provider.representative")}}});
  page->subheading("1.2 Model identification");
  page->table({{{"what"}, {"answer"}},
               {{"name", shown_text(results, "name")},
                {"model it depends on", "none: trained from nothing"},
                {"placed on the Union's market", declared(results, "placed_on_market")}}});
  page->subheading("1.3 Modalities, overall training data size and other characteristics");
  std::vector<std::string> languages;
  for (const std::string& code : natural_languages(results)) {
    languages.push_back(language_name(code));
  }
  page->table({{{"what"}, {"answer"}},
               {{"modality", "text"},
                {"size class", size_class(results)},
                {"tokens in the corpus", shown_count(results, "corpus.total.tokens")},
                {"tokens read in training", shown_count(results, "train.tokens")},
                {"documents", shown_count(results, "corpus.total.documents")},
                {"latest date of a source", latest_date(sources)},
                {"languages", languages.empty() ? kNotMeasured : join(languages, ", ")}}});
  page->paragraph("Content by kind is in the data card (data_card.md), as are shares by language.");
}

void add_lists(const SourceRegistry& sources, Outline* page) {
  page->heading("2. List of data sources").subheading("2.1 Publicly available datasets");
  add_sources(Origin::kPublic, sources, page);
  page->subheading("2.2 Private non-publicly available datasets obtained from third parties");
  add_sources(Origin::kLicensed, sources, page);
  page->paragraph(
      "The registry does not ask whether a rights holder licensed the text for money (2.2.1) or "
      "another third party gave it (2.2.2).");
  page->subheading("2.3 Data crawled and scraped from online sources");
  add_sources(Origin::kCrawled, sources, page);
  page->paragraph("The program has no crawler: it reads archives that others made.");
  page->subheading("2.4 User data");
  page->paragraph(
      "The program collects none; the registry does not ask whether a source holds any.");
  page->subheading("2.5 Synthetic data");
  page->paragraph(
      "Dialogues for fine-tuning are cut from the documents by fixed rules; no model writes any.");
  page->subheading("2.6 Other sources of data");
  add_sources(Origin::kOther, sources, page);
}

void add_dropped(const Json& results, Outline* page) {
  Table table{{{"step"}, {"reason"}, {"documents left out", true}}, {}};
  const Json* dropped = look(results, "corpus.dropped");
  if (dropped != nullptr && dropped->is_object()) {
    for (const auto& [step, reasons] : dropped->members()) {
      if (!reasons.is_object()) continue;
      for (const auto& [reason, tally] : reasons.members()) {
        table.rows.push_back({step, reason, shown_count(tally, "documents")});
      }
    }
  }
  if (!table.rows.empty()) page->table(table);
}

// How the text may be used for training, by what the sources declare for the Union.
void add_bases(const SourceRegistry& sources, Outline* page) {
  Table table{{{"source"}, {"rights holder"}, {"basis in the Union"}, {"terms"}}, {}};
  for (const Source& source : sources.sources()) {
    table.rows.push_back({source.id, or_not_stated(source.rights_holder), source.jurisdiction("eu"),
                          terms_name(source.terms)});
  }
  page->table(table);
}

}  // namespace

Outline training_content_summary(const Json& results, const SourceRegistry& sources) {
  Outline page;
  page.note(
      "Regulation (EU) 2024/1689, article 53(1)(d), in the sections of the AI Office's template of "
      "24 July 2025. Filled by a program from the registry of sources and the counts of the run; "
      "no legal advice.");
  add_general(results, sources, &page);
  add_lists(sources, &page);
  page.heading("3. Data processing aspects");
  page.subheading(
      "3.1 Respect of reservation of rights from text and data mining exception or limitation");
  page.table(
      {{{"what"}, {"answer"}},
       {{"signatory of the code of practice", declared(results, "copyright.code_of_practice")},
        {"measures", declared(results, "copyright.opt_outs")},
        {"policy", "copyright_policy.md"}}});
  page.subheading("3.2 Removal of illegal content");
  page.paragraph(declared(results, "illegal_content"));
  page.subheading("3.3 Other information (optional)");
  page.paragraph("What was left out of the sources, and why:");
  add_dropped(results, &page);
  page.table(footprint_table(results));
  return page;
}

Outline copyright_policy(const Json& results, const SourceRegistry& sources) {
  Outline page;
  page.note("Regulation (EU) 2024/1689, article 53(1)(c). " + std::string(kTermsNote));
  page.heading("Policy").paragraph(declared(results, "copyright.policy"));
  page.heading("Reservations of rights").paragraph(declared(results, "copyright.opt_outs"));
  page.heading("Complaints of rights holders").paragraph(declared(results, "copyright.contact"));
  page.heading("Basis, source by source");
  page.paragraph(
      "Licensed: the rights holder or a public licence allows it. Tdm: text and data mining, the "
      "rights not being reserved. Unknown: the registry does not say.");
  add_bases(sources, &page);
  return page;
}

}  // namespace lucie
