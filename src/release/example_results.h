// For tests only: a results.json with every figure of docs/formats/results.md.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "base/json.h"
#include "release/footprint.h"
#include "release/terms.h"

namespace lucie {

inline const char* example_recipe_text() {
  return R"(
name: lucie-example
sources:
  - {id: manpages-fr, reader: debian-package, category: technical, terms: open}
  - {id: help-de, reader: debian-package, category: office help, terms: copyleft}
release: {weights_licence: Apache-2.0, policy: declared, intended_use: To study training., limits: It knows nothing.}
)";
}

inline Json example_stats() {
  return parse_json(R"({"train": {"by_source_licence": {
    "manpages-fr": {"GPL-2.0-or-later": {"documents": 9000, "characters": 900000},
                    "MIT": {"documents": 800, "characters": 50000}},
    "help-de": {"MPL-2.0": {"documents": 6012, "characters": 700000}}}}})",
                    "stats.json");
}

inline Json example_row(const char* name, double percent, std::int64_t documents) {
  Json row = Json::object();
  row["name"] = name;
  row["documents"] = documents;
  row["characters"] = documents * 2500;
  row["words"] = documents * 400;
  row["bytes"] = documents * 2600;
  row["percent_of_bytes"] = percent;
  row["tokens"] = documents * 800;
  row["percent_of_tokens"] = percent;
  row["tokens_seen"] = documents * 216;
  row["percent_seen"] = percent;
  row["epochs"] = 0.27;
  row["tokens_per_word"] = 1.7;
  row["bytes_per_token"] = 3.25;
  return row;
}

inline Json example_corpus() {
  Json corpus = parse_json(R"({"name": "lucie-example", "description": "Documentation.",
    "total": {"documents": 15812, "characters": 40100200, "words": 6000000, "bytes": 41200300,
      "tokens": 12800000, "percent_of_tokens": 100, "tokens_per_word": 1.7, "tokens_seen": 3456000,
      "percent_seen": 100, "epochs": 0.27},
    "by_group_category": [{"group": "fr", "category": "technical", "size": 700},
                          {"group": "de", "category": "office help", "size": 900}],
    "jurisdictions": ["eu", "us"],
    "sources": [{"id": "help-de", "category": "office help", "obtained": "Debian package help-de",
      "terms": "copyleft", "how_to_get": {"where": "apt-get download help-de", "fee": false},
      "licences": ["MPL-2.0"], "jurisdictions": {"eu": "licensed", "us": "unknown"},
      "description": {"provenance": "written by volunteers"}}],
    "samples": [{"source": "help-de", "language": "de", "licence": "MPL-2.0", "url": "deb:help-de",
      "text": "Ein Text"}],
    "account": {"read": 16835, "kept": 15812, "held_out": 170, "dropped": 853, "damaged": 0},
    "holdout": {"documents": 170, "characters": 400000, "bytes": 412000},
    "holdout_lines_also_in_training": {"share": 0.317, "bytes_removed": 190000},
    "dropped": {"dedup": {"exact duplicate": {"documents": 812, "bytes_read": 3300000}},
                "language": {"not the declared language": {"documents": 41, "bytes_read": 52000}}},
    "changes": {"repeated_paragraphs": 41022, "repeated_paragraph_bytes": 9120000}})",
                           "card.json");
  const std::pair<const char*, double> languages[] = {{"en", 33}, {"fr", 30}, {"de", 12},
                                                      {"es", 11}, {"it", 8},  {"code", 6}};
  const double seen[] = {33, 32, 7, 7, 4, 15};
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& [name, percent] = languages[i];
    corpus["by_language"].push_back(
        example_row(name, percent, static_cast<std::int64_t>(150 * percent)));
    Json use = Json::object();
    use["name"] = name;
    use["tokens"] = static_cast<std::int64_t>(percent * 128000);
    use["percent_before"] = percent;
    use["percent_declared"] = seen[i];
    use["percent_after"] = seen[i];
    use["epochs"] = 0.27;
    corpus["mixture"].push_back(std::move(use));
  }
  corpus["by_group"] = corpus.at("by_language");
  corpus["by_licence"] =
      Json(Json::Array{example_row("GPL-2.0-or-later", 51.5, 9000),
                       example_row("MPL-2.0", 44.2, 6012), example_row("MIT", 4.3, 800)});
  corpus["by_category"] = Json(
      Json::Array{example_row("office help", 52.1, 9000), example_row("technical", 47.9, 6812)});
  corpus["by_terms"] = Json(Json::Array{example_row("copyleft", 100, 15812)});
  Json cell = example_row("", 52.1, 9000);
  cell["category"] = "office help";
  cell["source"] = "help-de";
  cell["language"] = "de";
  corpus["composition"].push_back(std::move(cell));
  corpus["by_source"] =
      Json(Json::Array{example_row("manpages-fr", 55.8, 9800), example_row("help-de", 44.2, 6012)});
  return corpus;
}

inline Json example_history() {
  Json history = Json::object();
  for (int step = 1; step <= 400; ++step) {
    Json row = Json::object();
    row["step"] = step;
    row["phase"] = "main";
    row["tokens"] = step * 8192;
    row["loss"] = 3.4 + 5 * std::exp(-step / 60.0) + 0.15 * std::sin(step * 1.7);
    row["grad_norm"] = 0.6 + 3 * std::exp(-step / 25.0) + 0.1 * std::sin(step * 2.3);
    row["learning_rate"] = 3e-3 * std::min(1.0, step / 20.0) * (1 - step / 480.0);
    history["steps"].push_back(std::move(row));
  }
  const char* const kLanguages[] = {"en", "fr", "de", "es", "it", "code", "all"};
  for (int step = 0; step <= 400; step += 100) {
    Json row = Json::object();
    row["step"] = step;
    row["phase"] = "main";
    for (int k = 0; k < 7; ++k) {
      row["scores"][kLanguages[k]]["bits_per_byte"] = 1.6 + 0.07 * k + 3 * std::exp(-step / 90.0);
    }
    history["evaluations"].push_back(std::move(row));
  }
  for (const bool before : {true, false}) {
    Json row = Json::object();
    row["step"] = before ? 360 : 400;
    row["phase"] = "extension";
    if (before) row["before_extension"] = true;
    Json losses = Json::array();
    for (int k = 0; k < 16; ++k)
      losses.push_back(before && k >= 4 ? 5.2 + 0.1 * k : 3.9 - 0.02 * k);
    row["loss_by_position"]["window"] = 1024;
    row["loss_by_position"]["bucket"] = 64;
    row["loss_by_position"]["losses"] = std::move(losses);
    history["evaluations"].push_back(std::move(row));
  }
  const std::pair<int, const char*> written[] = {
      {0, "\xC3\xA9\xC3\xB1 7d zzt qqo\n;;"},
      {1, " de de de de , ,"},
      {64, " de la fichier est la la commande"},
      {400, " affiche le contenu du fichier\net en indique la taille."}};
  for (const auto& [step, text] : written) {
    Json entry = Json::object();
    entry["step"] = step;
    for (const char* language : {"en", "fr"}) {
      Json sample = Json::object();
      sample["language"] = language;
      sample["prompt"] = std::string(language) == "fr" ? "La commande" : "The command";
      sample["text"] = text;
      entry["samples"].push_back(std::move(sample));
    }
    history["diary"].push_back(std::move(entry));
  }
  return history;
}

inline Json example_scores(double all) {
  Json scores = Json::object();
  const char* const kLanguages[] = {"en", "fr", "de", "es", "it", "code"};
  for (int k = 0; k < 6; ++k) {
    scores["bits_per_byte"][kLanguages[k]]["bits_per_byte"] = all - 0.15 + 0.06 * k;
    scores["bits_per_byte"][kLanguages[k]]["bytes"] = 68000 - 1000 * k;
  }
  scores["bits_per_byte"]["all"]["bits_per_byte"] = all;
  scores["bits_per_byte"]["all"]["bytes"] = 393000;
  scores["cloze"]["all"]["accuracy"] = 0.412;
  return scores;
}

inline Json example_results() {
  Json results = parse_json(R"({"version": 1, "name": "lucie-example",
    "description": "Documentation of free software, half of it office help.",
    "summary": {"reading": "3.3 M tokens of 15,812 documents in five languages, in 6 min"},
    "release": {"intended_use": "To study training.", "limits": "It knows nothing."},
    "model": {"parameters": 2413056, "architecture": "llama", "hidden_size": 192,
      "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 2,
      "intermediate_size": 512, "vocab_size": 4096, "window": 1024},
    "timing": {"stages": {"corpus": 22.5, "tokenizer": 11.25, "tokens": 4.5, "pretrain": 298.0,
      "finetune": 31.0, "eval": 12.0}, "total_seconds": 379.25},
    "energy": {"joules": 5688.75, "measured": false, "method": "estimate: 7.5 W per thread"},
    "train": {"steps": 400, "tokens": 3276800, "final_loss": 3.412, "precision": "bf16"},
    "baselines": {
      "en": {"xz": 2.31, "byte_5gram": 1.92, "xz_primed": 1.41, "token_5gram": 1.22},
      "fr": {"xz": 2.35, "byte_5gram": 1.95, "xz_primed": 1.44, "token_5gram": 1.25},
      "de": {"xz": 2.40, "byte_5gram": 1.99, "xz_primed": 1.48, "token_5gram": 1.30},
      "es": {"xz": 2.29, "byte_5gram": 1.90, "xz_primed": 1.43, "token_5gram": 1.24},
      "it": {"xz": 2.33, "byte_5gram": 1.94, "xz_primed": 1.45, "token_5gram": 1.27},
      "code": {"xz": 1.98, "byte_5gram": 1.70, "xz_primed": 1.39, "token_5gram": 1.29},
      "all": {"xz": 2.30, "byte_5gram": 1.93, "xz_primed": 1.43, "token_5gram": 1.26}},
    "finetune": {"dialogues": 2100, "held_out_dialogues": 120, "steps": 66, "loss_before": 4.91,
      "loss_after": 3.32, "verbatim_share": 0.083,
      "verbatim": {"answers": 60, "answers_copied": 2, "characters_share": 0.083}},
    "generations": {"texts": 100, "tokens": 25600, "longest": 31,
      "by_length": [{"length": 8, "found_share": 0.12, "covered_share": 0.2, "texts": 40}]},
    "openness": {"label": "Class III - Open Model", "short": "Class III",
      "open_source_ai_definition": "met", "reasons": ["Class II: Evaluation data: missing"]},
    "artefacts": [{"artefact": "optimizer states", "licence": "Apache-2.0", "class": "permissive",
      "duties": ["attribution"], "basis": "declared by the publisher",
      "components": ["optimizer-states"]}],
    "quantize": [{"file": "m-q8_0.gguf", "type": "q8_0", "bytes": 2700000, "bits_per_weight": 8.5},
                 {"file": "m-q4_0.gguf", "type": "q4_0", "bytes": 1600000, "bits_per_weight": 4.9}],
    "files": {"README.md":
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}})",
                            "results.json");
  results["corpus"] = example_corpus();
  results["train"]["history"] = example_history();
  const std::pair<const char*, double> models[] = {
      {"base", 1.742}, {"instruct", 1.801}, {"q8_0", 1.803}, {"q4_0", 1.871}};
  for (const auto& [name, bits] : models) results["eval"][name] = example_scores(bits);
  const Json recipe = parse_yaml(example_recipe_text(), "recipe.yaml");
  results["terms"] = derive_release_terms(recipe.at("release"), licence_counts(example_stats()),
                                          SourceRegistry::from_json(recipe.at("sources")))
                         .to_json();
  results["footprint"] = footprint(
      results, parse_yaml("{grid: {gco2e_per_kwh: 40}, cost: {per_kwh: 0.2, currency: EUR}}",
                          "recipe.yaml"));
  return results;
}

}  // namespace lucie
