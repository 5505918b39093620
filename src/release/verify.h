// `lucie verify BUNDLE`: is a bundle what its release wrote, and does what it says of itself hold?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/thread_pool.h"

namespace lucie {

enum class CheckResult { kHolds, kFails, kNotChecked };

struct Check {
  // "hashes", "signature", "contents", "stages", "sources", "data", "tokens"; "rest": of these
  std::string what;
  CheckResult verdict = CheckResult::kHolds;
  std::string said;  // for people; of what fails it names the file
};

struct VerifyReport {
  std::vector<Check> checks;
  void holds(const std::string& what, std::string said);
  void fails(const std::string& what, std::string said);
  void not_checked(const std::string& what, std::string said);
  bool passed() const;  // nothing fails
  Json to_json() const;
};

struct VerifyOptions {
  fs::path public_key;  // the signature must be by this key; empty: by the one in the bundle
  fs::path corpus;      // documents to tokenize; empty: those in the bundle
  fs::path data_dir;    // sources to build the documents from, by the bundle's recipe; empty: none
};

// Hashes on all threads, the signature, what bundle.json lists, the outputs of stages against
// provenance.json, checkpoints against their own hashes, the sources of recipe and terms against
// those that were trained on, and the tokens made again from the documents with the bundle's
// tokenizer; with `data_dir`, from documents built again, of what lies in it only, and only where
// hashes and signature do not fail. What cannot be checked is said, and why.
// Damage is a check that fails; an Error is only a folder that is no bundle (kNotFound), a bad public
// key, and what stops the work: kCancelled, kOutOfMemory, kIo where documents are made again.
VerifyReport verify_bundle(const fs::path& dir, const VerifyOptions& options, ThreadPool& pool);

// Parts of verify_bundle(). Is every source that was trained on still one of the recipe and the
// terms, and its licence known?
void verify_sources(const fs::path& dir, VerifyReport* report);
// Builds the documents into `out`, by the recipe of bundle `dir`, and compares what each source
// gave with what the run counted. A source that is not there is an Error that names it.
void rebuild_corpus(const fs::path& dir, const fs::path& data_dir, const fs::path& out,
                    ThreadPool& pool, VerifyReport* report);
// Documents tokenized again into a folder of its own, compared with `recorded`: {path: SHA-256} of
// the tokens stage.
void verify_tokens(const fs::path& corpus, const fs::path& tokenizer, const Json& recipe,
                   const Json& recorded, ThreadPool& pool, VerifyReport* report);

}  // namespace lucie
