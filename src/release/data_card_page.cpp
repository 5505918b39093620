#include <fmt/format.h>

#include "base/text.h"
#include "release/cards.h"
#include "release/figures.h"
#include "release/pages.h"
#include "release/tables.h"

namespace lucie {

void add_composition(const Json& results, HtmlPage* page) {
  page->figure(render(mixture_chart(results)),
               "Shares of the tokens. A group seen more often than it is large is read again.");
  page->table(mixture_table(results));
  struct Part {
    const char* key;
    const char* heading;
  };
  for (const Part& part : {Part{"by_language", "By language"}, Part{"by_licence", "By licence"},
                           Part{"by_source", "By source"}}) {
    page->subheading(part.heading);
    page->figure(render(composition_chart(results, part.key, "Share of the bytes")));
    page->open_details("Figures").table(composition_table(results, part.key)).close_details();
  }
}

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
  HtmlPage page("Data card: " + results.get("name", "corpus"),
                "The text that the model was trained on");
  page.tiles({{shown_count(results, "corpus.total.documents"), "documents"},
              {shown_amount(results, "corpus.total.characters"), "characters"},
              {shown_amount(results, "corpus.total.tokens"), "tokens"},
              {shown_size(results, "corpus.total.bytes"), "of text"}});
  page.heading("What the text is");
  if (look(results, "description") != nullptr) page.paragraph(shown_text(results, "description"));
  std::vector<std::string> categories;
  for (const Json& row : rows_at(results, "corpus.categories")) {
    categories.push_back(row.get("name", "") + " " + shown_fixed(row, "percent_of_bytes", 1) +
                         " %");
  }
  page.paragraph("By category, as the sources declare it, of the bytes: " +
                 (categories.empty() ? kNotMeasured : join(categories, ", ")) + ".");
  page.note(
      "A model trained on this text imitates it. What the sources do not speak of, it has "
      "never read.");
  page.heading("Composition");
  add_composition(results, &page);
  page.heading("What was left out");
  page.table(drops_table(results));
  page.paragraph(shown_count(results, "corpus.changes.repeated_paragraphs") +
                 " repeated paragraphs (" +
                 shown_size(results, "corpus.changes.repeated_paragraph_bytes") +
                 ") were taken out of documents that were kept.");
  page.heading("Held-out text");
  const auto leak = figure(results, "corpus.holdout_lines_also_in_training.share");
  page.paragraph(fmt::format(
      "Pages are held out whole, with their translations and copies: {} documents, {}. Lines that "
      "also stood in the training text made {} of it and were taken out, but for short lines of "
      "code.",
      shown_count(results, "corpus.holdout.documents"), shown_size(results, "corpus.holdout.bytes"),
      leak ? fmt::format("{:.1f} %", 100 * *leak) : kNotMeasured));
  page.heading("Terms");
  add_terms(results, &page);
  return page.str();
}

}  // namespace lucie
