#include "corpus/document.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"

namespace lucie {

namespace {

struct Field {
  const char* key;
  std::string Document::*member;
};

// Dolma's top level, then what we keep in its `metadata`.
constexpr Field kTopFields[] = {
    {"id", &Document::id},       {"text", &Document::text},       {"source", &Document::source},
    {"added", &Document::added}, {"created", &Document::created},
};
constexpr Field kMetadataFields[] = {
    {"licence", &Document::licence},   {"evidence", &Document::evidence},
    {"language", &Document::language}, {"url", &Document::url},
    {"page", &Document::page},         {"format", &Document::format},
    {"title", &Document::title},       {"hash", &Document::hash},
};
// Written where there is something to say.
constexpr Field kOptionalFields[] = {
    {"provenance", &Document::provenance},
    {"code_language", &Document::code_language},
    {"rights_holder", &Document::rights_holder},
};

// Of few documents, and only written where there is one.
constexpr Field kAuthorDied = {"author_died", &Document::author_died};

void read_field(const Json& object, const Field& field, const std::string& place,
                Document* document) {
  const Json* value = object.find(field.key);
  if (value == nullptr || value->is_null()) return;
  if (!value->is_string()) {
    fail(ErrorCode::kCorrupt, std::string("'") + field.key + "' of a document is not a string",
         place);
  }
  document->*field.member = value->as_string();
}

}  // namespace

std::string to_json_line(const Document& document) {
  Json line = Json::object();
  for (const Field& field : kTopFields) line[field.key] = document.*field.member;
  Json metadata = Json::object();
  for (const Field& field : kMetadataFields) metadata[field.key] = document.*field.member;
  for (const Field& field : kOptionalFields) {
    if (!(document.*field.member).empty()) metadata[field.key] = document.*field.member;
  }
  if (!document.author_died.empty()) metadata[kAuthorDied.key] = document.author_died;
  line["metadata"] = std::move(metadata);
  return line.dump();
}

Document document_from_json(const Json& json, const std::string& place) {
  if (!json.is_object()) fail(ErrorCode::kCorrupt, "a document is not a JSON object", place);
  for (const char* key : {"id", "text"}) {
    if (json.find(key) == nullptr) {
      fail(ErrorCode::kCorrupt, std::string("document without '") + key + "'", place,
           "each line needs at least id and text (docs/formats/documents.md)");
    }
  }
  Document document;
  for (const Field& field : kTopFields) read_field(json, field, place, &document);
  if (const Json* metadata = json.find("metadata"); metadata != nullptr && !metadata->is_null()) {
    if (!metadata->is_object()) {
      fail(ErrorCode::kCorrupt, "'metadata' of a document is not an object", place);
    }
    for (const Field& field : kMetadataFields) read_field(*metadata, field, place, &document);
    read_field(*metadata, kAuthorDied, place, &document);
    for (const Field& field : kOptionalFields) read_field(*metadata, field, place, &document);
  }
  const std::string hash = text_hash(document.text);
  if (!document.hash.empty() && document.hash != hash) {
    fail(ErrorCode::kMismatch, "text of document " + document.id + " does not fit its hash", place,
         "the file was changed after it was written; build the corpus again");
  }
  document.hash = hash;
  return document;
}

std::string text_hash(std::string_view text) {
  return sha256_hex(text).substr(0, 32);
}

bool is_aligned_language(std::string_view language) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return language.size() == 5 && language[2] == '-' && lower(language[0]) && lower(language[1]) &&
         lower(language[3]) && lower(language[4]);
}

bool is_language_tag(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_fine = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  const auto length = [](std::string_view text, auto fits) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), fits) -
                                    text.begin());
  };
  if (name == "code") return true;
  std::size_t at = length(name, is_letter);
  if (at < 2 || at > 3) return false;
  for (int part = 0; part < 2 && at < name.size(); ++part) {
    if (name[at] != '-' && name[at] != '_') return false;
    const std::size_t size = length(name.substr(at + 1), is_fine);
    if (size < 2 || size > 8) return false;
    at += 1 + size;
  }
  return at == name.size();
}

bool is_aligned(const Document& document) {
  return is_aligned_language(document.language);
}

bool is_code(const Document& document) {
  return document.language == "code";
}

}  // namespace lucie
