#include "corpus/card/tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/shown.h"

namespace lucie::card {

namespace {

bool has(const Json& figures, const char* path) {
  return look(figures, path) != nullptr;
}

std::string percent(const Json& row, const char* key) {
  const auto value = figure(row, key);
  if (!value) return "-";
  return *value > 0 && *value < 0.05 ? "<0.1" : fmt::format("{:.1f}", *value);
}

std::string text_or_dash(const Json& row, const char* key) {
  const Json* value = row.find(key);
  const bool text = value != nullptr && value->is_string() && !value->as_string().empty();
  return text ? value->as_string() : "-";
}

std::string joined(const Json& row, const char* key) {
  std::vector<std::string> parts;
  for (const Json& item : rows_at(row, key)) {
    if (item.is_string()) parts.push_back(item.as_string());
  }
  return parts.empty() ? "-" : join(parts, ", ");
}

// The columns of counts, as far as the card has them.
struct Counts {
  bool tokens, seen;

  explicit Counts(const Json& figures)
      : tokens(has(figures, "total.tokens")), seen(has(figures, "total.tokens_seen")) {}

  void add_columns(Table* table) const {
    for (const char* name : {"documents", "words", "characters"}) {
      table->columns.push_back({name, true});
    }
    if (!tokens) {
      table->columns.push_back({"% of bytes", true});
      return;
    }
    for (const char* name : {"tokens", "%", "tokens / word"}) {
      table->columns.push_back({name, true});
    }
    if (!seen) return;
    for (const char* name : {"epochs", "% read"}) table->columns.push_back({name, true});
  }

  void add_cells(const Json& row, std::vector<std::string>* cells) const {
    for (const char* key : {"documents", "words", "characters"}) {
      cells->push_back(shown_count(row, key));
    }
    if (!tokens) {
      cells->push_back(percent(row, "percent_of_bytes"));
      return;
    }
    cells->push_back(shown_count(row, "tokens"));
    cells->push_back(percent(row, "percent_of_tokens"));
    cells->push_back(shown_fixed(row, "tokens_per_word", 2));
    if (!seen) return;
    const bool known = figure(row, "epochs").has_value();
    cells->push_back(known ? shown_fixed(row, "epochs", 2) : "-");
    cells->push_back(percent(row, "percent_seen"));
  }
};

// Numbers of an object, whatever they are called.
Table numbers_table(const Json* object, const char* what) {
  Table table{{{what}, {"count", true}}, {}};
  if (object == nullptr || !object->is_object()) return table;
  for (const auto& [key, value] : object->members()) {
    if (!value.is_number()) continue;
    const bool bytes = key.ends_with("bytes") && key != "invalid_bytes";
    table.rows.push_back({words_of_key(key),
                          bytes ? human_bytes(value.as_double()) : with_commas(value.as_double())});
  }
  return table;
}

std::string how_to_get(const Json& row) {
  const std::string where = shown_text(row, "how_to_get.where");
  const Json* fee = look(row, "how_to_get.fee");
  return where == kNotMeasured                                ? "not stated"
         : fee != nullptr && fee->is_bool() && fee->as_bool() ? where + " (for a fee)"
                                                              : where;
}

std::string terms_in_words(const Json& row) {
  const std::string resolved = text_or_dash(row, "resolved");
  return text_or_dash(row, "terms") + (resolved == "-" ? "" : ", resolved " + resolved);
}

}  // namespace

std::string words_of_key(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

Table composition_table(const Json& figures) {
  const Counts counts(figures);
  Table table{{{"category"}, {"source"}, {"language"}}, {}};
  counts.add_columns(&table);
  std::vector<std::string> total{"TOTAL", "", ""};
  counts.add_cells(figures.is_object() && has(figures, "total") ? figures.at("total") : Json(),
                   &total);
  table.rows.push_back(std::move(total));
  std::string category;
  for (const Json& row : rows_at(figures, "composition")) {
    const std::string own = text_or_dash(row, "category");
    std::vector<std::string> cells{own == category ? "" : own, text_or_dash(row, "source"),
                                   text_or_dash(row, "language")};
    category = own;
    counts.add_cells(row, &cells);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table counts_table(const Json& figures, const char* key, const char* heading) {
  const Counts counts(figures);
  Table table{{{heading}}, {}};
  counts.add_columns(&table);
  for (const Json& row : rows_at(figures, key)) {
    const std::string name = text_or_dash(row, "name");
    std::vector<std::string> cells{std::string(key) == "by_language" ? language_name(name) : name};
    counts.add_cells(row, &cells);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table mixture_table(const Json& figures) {
  Table table{{{"group"},
               {"tokens", true},
               {"% before", true},
               {"% declared", true},
               {"% read", true},
               {"epochs", true}},
              {}};
  for (const Json& row : rows_at(figures, "mixture")) {
    table.rows.push_back({text_or_dash(row, "name"), shown_count(row, "tokens"),
                          percent(row, "percent_before"), percent(row, "percent_declared"),
                          percent(row, "percent_after"), shown_fixed(row, "epochs", 2)});
  }
  return table;
}

Table phase_table(const Json& phase) {
  const Json::Array& rows = rows_at(phase, "rows");
  const auto told = [&](const char* key) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Json& row) { return row.find(key) != nullptr; });
  };
  const bool years = told("year"), lengths = told("longer_than");
  Table table{{{"category"}, {"source"}, {"language"}}, {}};
  if (years) table.columns.push_back({"year"});
  if (lengths) table.columns.push_back({"longer than", true});
  for (const char* name : {"documents", "tokens", "% asked", "% read", "tokens read", "epochs"}) {
    table.columns.push_back({name, true});
  }
  for (const Json& row : rows) {
    std::vector<std::string> cells{text_or_dash(row, "category"), text_or_dash(row, "source"),
                                   text_or_dash(row, "language")};
    if (years) cells.push_back(text_or_dash(row, "year"));
    if (lengths)
      cells.push_back(figure(row, "longer_than") ? shown_count(row, "longer_than") : "-");
    for (const char* key : {"documents", "tokens"}) cells.push_back(shown_count(row, key));
    for (const char* key : {"percent_asked", "percent_seen"}) cells.push_back(percent(row, key));
    cells.push_back(shown_count(row, "tokens_seen"));
    cells.push_back(shown_fixed(row, "epochs", 2));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table account_table(const Json& figures) {
  constexpr const char* kRows[][2] = {{"read", "documents read"},
                                      {"kept", "kept to train on"},
                                      {"held_out", "held out, to measure on"},
                                      {"dropped", "dropped, with a reason"},
                                      {"damaged", "damaged, and counted"}};
  Table table{{{"what became of them"}, {"documents", true}}, {}};
  for (const auto& [key, words] : kRows) {
    table.rows.push_back({words, shown_count(figures, std::string("account.") + key)});
  }
  return table;
}

Table drops_table(const Json& figures) {
  Table table{{{"step"}, {"reason"}, {"documents", true}, {"as read", true}}, {}};
  const Json* dropped = look(figures, "dropped");
  if (dropped == nullptr || !dropped->is_object()) return table;
  for (const auto& [step, reasons] : dropped->members()) {
    if (!reasons.is_object()) continue;
    for (const auto& [reason, tally] : reasons.members()) {
      table.rows.push_back({words_of_key(step), reason, shown_count(tally, "documents"),
                            shown_size(tally, "bytes_read")});
    }
  }
  return table;
}

Table damage_table(const Json& figures) {
  return numbers_table(look(figures, "failed"), "damage");
}

Table changes_table(const Json& figures) {
  return numbers_table(look(figures, "changes"), "change");
}

Table sources_table(const Json& figures) {
  Table table{{{"source"}, {"category"}, {"obtained"}, {"how to get it"}}, {}};
  bool dated = false;
  for (const Json& row : rows_at(figures, "sources")) {
    table.rows.push_back({text_or_dash(row, "id"), text_or_dash(row, "category"),
                          text_or_dash(row, "obtained"), how_to_get(row),
                          text_or_dash(row, "dates")});
    dated = dated || table.rows.back().back() != "-";
  }
  if (dated) table.columns.push_back({"dates"});
  for (auto& cells : table.rows) cells.resize(table.columns.size());
  return table;
}

Table rights_table(const Json& figures) {
  Table table{{{"source"}, {"terms"}, {"licences"}, {"rights holder"}}, {}};
  std::vector<std::string> names;
  for (const Json& name : rows_at(figures, "jurisdictions")) {
    if (!name.is_string()) continue;
    names.push_back(name.as_string());
    std::string heading = names.back();
    std::transform(heading.begin(), heading.end(), heading.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    table.columns.push_back({heading});
  }
  for (const Json& row : rows_at(figures, "sources")) {
    std::string licences = joined(row, "licences");
    if (licences == "-") licences = text_or_dash(row, "licence");
    std::vector<std::string> cells{text_or_dash(row, "id"), terms_in_words(row), licences,
                                   text_or_dash(row, "rights_holder")};
    const Json* jurisdictions = row.find("jurisdictions");
    for (const std::string& name : names) {
      cells.push_back(jurisdictions == nullptr ? "unknown"
                                               : text_or_dash(*jurisdictions, name.c_str()));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table memorization_table(const Json& figures) {
  Table table{{{"source"}, {"spans tried", true}, {"reproduced", true}, {"share", true}}, {}};
  const Json* sources = look(figures, "memorization.by_source");
  if (sources == nullptr || !sources->is_object()) return table;
  for (const auto& [source, row] : sources->members()) {
    const auto share = figure(row, "share");
    table.rows.push_back({source, shown_count(row, "spans"), shown_count(row, "reproduced"),
                          share ? fmt::format("{:.1f} %", 100 * *share) : kNotMeasured});
  }
  return table;
}

std::vector<std::pair<std::string, Table>> description_tables(const Json& figures) {
  constexpr const char* kKeys[] = {"provenance", "scope",     "characteristics",
                                   "selection",  "labelling", "processing"};
  std::vector<std::pair<std::string, Table>> tables;
  for (const Json& row : rows_at(figures, "sources")) {
    const Json* description = row.find("description");
    if (description == nullptr || !description->is_object()) continue;
    Table table{{{"asked"}, {"answer"}}, {}};
    table.rows.push_back({"how it was obtained", text_or_dash(row, "obtained")});
    for (const char* key : kKeys) table.rows.push_back({key, text_or_dash(*description, key)});
    table.rows.push_back({"rights holder", text_or_dash(row, "rights_holder")});
    table.rows.push_back({"how to get it", how_to_get(row)});
    tables.emplace_back(text_or_dash(row, "id"), std::move(table));
  }
  return tables;
}

}  // namespace lucie::card
