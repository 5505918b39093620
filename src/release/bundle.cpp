#include "release/bundle.h"

#include "base/error.h"
#include "base/text.h"
#include "release/cards.h"
#include "release/components.h"
#include "release/cyclonedx.h"
#include "release/european_union.h"
#include "release/footprint.h"
#include "release/run_report.h"
#include "release/signature.h"
#include "release/sums.h"
#include "release/terms.h"
#include "report/markdown.h"

namespace lucie {

namespace {

// Copies what lies in a folder, a stage's own record left out; links are followed, since a release
// must stand alone.
void copy_folder(const fs::path& from, const fs::path& to) {
  if (from.empty()) return;
  if (!fs::is_directory(from)) fail(ErrorCode::kNotFound, "no such folder", from.string());
  std::error_code error;
  fs::create_directories(to, error);
  for (auto it = fs::directory_iterator(from, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name != "stage.json") fs::copy(it->path(), to / name, fs::copy_options::recursive, error);
    if (error) break;
  }
  if (error)
    fail(ErrorCode::kIo, "cannot copy to " + to.string() + ": " + error.message(), from.string());
}

// Code, weights, optimizer states, data and documents each stand under their own licence.
std::string licences_page(const Bundle& bundle, const ReleaseTerms& terms) {
  Table table{{{"what"}, {"licence (SPDX)"}, {"where"}}, {}};
  for (const Component& component : bundle.components) {
    table.rows.push_back({component.name, component.licence,
                          component.where.empty() ? join(component.paths, ", ") : component.where});
  }
  Markdown page;
  page.heading(1, "Licences").paragraph(kTermsNote).table(table);
  page.paragraph(std::string("The weights' licence is declared under the policy \"") +
                 weights_policy_name(terms.weights.policy) +
                 "\". Of the training text every document keeps its own licence; together: " +
                 terms.corpus.expression + ".");
  return page.str();
}

// The documents, with what tokenizing them again needs.
void copy_corpus(const fs::path& corpus, CorpusPart part, const fs::path& to) {
  if (part == CorpusPart::kNone || corpus.empty()) return;
  copy_folder(corpus / "holdout", to / "holdout");
  if (part == CorpusPart::kAll) copy_folder(corpus / "train", to / "train");
  for (const char* file : {"stats.json", "sources.json"}) {
    if (fs::exists(corpus / file)) copy_file_to(corpus / file, to / file);
  }
}

void copy_models(const ReleaseInput& input, const ReleaseSettings& settings, bool closed,
                 const fs::path& out) {
  copy_folder(input.instruct, out / "instruct");
  copy_folder(input.base, out / "base");
  copy_folder(input.gguf, out / "gguf");
  copy_folder(input.tokenizer, out / "tokenizer");
  copy_checkpoints(input.checkpoints, chosen_checkpoints(input.checkpoints, settings), closed,
                   out / "checkpoints");
}

// {path: SHA-256} of the files that hold weights.
Json weight_hashes(const fs::path& out, ThreadPool& pool) {
  Json hashes = Json::object();
  for (const auto& [path, hash] : hash_files(out, pool)) {
    if (path.ends_with(".safetensors") || path.ends_with(".gguf")) hashes[path] = hash;
  }
  return hashes;
}

void write_cards(const ReleaseInput& input, const Json& results, const fs::path& out) {
  const std::string card = model_card(results);
  write_file_atomic(out / "README.md", card);
  for (const char* folder : {"instruct", "base"}) {  // each can be published on its own
    if (fs::is_directory(out / folder)) write_file_atomic(out / folder / "README.md", card);
  }
  if (!input.card.empty()) {
    write_file_atomic(out / "data_card.md",
                      read_file(input.card / "data_card.md") + terms_markdown(results));
    for (const char* file : {"croissant.json", "card.json"}) {
      if (fs::exists(input.card / file)) copy_file_to(input.card / file, out / file);
    }
  }
  write_file_atomic(out / "data_card.html", data_card_html(results));
  write_file_atomic(out / "report.html", run_report(results));
}

// The hashes, and their signature. The key that it can be checked with stands in the bundle: that
// proves who signed only to those who know the key from elsewhere.
void seal(const fs::path& out, const std::optional<SecretKey>& key, ThreadPool& pool) {
  if (key) write_file_atomic(out / kSignerFile, public_key_file(key->public_key));
  write_sums(out, pool);
  if (!key) return;
  const bool ssh = key->public_key.form == SignatureForm::kSsh;
  write_file_atomic(out / (ssh ? kSshSignatureFile : kMinisignFile),
                    sign(*key, read_file(out / kSumsFile)));
}

}  // namespace

Json write_release(const ReleaseInput& input, const fs::path& out_dir, ThreadPool& pool) {
  const ReleaseSettings settings = release_settings(input.recipe);
  const Json recipe = published_recipe(input.recipe);
  const Json& release = recipe.at("release");
  const Json* declared = recipe.find("sources");
  const SourceRegistry sources = SourceRegistry::from_json(declared ? *declared : Json::array());
  const ReleaseTerms terms =
      derive_release_terms(release, licence_counts(input.corpus_stats), sources);
  require_accepted(terms.weights, release_place(input.recipe, "policy"));
  const std::set<std::string> closed = sources.closed_to(Use::kShown);
  if (settings.corpus != CorpusPart::kNone && !closed.empty()) {
    fail(ErrorCode::kInvalidArgument, "text of '" + *closed.begin() + "' may not be passed on",
         release_place(input.recipe, "corpus"), "leave release.corpus out");
  }
  Json results = input.results;
  results["release"] = release;
  results["terms"] = terms.to_json();
  results["footprint"] = footprint(results, release);

  std::optional<SecretKey> key;
  if (!input.sign_key.empty()) key = read_secret_key(input.sign_key);
  AtomicDirectory out(out_dir);
  copy_models(input, settings, !closed.empty(), out.path());
  copy_corpus(input.corpus, settings.corpus, out.path() / "corpus");
  for (const fs::path& folder : input.evaluation) copy_folder(folder, out.path() / "evaluation");
  if (!input.metrics.empty()) copy_file_to(input.metrics, out.path() / "logs/metrics.jsonl");
  write_cards(input, results, out.path());
  write_file_atomic(out.path() / "training_content_summary.md",
                    training_content_summary(results, sources));
  write_file_atomic(out.path() / "copyright_policy.md", copyright_policy(results, sources));
  write_json(out.path() / "bom.cdx.json",
             cyclonedx_bill(results, sources, weight_hashes(out.path(), pool), input.program));
  write_file_atomic(out.path() / "recipe.yaml", dump_yaml(recipe));
  write_json(out.path() / "results.json", results);
  write_json(out.path() / "terms.json", results.at("terms"));
  write_json(out.path() / "provenance.json",
             provenance(input.program, input.stages, !closed.empty()));
  Bundle bundle{results.get("name", "model"), input.program, {}};
  write_file_atomic(out.path() / "LICENSES.md", "");  // it lists itself
  add_components(out.path(), settings, terms.corpus.expression, &bundle);
  write_file_atomic(out.path() / "LICENSES.md", licences_page(bundle, terms));
  write_json(out.path() / "bundle.json", bundle.to_json());
  seal(out.path(), key, pool);
  out.commit();
  return results;
}

}  // namespace lucie
