#include "corpus/readers/record_fields.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

struct Field {
  const char* name;  // in the recipe
  std::string Document::*member;
  std::vector<std::string> usual;  // the first that is there and not null counts
};

const std::vector<Field>& fields() {
  static const std::vector<Field> list = {
      {"text", &Document::text, {"text", "raw_content", "content"}},
      {"id", &Document::id, {"id", "doc_id"}},
      {"url", &Document::url, {"metadata.url", "url", "meta.url"}},
      {"language", &Document::language, {"metadata.language", "language", "meta.language"}},
      {"licence",
       &Document::licence,
       {"metadata.licence", "metadata.license", "licence", "license"}},
      {"title", &Document::title, {"metadata.title", "title"}},
      {"date", &Document::created, {"created", "date", "meta.timestamp"}},
      {"author_died", &Document::author_died, {"metadata.author_died", "author_died"}},
      {"rights_holder", &Document::rights_holder, {"metadata.rights_holder", "rights_holder"}},
  };
  return list;
}

// What our own documents say beyond these; not for the recipe to name.
const std::vector<Field>& own_fields() {
  static const std::vector<Field> list = {
      {"added", &Document::added, {"added"}},
      {"evidence", &Document::evidence, {"metadata.evidence"}},
      {"page", &Document::page, {"metadata.page"}},
      {"format", &Document::format, {"metadata.format"}},
      {"hash", &Document::hash, {"metadata.hash"}},
      {"provenance", &Document::provenance, {"metadata.provenance"}},
      {"code_language", &Document::code_language, {"metadata.code_language"}},
  };
  return list;
}

std::string top_of(const std::string& path) {
  return path.substr(0, path.find('.'));
}

// nullptr where there is nothing, or null.
const Json* find_path(const Json& record, const std::string& path) {
  const Json* value = &record;
  for (const std::string& key : split(path, '.')) {
    value = value->find(key);
    if (value == nullptr || value->is_null()) return nullptr;
  }
  return value;
}

const Json* find_first(const Json& record, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (const Json* value = find_path(record, path)) return value;
  }
  return nullptr;
}

std::string as_text(const Json& value, const std::string& field, const std::string& place) {
  if (value.is_string()) return value.as_string();
  if (value.is_array() || value.is_object()) {
    fail(ErrorCode::kCorrupt, "'" + field + "' of a document is not a string", place,
         "name another field in the source's 'fields'");
  }
  return value.dump();
}

// As Lucie's data set writes languages.
std::string plain_language(std::string language) {
  if (language.starts_with("code:")) return "code";
  std::string pair = language;
  std::replace(pair.begin(), pair.end(), ',', '-');
  return is_aligned_language(pair) ? pair : language;
}

// "2013-05-18T05:30:12Z" -> "2013-05-18"; what has another form stays as it is.
std::string plain_date(const std::string& date) {
  const bool with_time =
      date.size() > 10 && date[4] == '-' && date[7] == '-' && (date[10] == 'T' || date[10] == ' ');
  return with_time ? date.substr(0, 10) : date;
}

}  // namespace

RecordFields RecordFields::from_json(const Json& json) {
  if (!json.is_object()) {
    fail(ErrorCode::kInvalidArgument, "'fields' is not a table", json.place(),
         "as in: fields: {text: content, id: doc_id}");
  }
  std::vector<std::string> known;
  for (const Field& field : fields()) known.emplace_back(field.name);
  refuse_unknown_keys(json, known, "sources.fields");
  RecordFields result;
  result.place_ = json.place();
  for (const auto& [key, value] : json.members()) result.named_[key] = value.as_string();
  return result;
}

std::vector<std::string> RecordFields::paths(const std::string& name) const {
  if (const auto named = named_.find(name); named != named_.end()) return {named->second};
  for (const std::vector<Field>* list : {&fields(), &own_fields()}) {
    for (const Field& field : *list) {
      if (name == field.name) return field.usual;
    }
  }
  return {};
}

std::vector<std::string> RecordFields::columns(const std::vector<std::string>& known,
                                               const std::string& place) const {
  const auto is_known = [&](const std::string& path) {
    return std::find(known.begin(), known.end(), top_of(path)) != known.end();
  };
  for (const auto& [field, path] : named_) {
    if (is_known(path)) continue;
    const std::string meant = did_you_mean(top_of(path), known);
    fail(ErrorCode::kInvalidArgument, "no column '" + top_of(path) + "' in " + place, place_,
         meant.empty() ? "the columns are " + join(known, ", ") : meant);
  }
  const std::vector<std::string> texts = paths("text");
  if (std::none_of(texts.begin(), texts.end(), is_known)) {
    fail(ErrorCode::kInvalidArgument, "no column of text", place,
         "name it in the source: fields: {text: COLUMN}; the columns are " + join(known, ", "));
  }
  std::vector<std::string> chosen;
  for (const std::vector<Field>* list : {&fields(), &own_fields()}) {
    for (const Field& field : *list) {
      for (const std::string& path : paths(field.name)) {
        if (is_known(path)) chosen.push_back(top_of(path));
      }
    }
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

// Strings that hold JSON objects become objects where a path leads into them.
void RecordFields::open_texts(Json* record) const {
  std::vector<std::string> tops = {"meta", "metadata"};
  for (const auto& [field, path] : named_) {
    if (top_of(path) != path) tops.push_back(top_of(path));
  }
  for (auto& [key, value] : record->members()) {
    if (!value.is_string() || !value.as_string().starts_with('{')) continue;
    if (std::find(tops.begin(), tops.end(), key) == tops.end()) continue;
    try {
      value = parse_json(value.as_string(), key);
    } catch (const Error&) {
      continue;  // only looks like JSON: nothing is found in it
    }
  }
}

bool RecordFields::has_text(const Json& record) const {
  const std::vector<std::string> texts = paths("text");
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& path) { return record.find(top_of(path)) != nullptr; });
}

Document RecordFields::document(Json record, const std::string& place) const {
  if (!record.is_object()) fail(ErrorCode::kCorrupt, "a document is not a JSON object", place);
  if (!has_text(record)) {
    fail(ErrorCode::kCorrupt, "document without '" + text_name() + "'", place,
         "name the field of the text in the source: fields: {text: NAME}");
  }
  open_texts(&record);
  Document document;
  for (const std::vector<Field>* list : {&fields(), &own_fields()}) {
    for (const Field& field : *list) {
      const Json* value = find_first(record, paths(field.name));
      if (value != nullptr) document.*field.member = as_text(*value, field.name, place);
    }
  }
  document.language = plain_language(std::move(document.language));
  document.created = plain_date(document.created);
  if (!document.licence.empty() && document.evidence.empty()) {
    document.evidence = "stated by the record";
  }
  return document;
}

}  // namespace lucie
