#include "corpus/card/data_card.h"
#include "release/cards.h"
#include "release/figures.h"
#include "release/pages.h"
#include "release/tables.h"

namespace lucie {

void add_terms(const Json& results, HtmlPage* page) {
  page->note(shown_text(results, "terms.note"));
  page->subheading("The text");
  page->paragraph("Every document keeps its own licence. Together: " +
                  shown_text(results, "terms.corpus.expression") +
                  ". Strictest class: " + shown_text(results, "terms.corpus.strictest") + ".");
  page->table(licence_terms_table(results));
  page->open_details("Source by source").table(source_terms_table(results)).close_details();
  page->subheading("The weights");
  page->paragraph("Licence: " + shown_text(results, "terms.weights.licence") +
                  ", under the policy \"" + shown_text(results, "terms.weights.policy") +
                  "\". Use: " + shown_text(results, "terms.weights.use") + ".");
  page->list(weights_findings(results));
  page->subheading("What the model writes");
  page->paragraph(
      "Where it repeats passages of its text word for word, whoever passes them on may owe what "
      "their licence asks.");
  page->table(output_duties_table(results));
}

std::string data_card_html(const Json& results) {
  const Json* corpus = results.find("corpus");
  HtmlPage page = card_page(corpus == nullptr ? Json::object() : *corpus);
  page.heading("Terms");
  add_terms(results, &page);
  return page.str();
}

}  // namespace lucie
