// The registry of sources: under which terms each text of the corpus stands and how it came here,
// as the recipe declares it. Readers find the licence of each document; this says what a source as
// a whole is, and the data card repeats it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lucie {

enum class Terms { kOpen, kCopyleft, kNonCommercial, kUnderNegotiation, kUnshareable };
const char* terms_name(Terms terms);  // "open", "non-commercial", ...
Terms parse_terms(std::string_view name, const std::string& place);

struct Source {
  std::string id;
  std::string reader;    // "debian-package", "text", ...
  std::string licence;   // declared for the whole source; empty: each document's own
  std::string language;  // empty: each document's own
  std::string category;  // "technical", "office help", "code"; free text
  std::string obtained;  // "Debian package manpages-fr"
  Terms terms = Terms::kOpen;
  bool accept_unknown_licence = false;  // else documents without a known licence are left out
};

class SourceRegistry {
 public:
  // The recipe's `sources`. Only the keys above are looked at; the readers check the others.
  // An id that stands twice, and missing or unknown terms, are kInvalidArgument.
  static SourceRegistry from_json(const Json& sources);
  const std::vector<Source>& sources() const { return sources_; }
  const Source* find(std::string_view id) const;  // nullptr when there is none
  Json to_json() const;

 private:
  std::vector<Source> sources_;
};

}  // namespace lucie
