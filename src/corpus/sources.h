// The registry of sources: under which terms each text of the corpus stands, how it came here, how
// others can get it, and what the law of several countries says of it, as the recipe declares it.
// Readers find the licence of each document; this says what a source as a whole is, and the data
// card repeats it (docs/formats/recipe.md, docs/guides/data-card.md).
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lucie {

enum class Terms { kOpen, kCopyleft, kNonCommercial, kUnderNegotiation, kUnshareable };
const char* terms_name(Terms terms);  // "open", "non-commercial", ...
Terms parse_terms(std::string_view name, const std::string& place);

// What is made of a text beyond the weights and can be seen from outside.
enum class Use { kShown, kVocabulary, kDialogues };

// What the Open Source AI Definition 1.0 asks to be told of data, unshareable data included.
struct SourceDescription {
  std::string provenance;       // who made the text, when, for what
  std::string scope;            // what it covers and what it does not
  std::string characteristics;  // size, language, form, known faults
  std::string selection;        // how it was chosen
  std::string labelling;        // by whom and how, or "none"
  std::string processing;       // what was done before it came here
};

struct Access {       // how others get the text
  std::string where;  // a URL, a command, whom to ask; empty: not stated
  bool for_a_fee = false;
};

struct Source {
  std::string id;
  std::string reader;    // "debian-package", "text", ...
  std::string licence;   // declared for the whole source; empty: each document's own
  std::string language;  // empty: each document's own
  std::string category;  // "technical", "office help", "code"; free text
  std::string obtained;  // "Debian package manpages-fr"
  Access how_to_get;
  std::string rights_holder;
  std::string dates;     // of the text: "2019", "1850/1949", "2024-01-31"; empty: not stated
  std::string resolved;  // of what was under negotiation: the date since which it no longer is
  SourceDescription description;
  std::map<std::string, std::string> jurisdictions;  // "eu" -> "tdm"; see jurisdiction()
  std::set<Use> also_for;  // of an unshareable source: uses granted in so many words
  Terms terms = Terms::kOpen;
  bool accept_unknown_licence = false;  // else documents without a known licence are left out

  // "public-domain", "licensed", "tdm" (text and data mining, no opt-out) or "unknown".
  std::string jurisdiction(const std::string& name) const;
  bool under_negotiation() const { return terms == Terms::kUnderNegotiation && resolved.empty(); }
  // Unshareable text trains weights and nothing else, but for `also_for`; none is ever shown, nor
  // is any under negotiation.
  bool allows(Use use) const;
};

class SourceRegistry {
 public:
  // The recipe's `sources`. Keys that only readers know are not looked at here. An id that stands
  // twice, missing or unknown terms, a date or jurisdiction that is none, and an unshareable source
  // without its whole description are kInvalidArgument.
  static SourceRegistry from_json(const Json& sources);
  const std::vector<Source>& sources() const { return sources_; }
  const Source* find(std::string_view id) const;   // nullptr when there is none
  std::set<std::string> closed_to(Use use) const;  // ids of the sources that do not allow it
  // "eu", "us" and whatever else a source speaks of, in order.
  std::vector<std::string> jurisdictions() const;
  Json to_json() const;  // from_json() reads it again

 private:
  std::vector<Source> sources_;
};

bool is_date(std::string_view text);  // YYYY, YYYY-MM or YYYY-MM-DD of the calendar

// The keys of an entry that from_json() reads.
const std::vector<std::string>& registry_keys();

// CORPUS/sources.json, so that a corpus can be told about without its recipe.
void write_registry(const fs::path& corpus_dir, const SourceRegistry& registry);
SourceRegistry read_registry(const fs::path& corpus_dir);

}  // namespace lucie
