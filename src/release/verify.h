// `lucie verify BUNDLE`: is a bundle what its release wrote, and does what it says of itself hold?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/thread_pool.h"

namespace lucie {

enum class Verdict { kHolds, kFails, kNotChecked };

struct Check {
  std::string what;  // "hashes", "signature", "contents", "stages", "tokens"; "rest": of these
  Verdict verdict = Verdict::kHolds;
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
};

// Hashes on all threads, the signature, what bundle.json lists, the outputs of stages against
// provenance.json, checkpoints against their own hashes, and the tokens made again from the
// documents with the bundle's tokenizer. What cannot be checked is said, and why. Damage is a check
// that fails; only a folder that is no bundle (kNotFound) and a bad public key are an Error.
VerifyReport verify_bundle(const fs::path& dir, const VerifyOptions& options, ThreadPool& pool);

// Documents tokenized again into a folder of its own, compared with `recorded`: {path: SHA-256} of
// the tokens stage. Used by verify_bundle(), and with a corpus that was built anew.
void verify_tokens(const fs::path& corpus, const fs::path& tokenizer, const Json& recipe,
                   const Json& recorded, ThreadPool& pool, VerifyReport* report);

}  // namespace lucie
