#include "release/artefacts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "report/shown.h"

namespace lucie {

namespace {

struct Part {
  const char* artefact;
  std::vector<const char*> components;
};

const std::vector<Part>& parts() {
  static const std::vector<Part> table{
      {"code",
       {"model-architecture", "training-code", "inference-code", "evaluation-code",
        "data-preprocessing-code", "supporting-libraries"}},
      {"weights", {"model-parameters", "intermediate-parameters", "tokenizer"}},
      {"optimizer states", {"optimizer-states"}},
      {"training data", {"datasets", "evaluation-data"}},
      {"data information", {"data-information", "model-metadata", "bill-of-materials"}},
      {"documents",
       {"technical-report", "research-paper", "evaluation-results", "sample-outputs", "terms",
        "copyright-policy"}},
      {"cards", {"model-card", "data-card"}}};
  return table;
}

// What the recipe says of the whole part; of what is not passed on too.
std::string licence_of(std::string_view artefact, const ReleaseSettings& settings,
                       const ReleaseTerms& terms) {
  if (artefact == "code") return settings.code_licence;
  if (artefact == "weights") return settings.weights_licence;
  if (artefact == "optimizer states") return settings.optimizer_licence;
  if (artefact == "training data") return terms.corpus.expression;
  if (artefact == "data information") return settings.data_licence;
  return settings.documents_licence;
}

std::string basis_of(std::string_view artefact, const ReleaseTerms& terms) {
  if (artefact == "training data") return "derived: every document keeps its own licence";
  if (artefact != "weights") return "declared by the publisher";
  return std::string("declared under the policy \"") + weights_policy_name(terms.weights.policy) +
         "\", use: " + terms.weights.to_json().get("use", "");
}

std::string words_at(const Json& row, const char* key, const char* none) {
  std::vector<std::string> words;
  for (const Json& item : rows_at(row, key)) {
    if (item.is_string()) words.push_back(item.as_string());
  }
  return words.empty() ? none : join(words, ", ");
}

}  // namespace

Json artefact_terms(const Bundle& bundle, const ReleaseSettings& settings,
                    const ReleaseTerms& terms) {
  Json list = Json::array();
  for (const Part& part : parts()) {
    const std::string licence = licence_of(part.artefact, settings, terms);
    const LicenceTerms asked = licence_terms_of(licence);
    Json entry = Json::object();
    entry["artefact"] = part.artefact;
    entry["licence"] = licence;
    entry["class"] = licence_class_name(asked.licence_class);
    entry["duties"] = asked.duties.to_json();
    entry["basis"] = basis_of(part.artefact, terms);
    entry["components"] = Json::array();
    for (const char* name : part.components) {
      const auto is_it = [&](const Component& component) { return component.name == name; };
      if (std::any_of(bundle.components.begin(), bundle.components.end(), is_it)) {
        entry["components"].push_back(name);
      }
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Table artefacts_table(const Json& results) {
  Table table{{{"part"}, {"licence"}, {"class"}, {"duties"}, {"basis"}, {"what of it is here"}},
              {}};
  for (const Json& row : rows_at(results, "artefacts")) {
    std::string parts = words_at(row, "components", "nothing: it is not passed on");
    std::replace(parts.begin(), parts.end(), '-', ' ');  // their names are words here
    table.rows.push_back({row.get("artefact", ""), row.get("licence", ""), row.get("class", ""),
                          words_at(row, "duties", "none"), row.get("basis", ""), std::move(parts)});
  }
  return table;
}

}  // namespace lucie
