#include "release/openness_reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "release/sums.h"
#include "report/shown.h"

namespace lucie {

namespace {

// Names in a licence expression that nobody can look up.
void check_licence(const std::string& about, const std::string& licence,
                   std::vector<Finding>* findings) {
  if (licence.empty()) return;
  try {
    for (const std::string& name : unlisted_names(parse_spdx(licence, {}))) {
      findings->push_back({about, "nobody knows the licence '" + name + "'", true});
    }
  } catch (const Error& error) {
    findings->push_back({about, error.message(), true});
  }
}

// --- a bundle

// Bundles come from anyone.
void refuse_links_and_pipes(const fs::path& dir) {
  for (const char* name : {"bundle.json", "recipe.yaml", "results.json", "terms.json"}) {
    std::error_code error;
    if (!fs::exists(fs::symlink_status(dir / name, error)) || is_plain_file(dir / name)) continue;
    fail(ErrorCode::kCorrupt, "is no plain file", (dir / name).string());
  }
}

SourceRegistry sources_of(const Json& recipe) {
  const Json* sources = recipe.find("sources");
  return SourceRegistry::from_json(sources == nullptr ? Json::array() : *sources);
}

// The definition's three questions, answered from the registry of sources.
void answer_from_sources(const SourceRegistry& registry, OpennessFacts* facts) {
  std::vector<std::string> unlisted, undescribed, for_a_fee;
  for (const Source& source : registry.sources()) {
    if (source.obtained.empty() && source.description.provenance.empty()) {
      undescribed.push_back(source.id);
    }
    if (source.terms != Terms::kUnshareable && source.how_to_get.where.empty()) {
      unlisted.push_back(source.id);
    }
    if (source.how_to_get.for_a_fee) for_a_fee.push_back(source.id);
  }
  const std::string count = std::to_string(registry.sources().size()) + " sources";
  const auto answer = [&](const std::vector<std::string>& missing, const char* what) {
    return missing.empty() ? Statement{Answer::kYes, "recipe.yaml, card.json: " + count}
                           : Statement{Answer::kNo, std::string(what) + ": " + join(missing, ", ")};
  };
  facts->data_described = answer(undescribed, "not said how it was obtained");
  facts->public_data_listed = answer(unlisted, "not said how to get it");
  facts->obtainable_data_listed = {
      Answer::kYes, for_a_fee.empty() ? "recipe.yaml: none for a fee"
                                      : "recipe.yaml: for a fee: " + join(for_a_fee, ", ")};
}

OpennessFacts read_bundle_facts(const fs::path& dir) {
  refuse_links_and_pipes(dir);
  const Bundle bundle = read_bundle(dir);
  OpennessFacts facts;
  facts.name = bundle.name;
  facts.described = "bundle made by " + bundle.program;
  for (Component component : bundle.components) {
    check_licence(component.name, component.licence, &facts.findings);
    const bool listed = !component.paths.empty();
    std::erase_if(component.paths, [&](const std::string& path) {
      if (fs::exists(dir / path)) return false;
      facts.findings.push_back({component.name, path + " is listed and not there", true});
      return true;
    });
    if (!listed || !component.paths.empty()) facts.components.push_back(std::move(component));
  }
  for (Finding& finding : source_findings(dir)) facts.findings.push_back(std::move(finding));
  const Json recipe = read_yaml(dir / "recipe.yaml");
  answer_from_sources(sources_of(recipe), &facts);
  if (const Json* release = recipe.find("release")) {
    if (const Json* declares = release->find("declares")) {
      facts.declared_class =
          parse_openness_class(declares->find("class") == nullptr ? Json() : declares->at("class"));
      facts.declared_open_source = declares->get("open_source", false);
    }
  }
  return facts;
}

// --- a release description

Statement statement_at(const Json& section, const char* key) {
  const Json* value = section.find(key);
  if (value == nullptr) return {};
  refuse_unknown_keys(*value, {"met", "evidence"}, std::string("data_information.") + key);
  return {value->at("met").as_bool() ? Answer::kYes : Answer::kNo, value->get("evidence", "")};
}

std::string known_component(const Json& entry) {
  std::string name = entry.at("component").as_string();
  std::vector<std::string> known;
  for (const OpennessComponent& row : openness_components()) known.emplace_back(row.name);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::string guess = did_you_mean(name, known);
    fail(ErrorCode::kInvalidArgument, "unknown component '" + name + "'", entry.place(),
         guess.empty() ? "known: " + join(known, ", ") : guess);
  }
  return name;
}

OpennessFacts read_description(const Json& json) {
  refuse_unknown_keys(json, {"format", "version", "name", "described", "declares", "components",
                             "data_information", "release", "phases", "sources"});
  if (json.get("version", 0) != 1) {
    fail(ErrorCode::kUnsupported, "a release description of another version", json.place());
  }
  OpennessFacts facts;
  facts.name = json.at("name").as_string();
  if (const Json* described = json.find("described")) {
    facts.described =
        described->get("on", "") + ", from " + join(strings_at(*described, "from"), "; ");
  }
  for (const Json& entry : json.at("components").items()) {
    refuse_unknown_keys(entry, {"component", "licence", "where", "note"}, "components");
    const std::string note = entry.get("note", "");
    facts.components.push_back({known_component(entry),
                                "",
                                entry.get("licence", ""),
                                {},
                                entry.get("where", "") + (note.empty() ? "" : " (" + note + ")")});
    check_licence(facts.components.back().name, facts.components.back().licence, &facts.findings);
  }
  if (const Json* information = json.find("data_information")) {
    refuse_unknown_keys(*information, {"described", "public", "obtainable"}, "data_information");
    facts.data_described = statement_at(*information, "described");
    facts.public_data_listed = statement_at(*information, "public");
    facts.obtainable_data_listed = statement_at(*information, "obtainable");
  }
  if (const Json* declares = json.find("declares")) {
    refuse_unknown_keys(*declares, {"class", "open_source"}, "declares");
    if (const Json* wanted = declares->find("class")) {
      facts.declared_class = parse_openness_class(*wanted);
    }
    facts.declared_open_source = declares->get("open_source", false);
  }
  return facts;
}

// --- a record of the Model Openness Tool

const OpennessComponent* component_titled(std::string_view title) {
  for (const OpennessComponent& row : openness_components()) {
    if (to_lower_ascii(row.title) == to_lower_ascii(title)) return &row;
  }
  return nullptr;
}

// The licence of a component: its own, else the global one of its type, else the distribution's.
// Older records have license_name and words for what is not there.
std::string tool_licence(const Json& entry, const Json* global, std::string_view content) {
  for (const char* key : {"license", "license_name"}) {
    const std::string own = entry.get(key, "");
    if (own == "unlicensed" || own == "License not specified" || own == "Pending evaluation") {
      return "";
    }
    if (!own.empty()) return own;
  }
  if (global == nullptr || !global->is_object()) return "";  // none is an empty list
  for (const std::string_view key : {content, std::string_view("distribution")}) {
    const Json* whole = global->find(key);
    const std::string name = whole == nullptr ? "" : whole->get("name", "");
    if (!name.empty()) return name;
  }
  return "";
}

OpennessFacts read_tool_record(const Json& json) {
  const Json& release = json.at("release");
  OpennessFacts facts;
  facts.name = release.at("name").as_string();
  facts.described = "record of the Model Openness Tool, " + release.get("date", "undated");
  const Json* global = release.find("license");
  const Json* components = release.find("components");
  if (components == nullptr) return facts;
  for (const Json& entry : components->items()) {
    const std::string title = entry.at("name").as_string();
    const OpennessComponent* known = component_titled(title);
    if (known == nullptr) {
      fail(ErrorCode::kInvalidArgument, "no component of the framework: '" + title + "'",
           entry.place());
    }
    if (entry.get("license_name", "") == "Component not included") continue;
    const std::string where = entry.get("component_path", entry.get("location", "").c_str());
    facts.components.push_back({std::string(known->name),
                                std::string(known->content),
                                tool_licence(entry, global, known->content),
                                {},
                                where});
  }
  return facts;
}

}  // namespace

std::vector<Finding> source_findings(const fs::path& dir) {
  std::vector<Finding> findings;
  const SourceRegistry registry = sources_of(read_yaml(dir / "recipe.yaml"));
  const Json results = read_json(dir / "results.json");
  std::vector<std::string> read;
  for (const Json& row : rows_at(results, "corpus.by_source")) read.push_back(row.get("name", ""));
  if (read.empty()) findings.push_back({"results.json", "it names nothing trained on", true});
  for (const std::string& id : read) {
    if (registry.find(id) == nullptr) {
      findings.push_back(
          {id, "it was trained on, but the recipe no longer has it as a source", true});
    }
  }
  const Json terms = fs::exists(dir / "terms.json") ? read_json(dir / "terms.json") : Json();
  const Json* corpus = terms.find("corpus");
  if (corpus == nullptr) {
    findings.push_back({"terms.json", "the terms of what was trained on are missing", true});
    return findings;
  }
  for (const Json& row : corpus->at("licences").items()) {
    check_licence("terms.json", row.get("licence", ""), &findings);
  }
  for (const std::string& id : read) {
    const auto& entries = corpus->at("sources").items();
    if (std::none_of(entries.begin(), entries.end(),
                     [&](const Json& entry) { return entry.get("id", "") == id; })) {
      findings.push_back({id, "it was trained on, but the terms do not speak of it", true});
    }
  }
  return findings;
}

int parse_openness_class(const Json& value) {
  if (value.is_null()) return 0;
  const std::string word = value.is_int() ? std::to_string(value.as_int()) : value.as_string();
  for (int i = 1; i <= 3; ++i) {
    if (word == std::to_string(i) || word == std::string(static_cast<std::size_t>(i), 'I')) {
      return i;
    }
  }
  fail(ErrorCode::kInvalidArgument, "no class of the Model Openness Framework: '" + word + "'",
       value.place(), "one of: I (Open Science), II (Open Tooling), III (Open Model)");
}

OpennessFacts read_openness(const fs::path& path) {
  if (fs::is_directory(path)) {
    const fs::path run = path / "release";
    return read_bundle_facts(
        !fs::exists(path / "bundle.json") && fs::exists(run / "bundle.json") ? run : path);
  }
  const Json json = read_yaml(path);  // JSON is YAML
  if (json.find("framework") != nullptr && json.find("release") != nullptr) {
    return read_tool_record(json);
  }
  if (json.get("format", "") == "lucie-release") return read_description(json);
  fail(ErrorCode::kCorrupt, "neither a release description nor a record of the Model Openness Tool",
       path.string(), "a description begins with: format: lucie-release");
}

}  // namespace lucie
