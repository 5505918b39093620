// card.json -> Croissant 1.0 (MLCommons), metadata of a data set as JSON-LD: what it is, under
// which licences, of which files, and which fields a document has. tools/check_croissant.py puts it
// through the reference implementation.
#include <fmt/format.h>

#include "base/text.h"
#include "corpus/card/data_card.h"
#include "report/shown.h"

namespace lucie {

namespace {

struct Named {
  const char *name, *value;
};

// The context of the specification, section "Namespaces": short names and what they stand for.
constexpr Named kContext[] = {{"citeAs", "cr:citeAs"},
                              {"column", "cr:column"},
                              {"conformsTo", "dct:conformsTo"},
                              {"cr", "http://mlcommons.org/croissant/"},
                              {"rai", "http://mlcommons.org/croissant/RAI/"},
                              {"dct", "http://purl.org/dc/terms/"},
                              {"equivalentProperty", "cr:equivalentProperty"},
                              {"extract", "cr:extract"},
                              {"field", "cr:field"},
                              {"fileProperty", "cr:fileProperty"},
                              {"fileObject", "cr:fileObject"},
                              {"fileSet", "cr:fileSet"},
                              {"format", "cr:format"},
                              {"includes", "cr:includes"},
                              {"isLiveDataset", "cr:isLiveDataset"},
                              {"jsonPath", "cr:jsonPath"},
                              {"key", "cr:key"},
                              {"md5", "cr:md5"},
                              {"parentField", "cr:parentField"},
                              {"path", "cr:path"},
                              {"recordSet", "cr:recordSet"},
                              {"references", "cr:references"},
                              {"regex", "cr:regex"},
                              {"repeated", "cr:repeated"},
                              {"replace", "cr:replace"},
                              {"samplingRate", "cr:samplingRate"},
                              {"sc", "https://schema.org/"},
                              {"separator", "cr:separator"},
                              {"source", "cr:source"},
                              {"subField", "cr:subField"},
                              {"transform", "cr:transform"}};

// Our JSON lines: a column, and in `metadata` the member that is meant.
struct FieldOfDocument {
  const char *name, *column, *member, *words;
};
constexpr FieldOfDocument kFields[] = {
    {"id", "id", nullptr, "stable id of the document"},
    {"text", "text", nullptr, "the text, UTF-8"},
    {"source", "source", nullptr, "id of the source"},
    {"licence", "metadata", "$.licence", "SPDX expression of the document's own licence"},
    {"evidence", "metadata", "$.evidence", "how the licence is known"},
    {"language", "metadata", "$.language", "ISO 639-1, `code`, or a pair"},
    {"url", "metadata", "$.url", "where the document came from"},
};

Json context() {
  Json json = Json::object();
  json["@language"] = "en";
  json["@vocab"] = "https://schema.org/";
  for (const Named& entry : kContext) json[entry.name] = entry.value;
  json["data"] = Json(Json::Object{{"@id", "cr:data"}, {"@type", "@json"}});
  json["examples"] = Json(Json::Object{{"@id", "cr:examples"}, {"@type", "@json"}});
  json["dataType"] = Json(Json::Object{{"@id", "cr:dataType"}, {"@type", "@vocab"}});
  return json;
}

std::string description_of(const Json& figures) {
  std::string text = look(figures, "description") == nullptr
                         ? std::string()
                         : shown_text(figures, "description") + " ";
  return text + fmt::format("{} documents, {} words, {} of text, each document with its licence.",
                            shown_count(figures, "total.documents"),
                            shown_count(figures, "total.words"),
                            shown_size(figures, "total.bytes"));
}

// SPDX ids as the addresses of their texts; what is no id of SPDX stays as it is.
std::string licence_address(const std::string& licence) {
  const bool plain = licence.find(' ') == std::string::npos && !licence.starts_with("LicenseRef") &&
                     licence != "NOASSERTION";
  return plain ? "https://spdx.org/licenses/" + licence + ".html" : licence;
}

Json file_object(const Json& file) {
  const std::string path = shown_text(file, "path");
  Json json = Json::object();
  json["@type"] = "cr:FileObject";
  json["@id"] = path;
  json["name"] = path;
  json["contentUrl"] = path;
  json["contentSize"] = shown_fixed(file, "bytes", 0) + " B";
  json["encodingFormat"] = "application/zstd";
  json["sha256"] = shown_text(file, "sha256");
  return json;
}

Json file_set(const std::string& side) {
  Json json = Json::object();
  json["@type"] = "cr:FileSet";
  json["@id"] = side;
  json["name"] = side;
  json["description"] = "JSON lines (zstd), one document each, in folders by language.";
  json["encodingFormat"] = "application/jsonlines";
  json["includes"] = side + "/documents/*/*.jsonl.zst";
  return json;
}

Json record_set(const std::string& side) {
  Json json = Json::object();
  json["@type"] = "cr:RecordSet";
  const std::string id = side + "-documents";
  json["@id"] = id;
  json["name"] = id;
  json["description"] = side == "train" ? "documents to train on" : "documents held out";
  json["key"] = Json(Json::Object{{"@id", id + "/id"}});
  for (const FieldOfDocument& field : kFields) {
    Json entry = Json::object();
    entry["@type"] = "cr:Field";
    entry["@id"] = id + "/" + field.name;
    entry["name"] = id + "/" + field.name;
    entry["description"] = field.words;
    entry["dataType"] = "sc:Text";
    entry["source"]["fileSet"]["@id"] = side;
    entry["source"]["extract"]["column"] = field.column;
    if (field.member != nullptr) entry["source"]["transform"]["jsonPath"] = field.member;
    json["field"].push_back(std::move(entry));
  }
  return json;
}

void add_files(const Json& figures, Json* card) {
  const Json::Array& files = rows_at(figures, "files");
  for (const char* side : {"train", "holdout"}) {
    bool any = false;
    for (const Json& file : files) {
      if (shown_text(file, "side") != side) continue;
      (*card)["distribution"].push_back(file_object(file));
      any = true;
    }
    if (!any) continue;
    (*card)["distribution"].push_back(file_set(side));
    (*card)["recordSet"].push_back(record_set(side));
  }
}

std::string provenance_of(const Json& figures) {
  std::vector<std::string> parts;
  for (const Json& source : rows_at(figures, "sources")) {
    parts.push_back(shown_text(source, "id") + ": " + shown_text(source, "obtained") + " (" +
                    shown_text(source, "terms") + ")");
  }
  return join(parts, "; ");
}

}  // namespace

Json card_croissant(const Json& figures) {
  Json card = Json::object();
  card["@context"] = context();
  card["@type"] = "sc:Dataset";
  card["name"] = shown_text(figures, "name");
  card["description"] = description_of(figures);
  card["conformsTo"] = "http://mlcommons.org/croissant/1.0";
  for (const Json& row : rows_at(figures, "by_licence")) {
    card["license"].push_back(licence_address(row.get("name", "")));
  }
  for (const Json& row : rows_at(figures, "by_language")) {
    card["inLanguage"].push_back(row.get("name", ""));
  }
  for (const Json& row : rows_at(figures, "by_category")) {
    card["keywords"].push_back(row.get("name", ""));
  }
  card["isLiveDataset"] = false;
  card["rai:dataCollection"] = provenance_of(figures);
  add_files(figures, &card);
  return card;
}

}  // namespace lucie
