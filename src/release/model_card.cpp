#include <fmt/format.h>

#include "base/text.h"
#include "release/cards.h"
#include "release/figures.h"
#include "release/footprint.h"
#include "release/tables.h"
#include "report/markdown.h"

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

void add_training(const Json& results, Markdown* card) {
  Table table{{{"what"}, {"value", true}}, {}};
  table.rows.push_back({"steps", shown_count(results, "train.steps")});
  table.rows.push_back({"tokens seen", shown_count(results, "train.tokens")});
  table.rows.push_back({"tokens in the corpus", shown_count(results, "corpus.total.tokens")});
  table.rows.push_back(
      {"last training loss, nats per token", shown_fixed(results, "train.final_loss", 3)});
  table.rows.push_back({"precision", shown_text(results, "train.precision")});
  table.rows.push_back({"time in all", shown_seconds(results, "timing.total_seconds")});
  for (auto& row : footprint_table(results).rows) table.rows.push_back(std::move(row));
  card->heading(2, "Training").table(table);
  if (look(results, "timing") == nullptr) {
    card->paragraph(
        "Times and energy stand in the run's own report: clocks are kept out of files whose hash "
        "others must be able to reproduce.");
  }
}

}  // namespace

std::string terms_markdown(const Json& results) {
  Markdown text;
  text.heading(2, "Terms, in three layers");
  text.quote(shown_text(results, "terms.note"));
  text.heading(3, "The text it was trained on");
  text.paragraph(fmt::format(
      "Every document keeps its own licence. Strictest class: {}. "
      "Commercial use: {}. May be passed on whole: {}.",
      shown_text(results, "terms.corpus.strictest"),
      look(results, "terms.corpus") == nullptr                      ? kNotMeasured
      : look(results, "terms.corpus")->get("commercial_use", false) ? "nothing speaks against it"
                                                                    : "not allowed by every source",
      look(results, "terms.corpus") == nullptr                 ? kNotMeasured
      : look(results, "terms.corpus")->get("shareable", false) ? "yes"
                                                               : "no"));
  const std::string whole = shown_text(results, "terms.corpus.licence");
  text.paragraph(fmt::format("The collection as a whole: {} ({}).",
                             whole.empty() ? "no single licence" : whole,
                             shown_text(results, "terms.corpus.licence_reason")));
  text.table(licence_terms_table(results)).table(source_terms_table(results));
  text.heading(3, "The weights");
  text.paragraph(fmt::format("Licence: {}, under the policy \"{}\". Use: {}.",
                             shown_text(results, "terms.weights.licence"),
                             shown_text(results, "terms.weights.policy"),
                             shown_text(results, "terms.weights.use")));
  text.list(weights_findings(results));
  text.heading(3, "What the model writes");
  text.paragraph(
      "Where it repeats passages of its text word for word, whoever passes them on may owe what "
      "their licence asks:");
  text.table(output_duties_table(results));
  return text.str();
}

std::string model_card(const Json& results) {
  Markdown card;
  card.front_matter(front_matter(results));
  card.heading(1, results.get("name", "model")).paragraph(headline(results));
  card.heading(2, "Intended use").paragraph(shown_text(results, "release.intended_use"));
  card.heading(2, "Limits").paragraph(shown_text(results, "release.limits"));
  card.heading(2, "Model").table(model_table(results));
  add_training(results, &card);
  card.heading(2, "Bits per byte on held-out text").list(verdict_on_bits(results));
  card.table(bits_table(results));
  card.paragraph(
      "The byte 5-gram (interpolated Kneser-Ney) and xz -9e alone are the bars. xz primed with the "
      "training text and the token 5-gram show how far memory alone goes.");
  card.heading(2, "All models of this release").table(models_table(results));
  card.heading(2, "Fine-tuning").table(finetune_table(results));
  card.heading(2, "Data").table(composition_table(results, "by_language"));
  card.paragraph(
      "The data card (data_card.md, data_card.html) tells sources, licences, mixture, "
      "what was left out and why.");
  card.raw(terms_markdown(results));
  return card.str();
}

}  // namespace lucie
