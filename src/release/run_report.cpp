#include "release/run_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "corpus/card/data_card.h"
#include "release/cards.h"
#include "release/charts.h"
#include "release/figures.h"
#include "release/tables.h"
#include "report/markup.h"

namespace lucie {

namespace {

// One table a prompt: how its continuation changes from step to step.
void add_diary(const Json& results, HtmlPage* page) {
  struct Prompt {
    std::string language, text;
    Table table;
  };
  std::vector<Prompt> prompts;
  for (const Json& entry : rows_at(results, "train.history.diary")) {
    for (const Json& sample : rows_at(entry, "samples")) {
      const std::string language = sample.get("language", ""), text = sample.get("prompt", "");
      auto found = std::find_if(prompts.begin(), prompts.end(), [&](const Prompt& p) {
        return p.language == language && p.text == text;
      });
      if (found == prompts.end()) {
        prompts.push_back({language, text, {{{"step", true}, {"what it wrote"}}, {}}});
        found = prompts.end() - 1;
      }
      found->table.rows.push_back({shown_count(entry, "step"), sample.get("text", "")});
    }
  }
  if (prompts.empty()) page->paragraph("The diary was " + std::string(kNotMeasured) + ".");
  for (const Prompt& prompt : prompts) {
    page->subheading(language_name(prompt.language) + ": \"" + single_line(prompt.text) + "\"");
    Table ends{prompt.table.columns, {prompt.table.rows.front()}};
    if (prompt.table.rows.size() > 1) ends.rows.push_back(prompt.table.rows.back());
    page->table(ends);
    if (prompt.table.rows.size() < 3) continue;
    page->open_details("All " + std::to_string(prompt.table.rows.size()) + " entries");
    page->table(prompt.table).close_details();
  }
}

void add_training(const Json& results, HtmlPage* page) {
  page->heading("Training");
  page->figure(loss_chart(results), "Mean over the tokens of each step.");
  page->figure(held_out_chart(results),
               "Text that was never trained on, in bits per byte: comparable across tokenizers.");
  page->figure(position_chart(results),
               "Windows of held-out text as long as the extended context.");
  page->open_details("Learning rate and gradient norm");
  page->figure(learning_rate_chart(results));
  page->figure(gradient_chart(results));
  page->close_details();
}

void add_results(const Json& results, HtmlPage* page) {
  page->heading("Bits per byte");
  page->list(verdict_on_bits(results));
  page->figure(bits_chart(results));
  page->table(bits_table(results),
              "xz primed with the training text and the token 5-gram: how far memory alone goes.");
  page->heading("Learning diary");
  page->paragraph("The same prompts at steps 0, 1, 2, 4, 8 and so on, sampled with the same seed.");
  add_diary(results, page);
  page->heading("Fine-tuning");
  page->table(finetune_table(results));
  page->heading("Quantization");
  page->table(models_table(results), "All on the same held-out text.");
}

}  // namespace

std::string run_report(const Json& results) {
  HtmlPage page(results.get("name", "run"), fmt::format("{} parameters, {}; trained on {} tokens",
                                                        shown_amount(results, "model.parameters"),
                                                        shown_text(results, "model.architecture"),
                                                        shown_amount(results, "train.tokens")));
  page.tiles({{shown_count(results, "corpus.total.documents"), "documents"},
              {shown_amount(results, "train.tokens"), "tokens seen"},
              {shown_seconds(results, "timing.total_seconds"), "in all"},
              {shown_fixed(model_bits(results, "base", "all"), 3), "bits per byte, held out"}});
  page.note(
      "A model of this size imitates the text it read and knows nothing: read what it writes as a "
      "measure of training, not as an answer.");
  add_training(results, &page);
  add_results(results, &page);
  page.heading("Model");
  page.table(model_table(results));
  page.heading("Data");
  const Json* corpus = results.find("corpus");
  add_card_composition(corpus == nullptr ? Json::object() : *corpus, &page);
  page.heading("Terms");
  terms_outline(results).add_to(&page);
  page.heading("Time and energy");
  page.table(timing_table(results));
  page.paragraph("Energy: " + shown_energy(results) + ".");
  page.heading("Files");
  page.open_details("Hashes of the release").table(files_table(results)).close_details();
  return page.str();
}

}  // namespace lucie
