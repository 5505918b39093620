#include "release/bills.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "release/figures.h"

namespace lucie {

namespace {

Json licence_choice(const std::string& expression) {
  return Json(Json::Array{Json(Json::Object{{"expression", expression}})});
}

Json property(const char* name, const std::string& value) {
  return Json(Json::Object{{"name", name}, {"value", value}});
}

// What the data component of a source is called inside the bill.
std::string reference_of(const Source& source) {
  return "source/" + source.id;
}

Json model_card_of(const Json& results, const SourceRegistry& sources) {
  Json card = Json::object();
  Json& parameters = card["modelParameters"];
  parameters["task"] = "text-generation";
  parameters["architectureFamily"] = "transformer decoder";
  parameters["modelArchitecture"] = shown_text(results, "model.architecture");
  for (const Source& source : sources.sources()) {
    parameters["datasets"].push_back(Json(Json::Object{{"ref", reference_of(source)}}));
  }
  for (const char* side : {"inputs", "outputs"}) {
    parameters[side].push_back(Json(Json::Object{{"format", "text"}}));
  }
  Json metrics = Json::array();
  std::vector<std::string> slices = scored_languages(results);
  slices.emplace_back("all");
  for (const std::string& slice : slices) {
    const auto bits = model_bits(results, "base", slice);
    if (!bits) continue;
    Json metric = Json::object();
    metric["type"] = "bits per byte on held-out text, base model";
    metric["value"] = fmt::format("{:.4f}", *bits);
    metric["slice"] = slice;
    metrics.push_back(std::move(metric));
  }
  if (metrics.size() > 0) card["quantitativeAnalysis"]["performanceMetrics"] = metrics;
  card["considerations"]["useCases"].push_back(shown_text(results, "release.intended_use"));
  card["considerations"]["technicalLimitations"].push_back(shown_text(results, "release.limits"));
  for (const char* figure_name : {"flop", "kwh", "gco2e", "joules_per_token"}) {
    const auto value = figure(results, std::string("footprint.") + figure_name);
    if (value) {
      card["properties"].push_back(
          property((std::string("lucie:") + figure_name).c_str(), fmt::format("{:.6g}", *value)));
    }
  }
  return card;
}

Json source_component(const Source& source) {
  Json component = Json::object();
  component["type"] = "data";
  component["bom-ref"] = reference_of(source);
  component["name"] = source.id;
  if (!source.licence.empty()) component["licenses"] = licence_choice(source.licence);
  Json data = Json::object();
  data["type"] = "dataset";
  data["name"] = source.id;
  if (!source.obtained.empty()) data["description"] = source.obtained;
  component["data"].push_back(std::move(data));
  component["properties"].push_back(property("lucie:terms", terms_name(source.terms)));
  return component;
}

Json file_component(const std::string& path, const std::string& hash) {
  Json component = Json::object();
  component["type"] = "file";
  component["bom-ref"] = "file/" + path;
  component["name"] = path;
  component["hashes"].push_back(Json(Json::Object{{"alg", "SHA-256"}, {"content", hash}}));
  return component;
}

}  // namespace

std::string uuid_of(const std::string& text) {
  std::string digits = sha256_hex(text).substr(0, 32);
  digits[12] = '8';
  digits[16] = 'a';
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20);
}

Json cyclonedx_bill(const BillInput& input) {
  const auto& [results, sources, hashes, program] = input;
  Json model = Json::object();
  model["type"] = "machine-learning-model";
  model["bom-ref"] = "model";
  model["name"] = shown_text(results, "name");
  model["licenses"] = licence_choice(shown_text(results, "terms.weights.licence"));
  model["modelCard"] = model_card_of(results, sources);

  Json tool = Json::object();
  tool["type"] = "application";
  tool["name"] = program.substr(0, program.find(' '));
  if (program.find(' ') != std::string::npos)
    tool["version"] = program.substr(program.find(' ') + 1);

  Json bill = Json::object();
  bill["bomFormat"] = "CycloneDX";
  bill["specVersion"] = "1.6";
  bill["version"] = 1;
  bill["metadata"]["tools"]["components"].push_back(std::move(tool));
  bill["metadata"]["component"] = std::move(model);
  bill["components"] = Json::array();
  Json needs = Json::array();
  for (const Source& source : sources.sources()) {
    bill["components"].push_back(source_component(source));
    needs.push_back(reference_of(source));
  }
  for (const auto& [path, hash] : hashes.members()) {
    bill["components"].push_back(file_component(path, hash.as_string()));
  }
  Json dependency = Json::object();
  dependency["ref"] = "model";
  dependency["dependsOn"] = needs;
  bill["dependencies"].push_back(std::move(dependency));
  bill["serialNumber"] = "urn:uuid:" + uuid_of(bill.dump());
  return bill;
}

}  // namespace lucie
