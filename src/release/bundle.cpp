#include "release/bundle.h"

#include "base/error.h"
#include "base/text.h"
#include "release/cards.h"
#include "release/sums.h"
#include "release/terms.h"
#include "report/markdown.h"

namespace lucie {

namespace {

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> keys{"weights_licence",  "policy",       "intended_use",
                                             "limits",           "data_licence", "code_licence",
                                             "documents_licence"};
  return keys;
}

std::string place_of(const Json& recipe, const char* key) {
  const Json* section = recipe.find("release");
  const Json* value = section == nullptr ? nullptr : section->find(key);
  for (const Json* known : {value, section, &recipe}) {
    if (known != nullptr && !known->place().empty()) {
      return known->place() + ": release." + key;
    }
  }
  return std::string("recipe: release.") + key;
}

void make_empty(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), dir.string());
  if (!fs::is_empty(dir)) {
    fail(ErrorCode::kInvalidArgument, "the folder is not empty", dir.string(),
         "a release is never written over another: choose a new folder");
  }
}

// Copies what lies in a folder; links are followed, since a release must stand alone.
void copy_folder(const fs::path& from, const fs::path& to) {
  if (from.empty()) return;
  if (!fs::is_directory(from)) fail(ErrorCode::kNotFound, "no such folder", from.string());
  std::error_code error;
  fs::create_directories(to, error);
  if (!error) fs::copy(from, to, fs::copy_options::recursive, error);
  if (error)
    fail(ErrorCode::kIo, "cannot copy to " + to.string() + ": " + error.message(), from.string());
}

// Code, weights, optimizer states, data and documents each stand under their own licence.
std::string licences_page(const Json& release, const ReleaseTerms& terms) {
  Table table{{{"what"}, {"licence (SPDX)"}, {"note"}}, {}};
  table.rows.push_back(
      {"weights", terms.weights.licence,
       std::string("declared, policy ") + weights_policy_name(terms.weights.policy)});
  table.rows.push_back({"optimizer states", terms.weights.licence,
                        "as the weights; in the run's checkpoints, not in this folder"});
  table.rows.push_back({"training text", terms.corpus.expression,
                        "each document under its own licence; not in this folder"});
  table.rows.push_back({"data information (cards, counts, recipe)",
                        release.get("data_licence", "CC-BY-4.0"), "recipe: release.data_licence"});
  table.rows.push_back({"documents (model card, reports)",
                        release.get("documents_licence", "CC-BY-4.0"),
                        "recipe: release.documents_licence"});
  table.rows.push_back({"code that made it", release.get("code_licence", "Apache-2.0"),
                        "lucie.cpp; recipe: release.code_licence"});
  Markdown page;
  page.heading(1, "Licences").paragraph(kTermsNote).table(table);
  return page.str();
}

}  // namespace

void check_release_section(const Json& recipe) {
  const Json* section = recipe.find("release");
  if (section != nullptr && section->is_object()) {
    refuse_unknown_keys(*section, known_keys(), "release");
  }
  for (const char* key : {"weights_licence", "intended_use", "limits"}) {
    const Json* value = section == nullptr ? nullptr : section->find(key);
    if (value != nullptr && value->is_string() && !trim(value->as_string()).empty()) continue;
    fail(ErrorCode::kInvalidArgument, std::string("a release must state its ") + key,
         place_of(recipe, key), std::string("add to the recipe: release: {") + key + ": \"...\"}");
  }
  parse_weights_policy(section->get("policy", "declared"), place_of(recipe, "policy"));
  for (const char* key : {"weights_licence", "data_licence", "documents_licence", "code_licence"}) {
    parse_spdx(section->get(key, "CC0-1.0"), place_of(recipe, key));
  }
}

Json write_release(const ReleaseInput& input, const fs::path& out_dir) {
  check_release_section(input.recipe);
  const Json& release = input.recipe.at("release");
  const Json* sources = input.recipe.find("sources");
  const ReleaseTerms terms =
      derive_release_terms(release, licence_counts(input.corpus_stats),
                           SourceRegistry::from_json(sources ? *sources : Json::array()));
  require_accepted(terms.weights, place_of(input.recipe, "policy"));
  Json results = input.results;
  results["release"] = release;
  results["terms"] = terms.to_json();

  make_empty(out_dir);
  copy_folder(input.instruct_dir, out_dir / "instruct");
  copy_folder(input.base_dir, out_dir / "base");
  copy_folder(input.gguf_dir, out_dir / "gguf");
  const std::string card = model_card(results);
  write_file_atomic(out_dir / "README.md", card);
  for (const char* folder : {"instruct", "base"}) {  // each can be published on its own
    if (fs::is_directory(out_dir / folder)) write_file_atomic(out_dir / folder / "README.md", card);
  }
  write_file_atomic(out_dir / "data_card.md", input.data_card_markdown + terms_markdown(results));
  write_file_atomic(out_dir / "data_card.html", data_card_html(results));
  write_file_atomic(out_dir / "LICENSES.md", licences_page(release, terms));
  write_file_atomic(out_dir / "recipe.yaml", dump_yaml(input.recipe));
  write_json(out_dir / "results.json", results);
  write_json(out_dir / "terms.json", results.at("terms"));
  write_sums(out_dir);
  return results;
}

}  // namespace lucie
