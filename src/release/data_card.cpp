// What a release adds to the data card: the terms in three layers.
#include "corpus/card/data_card.h"

#include <fmt/format.h>

#include "release/cards.h"
#include "release/figures.h"
#include "release/tables.h"

namespace lucie {

namespace {

std::string yes_or_no(const Json& results, const char* path, const char* yes, const char* no) {
  const Json* value = look(results, path);
  if (value == nullptr || !value->is_bool()) return kNotMeasured;
  return value->as_bool() ? yes : no;
}

// A long table is folded away.
void add_table(const Table& table, const char* summary, Outline* outline) {
  constexpr std::size_t kLong = 8;
  if (table.rows.size() > kLong) {
    outline->folded(fmt::format("{} ({})", summary, table.rows.size()), table);
  } else {
    outline->table(table);
  }
}

void add_corpus_terms(const Json& results, Outline* outline) {
  const std::string whole = shown_text(results, "terms.corpus.licence");
  outline->subheading("The text it was trained on");
  outline->paragraph(fmt::format(
      "Every document keeps its own licence. The collection as a whole: {} ({}). Strictest class: "
      "{}. Commercial use: {}. May be passed on whole: {}.",
      whole.empty() ? "no single licence" : whole,
      shown_text(results, "terms.corpus.licence_reason"),
      shown_text(results, "terms.corpus.strictest"),
      yes_or_no(results, "terms.corpus.commercial_use", "nothing speaks against it",
                "not allowed by every source"),
      yes_or_no(results, "terms.corpus.shareable", "yes", "no")));
  add_table(licence_terms_table(results), "Licences and their duties", outline);
  outline->folded("Source by source", source_terms_table(results));
}

void add_weights_terms(const Json& results, Outline* outline) {
  outline->subheading("The weights");
  outline->paragraph(fmt::format("Licence: {}, under the policy \"{}\". Use: {}.",
                                 shown_text(results, "terms.weights.licence"),
                                 shown_text(results, "terms.weights.policy"),
                                 shown_text(results, "terms.weights.use")));
  const std::vector<std::string> findings = weights_findings(results);
  constexpr std::size_t kMany = 5;
  if (findings.size() > kMany) {
    outline->folded(fmt::format("What speaks against it ({})", findings.size()), findings);
  } else {
    outline->list(findings);
  }
}

}  // namespace

Outline terms_outline(const Json& results) {
  Outline outline;
  outline.note(shown_text(results, "terms.note"));
  add_corpus_terms(results, &outline);
  add_weights_terms(results, &outline);
  outline.subheading("What the model writes");
  outline.paragraph(
      "Where it repeats passages of its text word for word, whoever passes them on may owe what "
      "their licence asks.");
  add_table(output_duties_table(results), "Duties by licence", &outline);
  return outline;
}

std::string terms_markdown(const Json& results) {
  Markdown text;
  text.heading(2, "Terms, in three layers");
  terms_outline(results).add_to(&text);
  return text.str();
}

std::string data_card_html(const Json& results) {
  const Json* corpus = results.find("corpus");
  HtmlPage page = card_page(corpus == nullptr ? Json::object() : *corpus);
  page.heading("Terms, in three layers");
  terms_outline(results).add_to(&page);
  return page.str();
}

}  // namespace lucie
