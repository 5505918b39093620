#include "release/terms.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "release/adaptation.h"

namespace lucie {

const std::string_view kTermsNote =
    "Derived by a program from what the sources state, with its reasons. It is no legal advice.";

namespace {

std::string normalised(std::string_view spdx) {
  try {
    return to_string(parse_spdx(spdx, {}));
  } catch (const Error&) {
    return "NOASSERTION";
  }
}

void add_counts(std::vector<LicenceCount>* counts, const Json& by_licence,
                const std::string& source) {
  for (const auto& [licence, tally] : by_licence.members()) {
    counts->push_back({licence, source,
                       static_cast<std::uint64_t>(tally.get("documents", std::int64_t{0})),
                       static_cast<std::uint64_t>(tally.get("characters", std::int64_t{0}))});
  }
}

std::vector<LicenceEntry> licence_entries(const std::vector<LicenceCount>& counts) {
  std::map<std::string, LicenceEntry> by_name;
  for (const LicenceCount& count : counts) {
    const std::string name = normalised(count.licence);
    LicenceEntry& entry = by_name[name];
    entry.licence = name;
    entry.terms = licence_terms_of(name);
    entry.documents += count.documents;
    entry.characters += count.characters;
    if (!count.source.empty()) entry.sources.push_back(count.source);
  }
  std::vector<LicenceEntry> entries;
  for (auto& [name, entry] : by_name) {
    std::sort(entry.sources.begin(), entry.sources.end());
    entry.sources.erase(std::unique(entry.sources.begin(), entry.sources.end()),
                        entry.sources.end());
    entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.characters > b.characters; });
  return entries;
}

std::string terms_reason(const Source& source) {
  switch (source.terms) {
    case Terms::kOpen:
      return "declared open";
    case Terms::kCopyleft:
      return "declared open under copyleft";
    case Terms::kNonCommercial:
      return "declared for non-commercial use only";
    case Terms::kUnderNegotiation:
      if (!source.under_negotiation()) {
        return "was under negotiation with the rights holder, resolved " + source.resolved;
      }
      return "under negotiation with the rights holder: no commercial use until resolved";
    case Terms::kUnshareable:
      return "may not be passed on: the text stays out of the release";
  }
  return "";
}

SourceEntry source_entry(const Source& source, const std::vector<LicenceEntry>& licences,
                         const std::vector<LicenceCount>& counts) {
  SourceEntry entry{.id = source.id,
                    .terms = source.terms,
                    .resolved = !source.resolved.empty(),
                    .licences = {},
                    .strictest = LicenceClass::kPublicDomain,
                    .duties = {},
                    .documents = 0,
                    .reason = terms_reason(source)};
  std::string strictest;
  const auto add = [&](const LicenceTerms& terms, const std::string& name) {
    entry.licences.push_back(name);
    entry.duties.add(terms.duties);
    if (strictest.empty() || terms.licence_class > entry.strictest) strictest = terms.taken;
    entry.strictest = std::max(entry.strictest, terms.licence_class);
  };
  for (const LicenceEntry& licence : licences) {
    if (std::binary_search(licence.sources.begin(), licence.sources.end(), source.id)) {
      add(licence.terms, licence.licence);
    }
  }
  for (const LicenceCount& count : counts) {
    if (count.source == source.id) entry.documents += count.documents;
  }
  if (entry.licences.empty() && !source.licence.empty()) {
    add(licence_terms_of(source.licence), normalised(source.licence));
  }
  entry.reason += strictest.empty() ? "; licence of each document"
                                    : "; its strictest licence is " + strictest + " (" +
                                          licence_class_name(entry.strictest) + ")";
  return entry;
}

// What the recipe says of a source against what its licences say.
void check_source(const SourceEntry& source, std::vector<Finding>* findings) {
  const auto find = [&](std::string reason) {
    findings->push_back({source.id, std::move(reason), false});
  };
  const bool said_free = source.terms == Terms::kOpen || source.terms == Terms::kCopyleft;
  for (const std::string& name : source.licences) {
    const LicenceTerms terms = licence_terms_of(name);
    const LicenceExpression expression = parse_spdx(name, {});
    for (const std::string& unlisted : unlisted_names(expression)) {
      find("'" + unlisted + "' is no licence that SPDX lists: a misspelling, or write LicenseRef-");
    }
    if (terms.duties.unknown) find("the terms of " + name + " are unknown");
    const Duties& asked = terms.duties;
    if (said_free && (asked.non_commercial || asked.field_of_use || asked.no_derivatives)) {
      find(std::string("declared ") + terms_name(source.terms) + ", but " + name + " is " +
           licence_class_name(terms.licence_class));
    }
  }
}

bool forbids_commerce(const Source& source) {
  return source.terms == Terms::kNonCommercial || source.under_negotiation();
}

}  // namespace

std::vector<LicenceCount> licence_counts(const Json& corpus_stats) {
  std::vector<LicenceCount> counts;
  const Json& train = corpus_stats.at("train");
  const Json* crossed = train.find("by_source_licence");
  if (crossed == nullptr || crossed->size() == 0) {
    add_counts(&counts, train.at("by_licence"), {});
    return counts;
  }
  for (const auto& [source, by_licence] : crossed->members()) {
    add_counts(&counts, by_licence, source);
  }
  return counts;
}

CorpusTerms derive_corpus_terms(const std::vector<LicenceCount>& counts,
                                const SourceRegistry& sources) {
  CorpusTerms corpus;
  corpus.licences = licence_entries(counts);
  std::vector<LicenceExpression> all;
  std::vector<LicenceTerms> parts;
  for (const LicenceEntry& entry : corpus.licences) {
    all.push_back(parse_spdx(entry.licence, {}));
    parts.push_back(entry.terms);
    corpus.strictest = std::max(corpus.strictest, entry.terms.licence_class);
    corpus.duties.add(entry.terms.duties);
  }
  corpus.expression = to_string(both(std::move(all)));
  const CollectionLicence whole = collection_licence(parts);
  corpus.licence = whole.licence;
  corpus.licence_reason = whole.reason;
  for (const Source& source : sources.sources()) {
    corpus.sources.push_back(source_entry(source, corpus.licences, counts));
    check_source(corpus.sources.back(), &corpus.findings);
    if (forbids_commerce(source)) {
      corpus.duties.non_commercial = true;
      corpus.strictest = std::max(corpus.strictest, LicenceClass::kNonCommercial);
    }
    if (source.terms == Terms::kUnshareable) corpus.shareable = false;
  }
  corpus.commercial = !corpus.duties.non_commercial;
  return corpus;
}

std::vector<OutputDuty> output_duties(const CorpusTerms& corpus) {
  std::vector<OutputDuty> duties;
  for (const LicenceEntry& entry : corpus.licences) {
    const Duties& asked = entry.terms.duties;
    std::vector<std::string> words;
    if (asked.unknown) words.emplace_back("terms unknown: ask the source before passing it on");
    if (asked.attribution) words.emplace_back("name the authors and the source");
    if (asked.notice) words.emplace_back("keep the licence notice");
    if (asked.share_alike) words.emplace_back("pass adaptations on under " + entry.terms.taken);
    if (asked.source) words.emplace_back("offer the editable source");
    if (asked.field_of_use) words.emplace_back("only the uses that its licence allows");
    if (asked.non_commercial) words.emplace_back("no commercial use");
    if (asked.no_derivatives) words.emplace_back("no changed versions");
    if (words.empty()) continue;
    duties.push_back({entry.licence, join(words, "; "), entry.documents, entry.sources});
  }
  return duties;
}

ReleaseTerms derive_release_terms(const Json& release, const std::vector<LicenceCount>& counts,
                                  const SourceRegistry& sources) {
  const auto place = [&](const char* key) {
    const Json* value = release.find(key);
    return value == nullptr || value->place().empty() ? "release." + std::string(key)
                                                      : value->place() + ": release." + key;
  };
  const std::string licence = release.get("weights_licence", "");
  if (licence.empty()) {
    fail(ErrorCode::kInvalidArgument, "the licence of the weights is not declared",
         place("weights_licence"), "for example: release: {weights_licence: Apache-2.0}");
  }
  ReleaseTerms terms;
  terms.corpus = derive_corpus_terms(counts, sources);
  terms.weights =
      check_weights(parse_weights_policy(release.get("policy", "declared"), place("policy")),
                    licence, place("weights_licence"), terms.corpus);
  terms.outputs = output_duties(terms.corpus);
  return terms;
}

}  // namespace lucie
