#include "release/components.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {

namespace {

constexpr int kVersion = 1;

enum class Layer { kWeights, kCorpus, kData, kDocuments };

struct Row {
  const char *name, *content;
  Layer layer;
  std::vector<const char*> paths;
};

// Names after the components of the Model Openness Framework where it has one.
const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"model-parameters", "data", Layer::kWeights, {"base/", "instruct/", "gguf/"}},
      {"tokenizer", "data", Layer::kWeights, {"tokenizer/"}},
      {"intermediate-parameters", "data", Layer::kWeights, {"checkpoints/"}},
      {"model-metadata", "data", Layer::kData, {"provenance.json", "results.json", "logs/"}},
      {"model-card", "document", Layer::kDocuments, {"README.md", "model_card.html"}},
      {"data-card", "document", Layer::kDocuments, {"data_card.md", "data_card.html"}},
      {"data-information",
       "data",
       Layer::kData,
       {"recipe.yaml", "croissant.json", "card.json", "training_content_summary.md",
        "training_content_summary.html"}},
      {"datasets", "data", Layer::kCorpus, {"corpus/train/"}},
      {"evaluation-data", "data", Layer::kCorpus, {"corpus/holdout/"}},
      {"evaluation-results", "document", Layer::kDocuments, {"evaluation/"}},
      {"technical-report", "document", Layer::kDocuments, {"report.html"}},
      {"sample-outputs", "document", Layer::kDocuments, {"report.html"}},
      {"terms", "document", Layer::kDocuments, {"LICENSES.md", "terms.json", "audit.html"}},
      {"copyright-policy",
       "document",
       Layer::kDocuments,
       {"copyright_policy.md", "copyright_policy.html"}},
      {"bill-of-materials", "data", Layer::kData, {"bom.cdx.json", "bom.spdx.json"}}};
  return table;
}

constexpr const char* kCode[] = {"model-architecture",      "training-code",
                                 "inference-code",          "evaluation-code",
                                 "data-preprocessing-code", "supporting-libraries"};

std::string licence_of(Layer layer, const ReleaseSettings& settings,
                       const std::string& corpus_licence) {
  switch (layer) {
    case Layer::kWeights:
      return settings.weights_licence;
    case Layer::kCorpus:
      return corpus_licence;
    case Layer::kData:
      return settings.data_licence;
    case Layer::kDocuments:
      return settings.documents_licence;
  }
  return {};
}

std::vector<std::string> optimizer_states(const fs::path& dir) {
  std::vector<std::string> paths;
  if (!fs::is_directory(dir / "checkpoints")) return paths;
  for (const auto& entry : fs::directory_iterator(dir / "checkpoints")) {
    const fs::path file = entry.path() / "optimizer.safetensors";
    if (fs::exists(file)) paths.push_back(file.lexically_relative(dir).generic_string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Json Bundle::to_json() const {
  Json json = Json::object();
  json["format"] = "lucie-bundle";
  json["version"] = kVersion;
  json["name"] = name;
  json["program"] = program;
  json["components"] = Json::array();
  for (const Component& component : components) {
    Json entry = Json::object();
    entry["component"] = component.name;
    entry["content"] = component.content;
    entry["licence"] = component.licence;
    if (!component.where.empty()) entry["where"] = component.where;
    if (!component.paths.empty()) {
      entry["paths"] = Json::array();
      for (const std::string& path : component.paths) entry["paths"].push_back(path);
    }
    json["components"].push_back(std::move(entry));
  }
  return json;
}

void add_components(const fs::path& dir, const ReleaseSettings& settings,
                    const std::string& corpus_licence, Bundle* bundle) {
  for (const Row& row : rows()) {
    Component component{
        row.name, row.content, licence_of(row.layer, settings, corpus_licence), {}, {}};
    for (const char* path : row.paths) {
      if (fs::exists(dir / path)) component.paths.emplace_back(path);
    }
    if (!component.paths.empty()) bundle->components.push_back(std::move(component));
  }
  if (std::vector<std::string> paths = optimizer_states(dir); !paths.empty()) {
    bundle->components.push_back(
        {"optimizer-states", "data", settings.optimizer_licence, std::move(paths), {}});
  }
  if (!settings.paper.empty()) {
    Component paper{"research-paper", "document", settings.paper_licence, {}, {}};
    if (settings.paper_is_elsewhere()) {
      paper.where = settings.paper;
    } else {
      paper.paths = {settings.paper_name()};
    }
    bundle->components.push_back(std::move(paper));
  }
  const std::string where =
      settings.code.empty() ? "the source of " + bundle->program : settings.code;
  for (const char* name : kCode) {
    bundle->components.push_back({name, "code", settings.code_licence, {}, where});
  }
}

Bundle read_bundle(const fs::path& dir) {
  const fs::path file = dir / "bundle.json";
  const Json json = read_json(file);
  if (json.find("format") == nullptr || json.get("format", "") != "lucie-bundle") {
    fail(ErrorCode::kCorrupt, "not the description of a bundle", file.string());
  }
  if (json.get("version", 0) != kVersion) {
    fail(ErrorCode::kUnsupported, "a bundle of another version", file.string());
  }
  Bundle bundle{json.get("name", ""), json.get("program", ""), {}};
  for (const Json& entry : json.at("components").items()) {
    bundle.components.push_back({entry.at("component").as_string(), entry.get("content", ""),
                                 entry.get("licence", ""), strings_at(entry, "paths"),
                                 entry.get("where", "")});
    for (const std::string& path : bundle.components.back().paths) {
      if (stays_inside(path)) continue;
      fail(ErrorCode::kCorrupt, "a component's path leads out of the bundle: " + path,
           file.string());
    }
  }
  return bundle;
}

}  // namespace lucie
