#include <fmt/format.h>

#include "base/text.h"
#include "corpus/card/data_card.h"
#include "release/artefacts.h"
#include "release/cards.h"
#include "release/charts.h"
#include "release/figures.h"
#include "release/footprint.h"
#include "release/tables.h"

namespace lucie {

namespace {

Json front_matter(const Json& results) {
  Json values = Json::object();
  values["language"] = Json::array();
  for (const std::string& language : natural_languages(results)) {
    values["language"].push_back(language);
  }
  // The Hub knows licences by their SPDX names in lower case, and expressions not at all.
  const std::string licence = to_lower_ascii(shown_text(results, "terms.weights.licence"));
  const bool plain = licence.find(' ') == std::string::npos && !licence.starts_with("licenseref");
  values["license"] = plain ? licence : "other";
  if (!plain) values["license_name"] = licence;
  values["library_name"] = "transformers";
  values["pipeline_tag"] = "text-generation";
  values["tags"] = Json(Json::Array{Json("lucie"), Json("trained-from-scratch"), Json("gguf")});
  return values;
}

std::string headline(const Json& results) {
  return fmt::format(
      "A language model of {} parameters ({}), trained from nothing on {} tokens of "
      "{} documents.",
      shown_amount(results, "model.parameters"), shown_text(results, "model.architecture"),
      shown_amount(results, "train.tokens"), shown_count(results, "corpus.total.documents"));
}

void add_use(const Json& results, const std::string& folder, Outline* card) {
  card->heading("Intended use").paragraph(shown_text(results, "release.intended_use"));
  card->heading("Limits").note(shown_text(results, "release.limits"));
  card->heading("How to run it");
  const std::string instruct = folder.empty() ? "instruct" : ".";
  const std::string base = folder.empty() ? "base" : ".";
  std::string commands;
  if (folder != "base") commands += "lucie chat " + instruct + "\n";
  if (folder != "instruct") commands += "lucie generate " + base + " -n 100 -p \"...\"\n";
  commands.insert(commands.find('\n'), "            # in this folder");
  card->code(trim(commands), "sh");
  card->code(fmt::format("from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
                         "tokenizer = AutoTokenizer.from_pretrained(\"{0}\")\n"
                         "model = AutoModelForCausalLM.from_pretrained(\"{0}\")",
                         instruct),
             "python");
}

void add_training(const Json& results, Outline* card) {
  const Json* corpus = results.find("corpus");
  card->heading("Training");
  card->figure(
      language_ring(corpus == nullptr ? Json::object() : *corpus),
      "The text as it is, and as the main phase of training read it: shares of the tokens.");
  card->figure(loss_chart(results), "Mean over the tokens of each step.");
  Table table{{{"what"}, {"value", true}}, {}};
  table.rows.push_back({"steps", shown_count(results, "train.steps")});
  table.rows.push_back({"tokens seen", shown_count(results, "train.tokens")});
  table.rows.push_back({"tokens in the corpus", shown_count(results, "corpus.total.tokens")});
  table.rows.push_back(
      {"last training loss, nats per token", shown_fixed(results, "train.final_loss", 3)});
  table.rows.push_back({"precision", shown_text(results, "train.precision")});
  table.rows.push_back({"time in all", shown_seconds(results, "timing.total_seconds")});
  for (auto& row : footprint_table(results).rows) table.rows.push_back(std::move(row));
  card->table(table);
  if (look(results, "timing") == nullptr) {
    card->paragraph(
        "Times and energy stand in the run's own report: clocks are kept out of files whose hash "
        "others must be able to reproduce.");
  }
  card->subheading("Fine-tuning").table(finetune_table(results));
}

void add_evaluation(const Json& results, Outline* card) {
  card->heading("Evaluation");
  card->paragraph("Bits per byte on text that was never trained on; less is better.");
  card->list(verdict_on_bits(results)).figure(bits_chart(results)).table(bits_table(results));
  card->paragraph(
      "The byte 5-gram (interpolated Kneser-Ney) and xz -9e alone are the bars. xz primed with the "
      "training text and the token 5-gram show how far memory alone goes.");
  card->subheading("All models of this release").table(models_table(results));
  card->subheading("What it repeats of what it read");
  card->list(memory_findings(results));
  const Table spans = generations_table(results);
  if (!spans.rows.empty()) {
    card->table(spans, "Of what the model writes when it is left to itself, by length in tokens.");
  }
}

void add_data(const Json& results, const std::string& folder, Outline* card) {
  card->heading("Data").table(languages_table(results));
  card->folded("Sources, with licence and where to get them", sources_table(results));
  if (!folder.empty()) return;
  card->paragraph(
      "The data card (data_card.md, data_card.html) tells sources, licences, mixture, "
      "what was left out and why.");
}

void add_openness(const Json& results, Outline* card) {
  card->heading("How open it is");
  card->list({"Model Openness Framework 1.0: " + shown_text(results, "openness.label"),
              "Open Source AI Definition 1.0: " +
                  shown_text(results, "openness.open_source_ai_definition")});
  std::vector<std::string> reasons;
  for (const Json& reason : rows_at(results, "openness.reasons")) {
    if (reason.is_string()) reasons.push_back(reason.as_string());
  }
  if (!reasons.empty()) card->paragraph("What keeps it from more:").list(reasons);
}

void add_checks(Outline* card) {
  card->heading("Check it yourself");
  card->code(
      "sha256sum -c --quiet SHA256SUMS     # every file is as it was released\n"
      "lucie verify .                      # and as the run wrote it; the tokens are made again\n"
      "lucie audit .                       # how open it is, component by component",
      "sh");
  card->paragraph(
      "recipe.yaml makes the model again, bit for bit on the same instruction set; provenance.json "
      "holds what each stage must yield.");
  card->links({{"the text: sources, mixture, what was left out", "data_card.html"},
               {"how the training went, and what the model wrote on the way", "report.html"},
               {"every component with its licence and verdict", "audit.html"},
               {"public summary of training content (AI Act, art. 53(1)(d))",
                "training_content_summary.html"},
               {"copyright policy (AI Act, art. 53(1)(c))", "copyright_policy.html"}});
}

Outline card_outline(const Json& results, const std::string& folder = {}) {
  Outline card;
  add_use(results, folder, &card);
  card.heading("Model").table(model_table(results));
  add_training(results, &card);
  add_evaluation(results, &card);
  add_data(results, folder, &card);
  card.heading("Licence of each part").table(artefacts_table(results));
  card.heading("Terms, in three layers");
  terms_outline(results).add_to(&card);
  add_openness(results, &card);
  if (folder.empty()) add_checks(&card);
  return card;
}

}  // namespace

std::string model_card(const Json& results, const std::string& folder) {
  Markdown text;
  text.front_matter(front_matter(results));
  text.heading(1, results.get("name", "model")).paragraph(headline(results));
  card_outline(results, folder).add_to(&text);
  return text.str();
}

std::string model_card_html(const Json& results) {
  HtmlPage page(results.get("name", "model"), headline(results));
  page.tiles({{shown_amount(results, "model.parameters"), "parameters"},
              {shown_amount(results, "train.tokens"), "tokens read"},
              {std::to_string(natural_languages(results).size()), "languages"},
              {shown_fixed(model_bits(results, "base", "all"), 3), "bits per byte, held out"},
              {shown_text(results, "terms.weights.licence"), "licence of the weights"},
              {shown_text(results, "openness.short"), "Model Openness Framework"}});
  card_outline(results).add_to(&page);
  return page.str();
}

}  // namespace lucie
