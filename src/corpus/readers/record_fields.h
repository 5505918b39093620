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

#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/document.h"

namespace lucie {

class RecordFields {
 public:
  RecordFields();  // the usual names
  // The recipe's `fields`: of text, id, url, language, licence, title, date, author_died,
  // rights_holder. Others are Error{kInvalidArgument} with the nearest.
  static RecordFields from_json(const Json& fields);

  // Those of a file's columns that documents need. A field named in the recipe that is no column,
  // and a file without a column of text, are Error{kInvalidArgument} with `place`.
  std::vector<std::string> columns(const std::vector<std::string>& known,
                                   const std::string& place) const;

  // The members of a record that documents need, sorted.
  const std::vector<std::string>& members() const { return tops_; }

  std::string text_name() const;
  bool has_text(const Json& record) const;  // a field of the text, null or not

  // Everything that the record says: numbers as text; "code:python" is the language "code", "fr,en"
  // "fr-en"; of a date with a time the date. A record without a field of text, and a field that is
  // a list or an object, are Error{kCorrupt} with `place`; a text that is null is empty.
  Document document(Json record, const std::string& place) const;

 private:
  struct Field {
    std::string name;  // in the recipe
    std::string Document::*member = nullptr;
    // Names from the record inwards; the first path that leads to something but null counts.
    std::vector<std::vector<std::string>> paths;
    bool named = false;  // by the recipe
  };
  void find_tops();
  void open_texts(Json* record) const;

  std::vector<Field> fields_;        // the text is the first
  std::vector<std::string> tops_;    // where paths begin, sorted
  std::vector<std::string> opened_;  // where JSON in a string is looked into, sorted
  std::string place_;                // of the recipe's entry
};

}  // namespace lucie
