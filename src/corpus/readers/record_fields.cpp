#include "corpus/readers/record_fields.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

struct Usual {
  const char* name;  // in the recipe
  std::string Document::*member;
  std::vector<std::string> paths;
};

const std::vector<Usual>& usual_fields() {
  static const std::vector<Usual> list = {
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
const std::vector<Usual>& own_fields() {
  static const std::vector<Usual> list = {
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

// nullptr where there is nothing, or null.
const Json* find_path(const Json& record, const std::vector<std::string>& path) {
  const Json* value = &record;
  for (const std::string& key : path) {
    value = value->find(key);
    if (value == nullptr || value->is_null()) return nullptr;
  }
  return value;
}

const Json* find_first(const Json& record, const std::vector<std::vector<std::string>>& paths) {
  for (const std::vector<std::string>& path : paths) {
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

RecordFields::RecordFields() {
  for (const std::vector<Usual>* list : {&usual_fields(), &own_fields()}) {
    for (const Usual& usual : *list) {
      Field& field = fields_.emplace_back(Field{usual.name, usual.member, {}});
      for (const std::string& path : usual.paths) field.paths.push_back(split(path, '.'));
    }
  }
  find_tops();
}

RecordFields RecordFields::from_json(const Json& json) {
  if (!json.is_object()) {
    fail(ErrorCode::kInvalidArgument, "'fields' is not a table", json.place(),
         "as in: fields: {text: content, id: doc_id}");
  }
  std::vector<std::string> known;
  for (const Usual& usual : usual_fields()) known.emplace_back(usual.name);
  refuse_unknown_keys(json, known, "sources.fields");
  RecordFields result;
  result.place_ = json.place();
  for (Field& field : result.fields_) {
    if (const Json* path = json.find(field.name)) {
      field.paths = {split(path->as_string(), '.')};
      field.named = true;
    }
  }
  result.find_tops();
  return result;
}

void RecordFields::find_tops() {
  tops_.clear();
  opened_ = {"meta", "metadata"};
  for (const Field& field : fields_) {
    for (const std::vector<std::string>& path : field.paths) {
      tops_.push_back(path.front());
      if (path.size() > 1) opened_.push_back(path.front());
    }
  }
  for (std::vector<std::string>* names : {&tops_, &opened_}) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }
}

std::string RecordFields::text_name() const {
  return join(fields_.front().paths.front(), ".");
}

std::vector<std::string> RecordFields::columns(const std::vector<std::string>& known,
                                               const std::string& place) const {
  const auto is_known = [&](const std::vector<std::string>& path) {
    return std::find(known.begin(), known.end(), path.front()) != known.end();
  };
  for (const Field& field : fields_) {
    if (!field.named || is_known(field.paths.front())) continue;
    const std::string& top = field.paths.front().front();
    const std::string meant = did_you_mean(top, known);
    fail(ErrorCode::kInvalidArgument, "no column '" + top + "' in " + place, place_,
         meant.empty() ? "the columns are " + join(known, ", ") : meant);
  }
  const auto& texts = fields_.front().paths;
  if (std::none_of(texts.begin(), texts.end(), is_known)) {
    fail(ErrorCode::kInvalidArgument, "no column of text", place,
         "name it in the source: fields: {text: COLUMN}; the columns are " + join(known, ", "));
  }
  std::vector<std::string> chosen;
  std::copy_if(tops_.begin(), tops_.end(), std::back_inserter(chosen),
               [&](const std::string& top) { return is_known({top}); });
  return chosen;
}

// Strings that hold JSON objects become objects where a path leads into them.
void RecordFields::open_texts(Json* record) const {
  for (auto& [key, value] : record->members()) {
    if (!value.is_string() || !value.as_string().starts_with('{')) continue;
    if (!std::binary_search(opened_.begin(), opened_.end(), key)) continue;
    try {
      value = parse_json(value.as_string(), key);
    } catch (const Error&) {
      continue;  // only looks like JSON: nothing is found in it
    }
  }
}

bool RecordFields::has_text(const Json& record) const {
  const auto& texts = fields_.front().paths;
  return std::any_of(texts.begin(), texts.end(), [&](const std::vector<std::string>& path) {
    return record.find(path.front()) != nullptr;
  });
}

Document RecordFields::document(Json record, const std::string& place) const {
  if (!record.is_object()) fail(ErrorCode::kCorrupt, "a document is not a JSON object", place);
  if (!has_text(record)) {
    fail(ErrorCode::kCorrupt, "document without '" + text_name() + "'", place,
         "name the field of the text in the source: fields: {text: NAME}");
  }
  open_texts(&record);
  Document document;
  for (const Field& field : fields_) {
    const Json* value = find_first(record, field.paths);
    if (value != nullptr) document.*field.member = as_text(*value, field.name, place);
  }
  document.language = plain_language(std::move(document.language));
  document.created = plain_date(document.created);
  if (!document.licence.empty() && document.evidence.empty()) {
    document.evidence = "stated by the record";
  }
  return document;
}

}  // namespace lucie
