// What the documents of one token shard have in common, so that a mixture can take more or less of
// it. Plainly that is a language; a mixture that asks for more makes the groups finer.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "corpus/document.h"
#include "corpus/sources.h"

namespace lucie {

// "fr" and "code" as they are, "aligned" for all pairs ("en-fr", "de-en", ...).
inline constexpr const char* kUndated = "undated";
inline constexpr const char* kEarlier = "earlier";

std::string mixture_group(std::string_view language);

struct GroupKey {
  std::string language;           // as mixture_group() gives it
  std::string source, category;   // of the recipe; empty: of all sources
  std::string year;               // as Grouping tells it; empty: of all years
  std::uint64_t longer_than = 0;  // tokens of a document, up to the next length of the grouping

  // "fr"; "fr--wikipedia--2019--over-4096": a file name, another one for each key.
  std::string name() const;
  auto operator<=>(const GroupKey&) const = default;
  Json to_json() const;  // of what is told apart
  static GroupKey from_json(const Json& json);
};

struct Grouping {
  bool by_source = false;
  bool by_year = false;  // each year by itself
  // Else only split at these, ascending: "2023" is what follows it up to the next one. What is
  // before the first is "earlier", what has no date "undated".
  std::vector<std::string> years;
  std::vector<std::uint64_t> lengths;  // ascending: 4096 splits documents of up to 4096 tokens off
  // Of each source: its category, and its year where its documents are not dated themselves.
  std::map<std::string, GroupKey> sources;

  Grouping() = default;
  explicit Grouping(const SourceRegistry& registry);
  void split_at_year(const std::string& year);
  void split_at_length(std::uint64_t length);
  bool tells_years() const { return by_year || !years.empty(); }
  bool is_plain() const { return !by_source && !tells_years() && lengths.empty(); }
  // `tokens`: of the document, those that begin and end it included.
  GroupKey key_of(const Document& document, std::uint64_t tokens) const;
  Json to_json() const;  // of what is told apart: for the key of a stage

 private:
  std::string year_class(const Document& document) const;
};

}  // namespace lucie
