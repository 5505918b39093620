// SPDX 3.0.1 as JSON-LD: https://spdx.github.io/spdx-spec/v3.0.1/
#include <fmt/format.h>

#include "base/text.h"
#include "release/bills.h"
#include "release/figures.h"

namespace lucie {

namespace {

constexpr const char* kCreationInfo = "_:creation";
constexpr const char* kNoDate = "1970-01-01T00:00:00Z";

Json words(const std::vector<std::string>& list) {
  Json json = Json::array();
  for (const std::string& word : list) json.push_back(word);
  return json;
}

// Elements of a document, each with an IRI of its own: the document's, "#" and a name.
class Graph {
 public:
  explicit Graph(std::string document) : document_(std::move(document)) {}

  std::string iri(const std::string& name) const { return document_ + "#" + name; }

  Json element(const char* type, const std::string& iri) const {
    Json json = Json::object();
    json["type"] = type;
    json["spdxId"] = iri;
    json["creationInfo"] = kCreationInfo;
    return json;
  }

  void add(Json element) { elements_.push_back(std::move(element)); }

  void relate(const std::string& from, const char* type, const std::vector<std::string>& to) {
    if (to.empty()) return;
    Json relation = element("Relationship", iri("relation-" + std::to_string(++relations_)));
    relation["relationshipType"] = type;
    relation["from"] = from;
    relation["to"] = words(to);
    add(std::move(relation));
  }

  // The element of an expression, made when it is first asked for.
  std::string licence(const std::string& expression) {
    const std::string stated = expression.empty() ? "NOASSERTION" : expression;
    for (std::size_t i = 0; i < licences_.size(); ++i) {
      if (licences_[i] == stated) return iri("licence-" + std::to_string(i + 1));
    }
    licences_.push_back(stated);
    const std::string made = iri("licence-" + std::to_string(licences_.size()));
    Json json = element("simplelicensing_LicenseExpression", made);
    json["simplelicensing_licenseExpression"] = stated;
    add(std::move(json));
    return made;
  }

  // What the publisher states of an element, and what was found out.
  void license(const std::string& of, const std::string& declared, const std::string& concluded) {
    relate(of, "hasDeclaredLicense", {licence(declared)});
    relate(of, "hasConcludedLicense", {licence(concluded)});
  }

  Json& elements() { return elements_; }

 private:
  std::string document_;
  Json elements_ = Json::array();
  std::vector<std::string> licences_;
  int relations_ = 0;
};

Json entry(const std::string& key, const std::string& value) {
  return Json(Json::Object{{"type", "DictionaryEntry"}, {"key", key}, {"value", value}});
}

Json shape_of(const Json& results) {
  Json list = Json::array();
  const Json* shape = look(results, "model");
  if (shape != nullptr && shape->is_object()) {
    for (const auto& [key, value] : shape->members()) {
      list.push_back(entry(key, value.is_string() ? value.as_string() : value.dump()));
    }
  }
  for (const char* key : {"steps", "tokens", "precision"}) {
    const Json* value = look(results, std::string("train.") + key);
    if (value == nullptr) continue;
    list.push_back(entry(std::string("train_") + key,
                         value->is_string() ? value->as_string() : value->dump()));
  }
  return list;
}

Json scores_of(const Json& results) {
  Json list = Json::array();
  std::vector<std::string> slices = scored_languages(results);
  slices.emplace_back("all");
  for (const std::string& slice : slices) {
    const auto bits = model_bits(results, "base", slice);
    if (bits) list.push_back(entry("bits per byte, " + slice, fmt::format("{:.4f}", *bits)));
  }
  return list;
}

Json energy_of(double kwh) {
  Json spent = Json::object();
  spent["type"] = "ai_EnergyConsumptionDescription";
  spent["ai_energyQuantity"] = fmt::format("{:.6f}", kwh);
  spent["ai_energyUnit"] = "kilowattHour";
  Json energy = Json::object();
  energy["type"] = "ai_EnergyConsumption";
  energy["ai_trainingEnergyConsumption"].push_back(std::move(spent));
  return energy;
}

Json model_element(const BillInput& input, const Graph& graph) {
  const Json& results = input.results;
  Json model = graph.element("ai_AIPackage", graph.iri("model"));
  model["name"] = shown_text(results, "name");
  model["software_primaryPurpose"] = "model";
  model["software_packageVersion"] = shown_text(results, "release.version") == kNotMeasured
                                         ? "weights " + uuid_of(input.hashes.dump()).substr(0, 8)
                                         : shown_text(results, "release.version");
  if (look(results, "release.url") != nullptr) {
    model["software_downloadLocation"] = shown_text(results, "release.url");
  }
  if (look(results, "release.provider.name") != nullptr) {
    model["suppliedBy"] = graph.iri("provider");
  }
  model["ai_typeOfModel"] =
      words({shown_text(results, "model.architecture"), "transformer decoder", "text generation"});
  model["ai_informationAboutTraining"] = fmt::format(
      "{} steps, {} tokens read, precision {}; recipe.yaml and provenance.json have "
      "all of it",
      shown_count(results, "train.steps"), shown_count(results, "train.tokens"),
      shown_text(results, "train.precision"));
  model["ai_informationAboutApplication"] = shown_text(results, "release.intended_use");
  model["ai_limitation"] = shown_text(results, "release.limits");
  model["ai_hyperparameter"] = shape_of(results);
  if (const Json scores = scores_of(results); scores.size() > 0) model["ai_metric"] = scores;
  if (const auto kwh = figure(results, "footprint.kwh")) {
    model["ai_energyConsumption"] = energy_of(*kwh);
  }
  model["ai_useSensitivePersonalInformation"] = "noAssertion";
  return model;
}

// {source: licences that its documents bear}, as the terms of the corpus have it.
std::string licences_of(const Json& results, const std::string& source) {
  std::vector<std::string> licences;
  for (const Json& row : rows_at(results, "terms.corpus.sources")) {
    if (row.get("id", "") != source) continue;
    for (const Json& licence : rows_at(row, "licences")) {
      if (licence.is_string()) licences.push_back("(" + licence.as_string() + ")");
    }
  }
  return licences.size() == 1 ? licences.front().substr(1, licences.front().size() - 2)
                              : join(licences, " AND ");
}

std::string add_source(const Source& source, std::size_t number, const Json& results,
                       Graph* graph) {
  const std::string iri = graph->iri("source-" + std::to_string(number));
  Json data = graph->element("dataset_DatasetPackage", iri);
  data["name"] = source.id;
  data["software_primaryPurpose"] = "data";
  data["dataset_datasetType"] = words({"text"});
  if (!source.obtained.empty()) data["dataset_dataCollectionProcess"] = source.obtained;
  if (source.how_to_get.where.starts_with("http")) {
    data["software_downloadLocation"] = source.how_to_get.where;
  }
  data["dataset_intendedUse"] = "training of the model";
  data["dataset_hasSensitivePersonalInformation"] = "noAssertion";
  data["comment"] = std::string("terms: ") + terms_name(source.terms);
  graph->add(std::move(data));
  const std::string found = licences_of(results, source.id);
  graph->license(iri, source.licence, found.empty() ? source.licence : found);
  return iri;
}

std::string add_file(const std::string& path, const std::string& hash, std::size_t number,
                     Graph* graph) {
  const std::string iri = graph->iri("file-" + std::to_string(number));
  Json file = graph->element("software_File", iri);
  file["name"] = path;
  file["software_primaryPurpose"] = "model";
  file["verifiedUsing"].push_back(
      Json(Json::Object{{"type", "Hash"}, {"algorithm", "sha256"}, {"hashValue", hash}}));
  graph->add(std::move(file));
  return iri;
}

// Who made the bill, for whom, and what it is of.
void add_document(const BillInput& input, const std::string& document, Graph* graph) {
  const Json profiles = words({"core", "software", "simpleLicensing", "ai", "dataset"});
  const std::string date = shown_text(input.results, "release.date");
  Json creation = Json::object();
  creation["type"] = "CreationInfo";
  creation["@id"] = kCreationInfo;
  creation["specVersion"] = "3.0.1";
  creation["created"] = date == kNotMeasured ? kNoDate : date + "T00:00:00Z";
  creation["createdBy"] = words({graph->iri("program")});
  graph->add(std::move(creation));
  Json program = graph->element("SoftwareAgent", graph->iri("program"));
  program["name"] = input.program;
  graph->add(std::move(program));
  if (look(input.results, "release.provider.name") != nullptr) {
    Json provider = graph->element("Organization", graph->iri("provider"));
    provider["name"] = shown_text(input.results, "release.provider.name");
    graph->add(std::move(provider));
  }
  Json whole = graph->element("SpdxDocument", document);
  whole["name"] = shown_text(input.results, "name");
  whole["profileConformance"] = profiles;
  whole["rootElement"] = words({graph->iri("bill")});
  graph->add(std::move(whole));
  Json bill = graph->element("software_Sbom", graph->iri("bill"));
  bill["profileConformance"] = profiles;
  bill["rootElement"] = words({graph->iri("model")});
  bill["software_sbomType"] = words({"build"});
  graph->add(std::move(bill));
}

}  // namespace

Json spdx_bill(const BillInput& input) {
  // Of all that is told: two bills that differ share no element's name.
  const std::string document =
      "urn:uuid:" + uuid_of(input.program + input.results.dump() + input.sources.to_json().dump() +
                            input.hashes.dump());
  Graph graph(document);
  add_document(input, document, &graph);
  Json model = model_element(input, graph);
  const std::string date = shown_text(input.results, "release.date");
  if (date != kNotMeasured) model["releaseTime"] = date + "T00:00:00Z";
  graph.add(std::move(model));
  const std::string weights = shown_text(input.results, "terms.weights.licence");
  graph.license(graph.iri("model"), weights, weights);
  std::vector<std::string> sources, files;
  for (const Source& source : input.sources.sources()) {
    sources.push_back(add_source(source, sources.size() + 1, input.results, &graph));
  }
  for (const auto& [path, hash] : input.hashes.members()) {
    files.push_back(add_file(path, hash.as_string(), files.size() + 1, &graph));
  }
  graph.relate(graph.iri("model"), "trainedOn", sources);
  graph.relate(graph.iri("model"), "contains", files);
  Json bill = Json::object();
  bill["@context"] = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
  bill["@graph"] = graph.elements();
  return bill;
}

}  // namespace lucie
