#include "release/bundle.h"

#include "base/error.h"
#include "base/text.h"
#include "release/artefacts.h"
#include "release/bills.h"
#include "release/cards.h"
#include "release/components.h"
#include "release/european_union.h"
#include "release/footprint.h"
#include "release/openness_page.h"
#include "release/openness_reader.h"
#include "release/run_report.h"
#include "release/signature.h"
#include "release/sums.h"
#include "release/terms.h"
#include "report/markdown.h"
#include "report/shown.h"

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
std::string licences_page(const Bundle& bundle, const Json& results) {
  Table table{{{"component"}, {"licence (SPDX)"}, {"where"}}, {}};
  for (const Component& component : bundle.components) {
    table.rows.push_back({component.name, component.licence,
                          component.where.empty() ? join(component.paths, ", ") : component.where});
  }
  Markdown page;
  page.heading(1, "Licences").paragraph(kTermsNote).table(artefacts_table(results));
  page.heading(2, "Component by component").table(table);
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

// Pages whose text needs bundle.json, which lists them: they are there, empty, when it is made.
constexpr const char* kPages[] = {"README.md",
                                  "model_card.html",
                                  "data_card.html",
                                  "report.html",
                                  "audit.html",
                                  "LICENSES.md",
                                  "training_content_summary.md",
                                  "training_content_summary.html",
                                  "copyright_policy.md",
                                  "copyright_policy.html"};

// Both forms of a page: `path` with .md and .html.
void write_page(const fs::path& path, const std::string& title, const Outline& outline) {
  Markdown text;
  text.heading(1, title);
  outline.add_to(&text);
  write_file_atomic(path.string() + ".md", text.str());
  HtmlPage page(title);
  outline.add_to(&page);
  write_file_atomic(path.string() + ".html", page.str());
}

void write_pages(const Json& results, const SourceRegistry& sources, const fs::path& out) {
  const std::string name = shown_text(results, "name");
  write_file_atomic(out / "README.md", model_card(results));
  for (const char* folder : {"instruct", "base"}) {  // each can be published on its own
    if (!fs::is_directory(out / folder)) continue;
    write_file_atomic(out / folder / "README.md", model_card(results, folder));
  }
  write_file_atomic(out / "model_card.html", model_card_html(results));
  write_file_atomic(out / "data_card.html", data_card_html(results));
  write_file_atomic(out / "report.html", run_report(results));
  write_page(out / "training_content_summary", "Public summary of training content: " + name,
             training_content_summary(results, sources));
  write_page(out / "copyright_policy", "Copyright policy: " + name,
             copyright_policy(results, sources));
}

// What the data information is in, beside the recipe.
void write_data_information(const ReleaseInput& input, const Json& results,
                            const SourceRegistry& sources, const fs::path& out, ThreadPool& pool) {
  if (!input.card.empty()) {
    write_file_atomic(out / "data_card.md",
                      read_file(input.card / "data_card.md") + terms_markdown(results));
    for (const char* file : {"croissant.json", "card.json"}) {
      if (fs::exists(input.card / file)) copy_file_to(input.card / file, out / file);
    }
  }
  const Json hashes = weight_hashes(out, pool);
  const BillInput bill{results, sources, hashes, input.program};
  write_json(out / "bom.cdx.json", cyclonedx_bill(bill));
  write_json(out / "bom.spdx.json", spdx_bill(bill));
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

  AtomicDirectory out(out_dir);
  copy_models(input, settings, !closed.empty(), out.path());
  copy_corpus(input.corpus, settings.corpus, out.path() / "corpus");
  for (const fs::path& folder : input.evaluation) copy_folder(folder, out.path() / "evaluation");
  if (!settings.paper.empty() && !settings.paper_is_elsewhere()) {
    copy_file_to(settings.paper, out.path() / settings.paper_name());
  }
  if (!input.metrics.empty()) copy_file_to(input.metrics, out.path() / "logs/metrics.jsonl");
  write_data_information(input, results, sources, out.path(), pool);
  write_file_atomic(out.path() / "recipe.yaml", dump_yaml(recipe));
  write_json(out.path() / "terms.json", results.at("terms"));
  write_json(out.path() / "provenance.json",
             provenance(input.program, input.stages, !closed.empty()));

  for (const char* page : kPages) write_file_atomic(out.path() / page, "");
  Bundle bundle{results.get("name", "model"), input.program, {}};
  write_json(out.path() / "results.json", results);
  add_components(out.path(), settings, terms.corpus.expression, &bundle);
  results["artefacts"] = artefact_terms(bundle, settings, terms);
  Json told = bundle.to_json();
  told["artefacts"] = results.at("artefacts");
  write_json(out.path() / "bundle.json", told);
  const OpennessAudit audit = audit_openness(read_openness(out.path()));
  results["openness"] = audit.to_json();
  write_json(out.path() / "results.json", results);
  write_file_atomic(out.path() / "audit.html", openness_html(audit));
  write_file_atomic(out.path() / "LICENSES.md", licences_page(bundle, results));
  write_pages(results, sources, out.path());
  seal(out.path(), input.sign_key, pool);
  out.commit();
  return results;
}

}  // namespace lucie
