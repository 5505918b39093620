// The terms of a release, in three layers that are kept apart:
//   corpus   derived from the licence of every document and the terms of every source;
//   weights  declared by who publishes them, under a named policy, and checked against the sources;
//   outputs  what whoever uses the model's words may owe to the authors of the text.
// The code derives and gives its reasons; it is no legal advice, and says so (kTermsNote).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "corpus/licence.h"
#include "corpus/sources.h"

namespace lucie {

extern const std::string_view kTermsNote;

struct LicenceCount {
  std::string licence;  // SPDX expression, as the documents bear it
  std::string source;   // empty when the count is over all sources
  std::uint64_t documents = 0, characters = 0;
};
// From stats.json of the corpus stage: train.by_source_licence where it is there, else
// train.by_licence.
std::vector<LicenceCount> licence_counts(const Json& corpus_stats);

struct LicenceEntry {
  std::string licence;  // normalised
  LicenceTerms terms;
  std::uint64_t documents = 0, characters = 0;
  std::vector<std::string> sources;  // that bear it, where known
};

struct SourceEntry {
  std::string id;
  Terms terms = Terms::kOpen;         // as the recipe declares them
  bool resolved = false;              // of what was under negotiation: its licence decides
  std::vector<std::string> licences;  // normalised; empty: of each document, not counted by source
  LicenceClass strictest = LicenceClass::kPublicDomain;
  Duties duties;
  std::uint64_t documents = 0;
  std::string reason;  // why it is classed as it is
};

struct Finding {
  std::string source;  // source or licence it is about; empty: the whole
  std::string reason;
  bool forbids = false;  // under the policy; else a warning
};
Json findings_json(const std::vector<Finding>& findings);  // [{about, reason, forbids}]

struct CorpusTerms {
  std::string expression;  // all licences together; each document keeps its own
  // The one licence under which the collection can be offered (adaptation.h), and why.
  std::string licence, licence_reason;
  LicenceClass strictest = LicenceClass::kPublicDomain;
  Duties duties;
  bool commercial = true;              // no source and no licence speaks against commercial use
  bool shareable = true;               // every source may be passed on
  std::vector<LicenceEntry> licences;  // most characters first
  std::vector<SourceEntry> sources;    // in the recipe's order
  std::vector<Finding> findings;       // where a source is not what it is said to be, or unknown
  Json to_json() const;
};
// A licence that is no expression, or that nobody knows, is a finding.
CorpusTerms derive_corpus_terms(const std::vector<LicenceCount>& counts,
                                const SourceRegistry& sources);

enum class WeightsPolicy {
  kDeclared,  // the publisher's word; what the sources say against it becomes warnings, but a
              // rights holder who was asked and has not answered keeps the use non-commercial
  kInherit,   // every licence of the corpus must let adaptations be passed on under the weights'
  kOpenOnly,  // no source with other than open or copyleft terms, no unknown licence
};
WeightsPolicy parse_weights_policy(std::string_view name, const std::string& place);
const char* weights_policy_name(WeightsPolicy policy);

struct WeightsTerms {
  WeightsPolicy policy = WeightsPolicy::kDeclared;
  std::string licence;  // normalised
  LicenceTerms terms;
  bool accepted = true;
  bool commercial = true;  // false while the licence, a rights holder or the policy forbids it
  std::vector<Finding> findings;
  Json to_json() const;
};
// A `licence` that is no expression is kInvalidArgument with `place`.
WeightsTerms check_weights(WeightsPolicy policy, std::string_view licence, const std::string& place,
                           const CorpusTerms& corpus);
// Throws Error{kInvalidArgument} with the findings that forbid the release.
void require_accepted(const WeightsTerms& weights, const std::string& place);

struct OutputDuty {
  std::string licence, duty;
  std::uint64_t documents = 0;
  std::vector<std::string> sources;
};
// For whoever passes on passages of the text that a model repeats word for word.
std::vector<OutputDuty> output_duties(const CorpusTerms& corpus);

struct ReleaseTerms {
  CorpusTerms corpus;
  WeightsTerms weights;
  std::vector<OutputDuty> outputs;
  Json to_json() const;  // {note, corpus, weights, outputs}: results.json's `terms`
};
// `release`: the recipe's section with weights_licence and policy (default declared).
ReleaseTerms derive_release_terms(const Json& release, const std::vector<LicenceCount>& counts,
                                  const SourceRegistry& sources);

}  // namespace lucie
