#include "corpus/sources.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

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

std::string how_obtained(const Json& entry) {
  const std::string said = entry.get("obtained", "");
  if (!said.empty()) return said;
  const std::string package = entry.get("package", "");
  if (!package.empty()) return "Debian package " + package;
  return entry.get("path", "");
}

Source source_from_json(const Json& entry) {
  Source source;
  source.id = entry.at("id").as_string();
  source.reader = entry.get("reader", "");
  source.licence = entry.get("licence", "");
  source.language = entry.get("language", "");
  source.category = entry.get("category", "other");
  source.obtained = how_obtained(entry);
  const Json* terms = entry.find("terms");
  if (terms == nullptr) {
    fail(ErrorCode::kInvalidArgument, "source '" + source.id + "' does not state its terms",
         entry.place(),
         "add terms: open, copyleft, non-commercial, under-negotiation or unshareable");
  }
  source.terms = parse_terms(terms->as_string(), terms->place());
  source.accept_unknown_licence = entry.get("accept_unknown_licence", false);
  return source;
}

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

Json SourceRegistry::to_json() const {
  Json list = Json::array();
  for (const Source& source : sources_) {
    Json entry = Json::object();
    entry["id"] = source.id;
    entry["reader"] = source.reader;
    entry["licence"] = source.licence;
    entry["language"] = source.language;
    entry["category"] = source.category;
    entry["obtained"] = source.obtained;
    entry["terms"] = terms_name(source.terms);
    entry["accept_unknown_licence"] = source.accept_unknown_licence;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace lucie
