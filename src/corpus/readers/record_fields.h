// Which fields of a record of someone else's data set are a document's text, id, language, ...
//
// Without a word in the recipe they are looked for under the names that published data sets use:
// Dolma's layout with our metadata, Lucie, FineWeb and RedPajama. `fields` of a source names
// others:
//
//   fields: {text: content, id: doc_id, url: meta.url, date: meta.crawled}
//
// A dot leads into a struct, or into a string that is itself a JSON object (RedPajama's `meta`).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/document.h"

namespace lucie {

class RecordFields {
 public:
  RecordFields() = default;  // the usual names
  // The recipe's `fields`: of text, id, url, language, licence, title, date, author_died,
  // rights_holder. Others are Error{kInvalidArgument} with the nearest.
  static RecordFields from_json(const Json& fields);

  // Those of a file's columns that documents need. A field named in the recipe that is no column,
  // and a file without a column of text, are Error{kInvalidArgument} with `place`.
  std::vector<std::string> columns(const std::vector<std::string>& known,
                                   const std::string& place) const;

  std::string text_name() const { return paths("text").front(); }
  bool has_text(const Json& record) const;  // a field of the text, null or not

  // Everything that the record says: numbers as text; "code:python" is the language "code", "fr,en"
  // "fr-en"; of a date with a time the date. A record without a field of text, and a field that is
  // a list or an object, are Error{kCorrupt} with `place`; a text that is null is empty.
  Document document(Json record, const std::string& place) const;

 private:
  std::vector<std::string> paths(const std::string& field) const;
  void open_texts(Json* record) const;

  std::map<std::string, std::string> named_;  // field -> path, from the recipe
  std::string place_;                         // of the recipe's entry
};

}  // namespace lucie
