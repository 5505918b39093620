#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "release/adaptation.h"
#include "release/terms.h"

namespace lucie {

namespace {

const std::vector<std::string>& policy_names() {
  static const std::vector<std::string> names{"declared", "inherit", "open-only"};
  return names;
}

// A source, or a licence where documents are not counted by source, with what it asks.
struct Claim {
  std::string name;
  LicenceClass strictest;
  Duties duties;
  std::vector<std::string> licences;
};

std::vector<Claim> claims_of(const CorpusTerms& corpus) {
  std::vector<Claim> claims;
  for (const SourceEntry& source : corpus.sources) {
    if (!source.licences.empty())
      claims.push_back({source.id, source.strictest, source.duties, source.licences});
  }
  for (const LicenceEntry& licence : corpus.licences) {
    if (licence.sources.empty()) {
      claims.push_back(
          {licence.licence, licence.terms.licence_class, licence.terms.duties, {licence.licence}});
    }
  }
  return claims;
}

class Check {
 public:
  Check(WeightsTerms* weights, const CorpusTerms& corpus) : weights_(weights), corpus_(corpus) {}

  void run() {
    bool unanswered = false;
    for (const SourceEntry& source : corpus_.sources) {
      check_source(source);
      unanswered |= source.terms == Terms::kUnderNegotiation && !source.resolved;
    }
    for (const Claim& claim : claims_of(corpus_)) check_claim(claim);
    // Under the policy `declared` a non-commercial licence of the text is a warning only.
    weights_->commercial = !weights_->terms.duties.non_commercial && !unanswered &&
                           (is(WeightsPolicy::kDeclared) || corpus_.commercial);
    for (const Finding& finding : weights_->findings) {
      weights_->accepted = weights_->accepted && !finding.forbids;
    }
  }

 private:
  bool is(WeightsPolicy policy) const { return weights_->policy == policy; }
  void find(const std::string& about, std::string reason, bool forbids) {
    weights_->findings.push_back({about, std::move(reason), forbids});
  }

  void check_source(const SourceEntry& source) {
    const bool open_only = is(WeightsPolicy::kOpenOnly);
    const bool inherited_freely =
        is(WeightsPolicy::kInherit) && !weights_->terms.duties.non_commercial;
    switch (source.terms) {
      case Terms::kOpen:
      case Terms::kCopyleft:
        return;
      case Terms::kNonCommercial:
        if (!source.duties.non_commercial) {  // else its licence says so below
          find(source.id, "its terms are non-commercial" + view(), open_only || inherited_freely);
        }
        return;
      case Terms::kUnderNegotiation:
        if (source.resolved) return;
        find(source.id,
             "its rights holder has not answered: the weights are for non-commercial use until "
             "then",
             open_only || inherited_freely);
        return;
      case Terms::kUnshareable:
        find(source.id, "its text may not be passed on and stays out of the release",
             open_only || is(WeightsPolicy::kInherit));
        return;
    }
  }

  // What the publisher's word rests on.
  std::string view() const {
    return is(WeightsPolicy::kDeclared)
               ? "; " + weights_->licence +
                     " is declared in the view that weights are no adaptation of the text"
               : "";
  }

  void check_claim(const Claim& claim) {
    const Duties& asked = claim.duties;
    const bool strict = !is(WeightsPolicy::kDeclared);
    const std::string licence_of_class =
        std::string("its ") + licence_class_name(claim.strictest) + " licence ";
    if (asked.unknown) {
      find(claim.name, "the licence of some of its text is unknown", strict);
    }
    if (asked.no_derivatives) {
      find(claim.name, "it forbids changed versions; whether weights are one is not settled",
           strict);
    }
    if (is(WeightsPolicy::kInherit)) return check_inherited(claim);
    if (asked.field_of_use) {
      find(claim.name, licence_of_class + "forbids some uses" + view(), strict);
    }
    if (asked.non_commercial) {
      find(claim.name, licence_of_class + "forbids commercial use" + view(), strict);
    } else if (asked.share_alike && !weights_->terms.duties.share_alike) {
      find(claim.name,
           licence_of_class + "asks adaptations to keep its terms; " + weights_->licence +
               " does not. Declared in the view that weights are no adaptation of the text.",
           false);
    }
  }

  void check_inherited(const Claim& claim) {
    std::vector<std::string> against;
    for (const std::string& name : claim.licences) {
      const LicenceTerms terms = licence_terms_of(name);
      const bool named_above = terms.duties.unknown || terms.duties.no_derivatives;
      if (!named_above && !may_become(terms, weights_->terms)) against.push_back(name);
    }
    if (against.empty()) return;
    find(claim.name,
         join(against, ", ") + " does not let adaptations be passed on under " + weights_->licence,
         true);
  }

  WeightsTerms* weights_;
  const CorpusTerms& corpus_;
};

Json strings(const std::vector<std::string>& items) {
  Json list = Json::array();
  for (const std::string& item : items) list.push_back(item);
  return list;
}

}  // namespace

WeightsPolicy parse_weights_policy(std::string_view name, const std::string& place) {
  const auto& names = policy_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<WeightsPolicy>(found - names.begin());
  const std::string guess = did_you_mean(name, names);
  fail(ErrorCode::kInvalidArgument, "unknown policy '" + std::string(name) + "'", place,
       guess.empty() ? "one of: " + join(names, ", ") : guess);
}

const char* weights_policy_name(WeightsPolicy policy) {
  return policy_names()[static_cast<std::size_t>(policy)].c_str();
}

WeightsTerms check_weights(WeightsPolicy policy, std::string_view licence, const std::string& place,
                           const CorpusTerms& corpus) {
  WeightsTerms weights;
  weights.policy = policy;
  const LicenceExpression expression = parse_spdx(licence, place);
  weights.licence = to_string(expression);
  weights.terms = licence_terms(expression);
  if (weights.terms.licence_class == LicenceClass::kUnknown) {
    weights.findings.push_back({"", "the table of licences does not know " + weights.licence,
                                policy != WeightsPolicy::kDeclared});
  }
  Check(&weights, corpus).run();
  return weights;
}

void require_accepted(const WeightsTerms& weights, const std::string& place) {
  if (weights.accepted) return;
  std::vector<std::string> reasons;
  for (const Finding& finding : weights.findings) {
    if (!finding.forbids) continue;
    reasons.push_back(finding.source.empty() ? finding.reason
                                             : finding.source + ": " + finding.reason);
  }
  fail(ErrorCode::kInvalidArgument,
       std::string("the policy '") + weights_policy_name(weights.policy) + "' forbids to release " +
           "the weights under " + weights.licence + ": " + join(reasons, "; "),
       place, "leave those sources out, or choose another licence or policy");
}

Json findings_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    Json row = Json::object();
    row["about"] = finding.source;
    row["reason"] = finding.reason;
    row["forbids"] = finding.forbids;
    list.push_back(std::move(row));
  }
  return list;
}

Json CorpusTerms::to_json() const {
  Json json = Json::object();
  json["expression"] = expression;
  json["licence"] = licence;
  json["licence_reason"] = licence_reason;
  json["strictest"] = licence_class_name(strictest);
  json["duties"] = duties.to_json();
  json["commercial_use"] = commercial;
  json["shareable"] = shareable;
  json["licences"] = Json::array();
  for (const LicenceEntry& entry : licences) {
    Json row = Json::object();
    row["licence"] = entry.licence;
    row["class"] = licence_class_name(entry.terms.licence_class);
    row["taken_as"] = entry.terms.taken;
    row["duties"] = entry.terms.duties.to_json();
    row["documents"] = entry.documents;
    row["characters"] = entry.characters;
    row["sources"] = strings(entry.sources);
    json["licences"].push_back(std::move(row));
  }
  json["sources"] = Json::array();
  for (const SourceEntry& entry : sources) {
    Json row = Json::object();
    row["id"] = entry.id;
    row["terms"] = terms_name(entry.terms);
    row["licences"] = strings(entry.licences);
    row["class"] = entry.licences.empty() ? Json() : Json(licence_class_name(entry.strictest));
    row["duties"] = entry.duties.to_json();
    row["documents"] = entry.documents;
    row["reason"] = entry.reason;
    json["sources"].push_back(std::move(row));
  }
  json["findings"] = findings_json(findings);
  return json;
}

Json WeightsTerms::to_json() const {
  Json json = Json::object();
  json["policy"] = weights_policy_name(policy);
  json["licence"] = licence;
  json["class"] = licence_class_name(terms.licence_class);
  json["accepted"] = accepted;
  json["use"] = commercial ? "any" : "non-commercial";
  json["findings"] = findings_json(findings);
  return json;
}

Json ReleaseTerms::to_json() const {
  Json json = Json::object();
  json["note"] = kTermsNote;
  json["corpus"] = corpus.to_json();
  json["weights"] = weights.to_json();
  json["outputs"] = Json::array();
  for (const OutputDuty& duty : outputs) {
    Json row = Json::object();
    row["licence"] = duty.licence;
    row["duty"] = duty.duty;
    row["documents"] = duty.documents;
    row["sources"] = strings(duty.sources);
    json["outputs"].push_back(std::move(row));
  }
  return json;
}

}  // namespace lucie
