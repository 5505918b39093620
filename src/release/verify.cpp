#include "release/verify.h"

#include <algorithm>

#include "base/error.h"
#include "base/scratch.h"
#include "base/text.h"
#include "release/components.h"
#include "release/signature.h"
#include "release/sums.h"
#include "run/stage.h"

namespace lucie {

namespace {

using Hashes = std::map<std::string, std::string>;

std::string plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void check_hashes(const SumReport& sums, VerifyReport* report) {
  for (const SumProblem& problem : sums.problems) {
    report->fails("hashes", problem.path + ": " + problem.problem);
  }
  if (!sums.problems.empty()) return;
  report->holds("hashes", plural(sums.hashes.size(), "file") + ", " +
                              human_bytes(static_cast<double>(sums.bytes)));
}

// The key to check with: the one given, else the bundle's own, else the one an OpenSSH signature
// names.
std::optional<PublicKey> key_for(const fs::path& dir, const std::string& signature,
                                 const VerifyOptions& options) {
  if (!options.public_key.empty()) return read_public_key(options.public_key);
  if (fs::exists(dir / kSignerFile)) return read_public_key(dir / kSignerFile);
  return key_of_ssh_signature(signature);
}

// False where there is no such signature, or one of another form than the key that was given.
bool check_signature(const fs::path& dir, const char* name, SignatureForm form,
                     const VerifyOptions& options, VerifyReport* report) {
  if (!fs::exists(dir / name)) return false;
  const std::string text = read_file(dir / name);
  const std::optional<PublicKey> key = key_for(dir, text, options);
  if (key && key->form != form && !options.public_key.empty()) return false;
  if (!key) {
    report->fails("signature", std::string(name) + ": no signature, or by an unknown key (--key)");
  } else if (const auto why = refuse_signature(*key, read_file(dir / kSumsFile), text)) {
    report->fails("signature", std::string(name) + ": " + *why);
  } else {
    const bool known = !options.public_key.empty();
    report->holds("signature", "by " + key->shown() +
                                   (known ? "" : "; whose key that is was not checked (--key)"));
  }
  return true;
}

void check_signatures(const fs::path& dir, const VerifyOptions& options, VerifyReport* report) {
  bool any = check_signature(dir, kMinisignFile, SignatureForm::kMinisign, options, report);
  any = check_signature(dir, kSshSignatureFile, SignatureForm::kSsh, options, report) || any;
  if (any) return;
  if (!options.public_key.empty()) {
    report->fails("signature", "there is none of the kind of the key that was given");
  } else {
    report->not_checked("signature",
                        "there is none: whoever altered a file may have altered its hash too");
  }
}

void check_contents(const fs::path& dir, VerifyReport* report) {
  const Bundle bundle = read_bundle(dir);
  std::size_t missing = 0;
  for (const Component& component : bundle.components) {
    for (const std::string& path : component.paths) {
      if (fs::exists(dir / path)) continue;
      report->fails("contents", component.name + ": " + path + " is missing");
      ++missing;
    }
  }
  if (missing == 0) report->holds("contents", plural(bundle.components.size(), "component"));
}

// Where the output of a stage lies in a bundle; its files there must be those of the stage.
struct Place {
  const char *stage, *from, *to;
};
constexpr Place kPlaces[] = {
    {"tokenizer", "", "tokenizer/"},     {"base", "", "base/"},
    {"finetune", "model/", "instruct/"}, {"gguf", "", "gguf/"},
    {"eval", "", "evaluation/"},         {"baselines", "", "evaluation/"},
    {"corpus", "", "corpus/"},           {"pretrain", "checkpoints/", "checkpoints/"}};

// A checkpoint's state is written anew for a release: it is checked by what it says of its files.
bool is_rewritten(const std::string& path) {
  return path.ends_with("/state.json");
}

std::size_t check_stage(const Json& files, const Place& place, const Hashes& hashes,
                        VerifyReport* report) {
  std::size_t same = 0;
  for (const auto& [path, hash] : files.members()) {
    if (!path.starts_with(place.from) || is_rewritten(path)) continue;
    const std::string here = place.to + path.substr(std::string_view(place.from).size());
    const auto found = hashes.find(here);
    if (found == hashes.end()) continue;  // not every file of a run is published
    if (found->second == hash.as_string()) {
      ++same;
    } else {
      report->fails("stages", here + ": not what stage '" + std::string(place.stage) + "' wrote");
    }
  }
  return same;
}

void check_stages(const fs::path& dir, const Json& provenance, const Hashes& hashes,
                  VerifyReport* report) {
  std::size_t same = 0;
  const std::size_t before = report->checks.size();
  for (const Json& stage : provenance.at("stages").items()) {
    const std::string name = stage.at("name").as_string();
    const Json* files = stage.find("files");
    if (files == nullptr) continue;
    if (hash_of_tree(*files) != stage.get("hash", "")) {
      report->fails("stages",
                    "provenance.json: the files of stage '" + name + "' do not give its hash");
    }
    for (const Place& place : kPlaces) {
      if (name == place.stage) same += check_stage(*files, place, hashes, report);
    }
  }
  for (const auto& [path, hash] : hashes) {
    if (!path.starts_with("checkpoints/") || !is_rewritten(path)) continue;
    const Json state = read_json(dir / path);
    for (const auto& [file, recorded] : state.at("sha256").members()) {
      const std::string there = fs::path(path).parent_path().generic_string() + "/" + file;
      const auto found = hashes.find(there);
      if (found != hashes.end() && found->second == recorded.as_string()) continue;
      report->fails("stages", there + ": not what the checkpoint's state.json says");
    }
  }
  if (report->checks.size() > before) return;
  if (same == 0) {
    report->fails("stages", "provenance.json records none of these files");
  } else {
    report->holds("stages", plural(same, "file") + " as the run's stages wrote them");
  }
}

const Json* recorded_tokens(const Json& provenance) {
  for (const Json& stage : provenance.at("stages").items()) {
    if (stage.get("name", "") == "tokens") return stage.find("files");
  }
  return nullptr;
}

void check_tokens(const fs::path& dir, const fs::path& corpus, ThreadPool& pool,
                  VerifyReport* report) {
  const Json provenance = read_json(dir / "provenance.json");
  const Json* recorded = recorded_tokens(provenance);
  if (recorded == nullptr) {
    report->not_checked("tokens", "their hashes are withheld: " +
                                      provenance.get("withheld", "no tokens stage is recorded"));
  } else if (!fs::exists(corpus / "train") || !fs::exists(corpus / "holdout")) {
    report->not_checked("tokens",
                        "the documents are not in the bundle: give them with --corpus, or the "
                        "sources that recipe.yaml names with --data-dir");
  } else {
    verify_tokens(corpus, dir / "tokenizer", read_yaml(dir / "recipe.yaml"), *recorded, pool,
                  report);
  }
}

// Whatever is damaged, the rest is still looked at; what cannot be read fails with its reason. That
// somebody stops the program, or that this machine lacks memory or room, says nothing of a bundle.
template <typename Action>
bool look_at(const std::string& what, VerifyReport* report, const Action& action) {
  try {
    action();
    return true;
  } catch (const Error& error) {
    const ErrorCode code = error.code();
    if (code == ErrorCode::kCancelled || code == ErrorCode::kOutOfMemory) throw;
    const bool writes = what == "data" || what == "tokens";
    if (writes && code == ErrorCode::kIo) throw;
    report->fails(what, error.what() + (error.hint().empty() ? "" : " (" + error.hint() + ")"));
    return false;
  }
}

void check_documents(const fs::path& dir, const VerifyOptions& options, ThreadPool& pool,
                     VerifyReport* report) {
  if (options.data_dir.empty()) {
    const fs::path corpus = options.corpus.empty() ? dir / "corpus" : options.corpus;
    look_at("tokens", report, [&] { check_tokens(dir, corpus, pool, report); });
    return;
  }
  const ScratchFolder scratch("lucie-verify-corpus");
  const bool built = look_at(
      "data", report, [&] { rebuild_corpus(dir, options.data_dir, scratch.path(), pool, report); });
  if (built) look_at("tokens", report, [&] { check_tokens(dir, scratch.path(), pool, report); });
}

}  // namespace

void VerifyReport::holds(const std::string& what, std::string said) {
  checks.push_back({what, CheckResult::kHolds, std::move(said)});
}

void VerifyReport::fails(const std::string& what, std::string said) {
  checks.push_back({what, CheckResult::kFails, std::move(said)});
}

void VerifyReport::not_checked(const std::string& what, std::string said) {
  checks.push_back({what, CheckResult::kNotChecked, std::move(said)});
}

bool VerifyReport::passed() const {
  return std::none_of(checks.begin(), checks.end(),
                      [](const Check& check) { return check.verdict == CheckResult::kFails; });
}

Json VerifyReport::to_json() const {
  static const char* const kNames[] = {"holds", "fails", "not checked"};
  Json json = Json::object();
  json["passed"] = passed();
  json["checks"] = Json::array();
  for (const Check& check : checks) {
    Json entry = Json::object();
    entry["what"] = check.what;
    entry["verdict"] = kNames[static_cast<int>(check.verdict)];
    entry["said"] = check.said;
    json["checks"].push_back(std::move(entry));
  }
  return json;
}

VerifyReport verify_bundle(const fs::path& dir, const VerifyOptions& options, ThreadPool& pool) {
  if (!options.public_key.empty()) read_public_key(options.public_key);
  VerifyReport report;
  const SumReport sums = verify_sums(dir, pool);
  check_hashes(sums, &report);
  if (!sums.plain) {  // a link may lead anywhere, and what is read through a pipe may never end
    report.not_checked("rest", "nothing is read of a folder with links, pipes or devices in it");
    return report;
  }
  look_at("signature", &report, [&] { check_signatures(dir, options, &report); });
  const bool as_released = report.passed();
  look_at("contents", &report, [&] { check_contents(dir, &report); });
  look_at("stages", &report,
          [&] { check_stages(dir, read_json(dir / "provenance.json"), sums.hashes, &report); });
  look_at("sources", &report, [&] { verify_sources(dir, &report); });
  if (!as_released && !options.data_dir.empty()) {
    report.not_checked("data", "nothing is built by a recipe that may have been altered");
  } else {
    check_documents(dir, options, pool, &report);
  }
  return report;
}

}  // namespace lucie
