#include "corpus/sources.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/source_json.h"

namespace lucie {

namespace {

struct TermsName {
  Terms terms;
  const char* name;
};
constexpr TermsName kTermsNames[] = {
    {Terms::kOpen, "open"},
    {Terms::kCopyleft, "copyleft"},
    {Terms::kNonCommercial, "non-commercial"},
    {Terms::kUnderNegotiation, "under-negotiation"},
    {Terms::kUnshareable, "unshareable"},
};

}  // namespace

const char* terms_name(Terms terms) {
  for (const TermsName& entry : kTermsNames) {
    if (entry.terms == terms) return entry.name;
  }
  return "";
}

Terms parse_terms(std::string_view name, const std::string& place) {
  std::vector<std::string> known;
  for (const TermsName& entry : kTermsNames) {
    if (name == entry.name) return entry.terms;
    known.emplace_back(entry.name);
  }
  const std::string meant = did_you_mean(name, known);
  fail(ErrorCode::kInvalidArgument, "unknown terms '" + std::string(name) + "'", place,
       meant.empty() ? "one of " + join(known, ", ") : meant);
}

std::string Source::jurisdiction(const std::string& name) const {
  const auto found = jurisdictions.find(name);
  return found == jurisdictions.end() ? "unknown" : found->second;
}

bool Source::allows(Use use) const {
  if (use == Use::kShown) return terms != Terms::kUnshareable && !under_negotiation();
  return terms != Terms::kUnshareable || also_for.contains(use);
}

SourceRegistry SourceRegistry::from_json(const Json& sources) {
  SourceRegistry registry;
  for (const Json& entry : sources.items()) {
    Source source = source_from_json(entry);
    if (registry.find(source.id) != nullptr) {
      fail(ErrorCode::kInvalidArgument, "source '" + source.id + "' stands twice", entry.place(),
           "every source needs an id of its own");
    }
    registry.sources_.push_back(std::move(source));
  }
  return registry;
}

const Source* SourceRegistry::find(std::string_view id) const {
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [id](const Source& source) { return source.id == id; });
  return found == sources_.end() ? nullptr : &*found;
}

std::set<std::string> SourceRegistry::closed_to(Use use) const {
  std::set<std::string> ids;
  for (const Source& source : sources_) {
    if (!source.allows(use)) ids.insert(source.id);
  }
  return ids;
}

std::vector<std::string> SourceRegistry::jurisdictions() const {
  std::set<std::string> names;
  for (const Source& source : sources_) {
    for (const auto& [name, status] : source.jurisdictions) names.insert(name);
  }
  std::vector<std::string> list{"eu", "us"};
  for (const std::string& name : names) {
    if (name != "eu" && name != "us") list.push_back(name);
  }
  return list;
}

Json SourceRegistry::to_json() const {
  Json list = Json::array();
  for (const Source& source : sources_) list.push_back(source_to_json(source));
  return list;
}

void write_registry(const fs::path& corpus_dir, const SourceRegistry& registry) {
  Json json = Json::object();
  json["version"] = 1;
  json["sources"] = registry.to_json();
  write_json(corpus_dir / "sources.json", json);
}

SourceRegistry read_registry(const fs::path& corpus_dir) {
  const fs::path file = corpus_dir / "sources.json";
  if (!fs::exists(file)) {
    fail(ErrorCode::kNotFound, "the corpus does not say what its sources are", file.string(),
         "build the corpus again with this version: lucie corpus build RECIPE");
  }
  return SourceRegistry::from_json(read_json(file).at("sources"));
}

}  // namespace lucie
