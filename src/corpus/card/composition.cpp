#include "corpus/card/composition.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "corpus/measured_mixture.h"

namespace lucie {

namespace {

std::uint64_t number(const Json& json, std::string_view key) {
  return static_cast<std::uint64_t>(json.get(key, std::int64_t{0}));
}

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

// token_stats.train.by_source_language.SOURCE.LANGUAGE
const Json* token_tally(const Json& token_stats, const CardCell& cell) {
  const Json* at = &token_stats;
  for (const std::string& key :
       {std::string("train"), std::string("by_source_language"), cell.source, cell.language}) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

// Over the main phase, of each source in each language: its tokens in a group are read as often as
// the group is.
std::map<std::pair<std::string, std::string>, double> tokens_seen(const DataCardInput& input) {
  std::map<std::pair<std::string, std::string>, double> seen;
  if (input.use.empty() || input.token_stats.is_null()) return seen;
  std::map<std::string, double> epochs;
  for (const GroupUse& group : input.use) epochs[group.group] = group.epochs;
  for (const MeasuredGroup& group : measured_groups(input.token_stats, input.sources)) {
    const auto read = epochs.find(group.key.name());
    if (read == epochs.end()) continue;
    for (const MixtureRow& row : group.rows) {
      seen[{row.key.source, row.key.language}] += static_cast<double>(row.tokens) * read->second;
    }
  }
  return seen;
}

}  // namespace

void CardCell::add(const CardCell& other) {
  documents += other.documents;
  characters += other.characters;
  words += other.words;
  bytes += other.bytes;
  tokens += other.tokens;
  token_documents += other.token_documents;
  token_words += other.token_words;
  token_bytes += other.token_bytes;
  tokens_seen += other.tokens_seen;
}

std::vector<CardCell> card_cells(const DataCardInput& input) {
  const std::map<std::pair<std::string, std::string>, double> seen = tokens_seen(input);
  std::vector<CardCell> cells;
  const Json* sources = input.corpus_stats.at("train").find("by_source_language");
  if (sources == nullptr) return cells;
  for (const auto& [id, languages] : sources->members()) {
    const Source* source = input.sources.find(id);
    for (const auto& [language, tally] : languages.members()) {
      CardCell cell;
      cell.source = id;
      cell.language = language;
      cell.category = source == nullptr ? "other" : source->category;
      cell.terms = source == nullptr ? "" : terms_name(source->terms);
      cell.documents = number(tally, "documents");
      cell.characters = number(tally, "characters");
      cell.words = number(tally, "words");
      cell.bytes = number(tally, "bytes");
      if (const Json* tokens = token_tally(input.token_stats, cell)) {
        cell.tokens = number(*tokens, "tokens");
        cell.token_documents = number(*tokens, "documents");
        cell.token_words = number(*tokens, "words");
        cell.token_bytes = number(*tokens, "bytes");
        const auto found = seen.find({id, language});
        if (found != seen.end()) cell.tokens_seen = found->second;
      }
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

std::uint64_t size_of(const CardCell& cell, const CardTotals& totals) {
  return totals.has_tokens ? cell.tokens : cell.bytes;
}

Json cell_row(const CardCell& cell, const CardTotals& totals) {
  Json row = Json::object();
  row["documents"] = cell.documents;
  row["characters"] = cell.characters;
  row["words"] = cell.words;
  row["bytes"] = cell.bytes;
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return 100 * ratio(static_cast<double>(part), static_cast<double>(whole));
  };
  row["percent_of_bytes"] = percent(cell.bytes, totals.all.bytes);
  if (!totals.has_tokens) return row;
  row["tokens"] = cell.tokens;
  row["percent_of_tokens"] = percent(cell.tokens, totals.all.tokens);
  const auto inner = static_cast<double>(cell.tokens - 2 * cell.token_documents);
  row["tokens_per_word"] = ratio(inner, static_cast<double>(cell.token_words));
  row["bytes_per_token"] = ratio(static_cast<double>(cell.token_bytes), inner);
  if (!totals.has_use) return row;
  row["tokens_seen"] = static_cast<std::uint64_t>(std::llround(cell.tokens_seen));
  row["percent_seen"] = 100 * ratio(cell.tokens_seen, totals.all.tokens_seen);
  row["epochs"] = ratio(cell.tokens_seen, static_cast<double>(cell.tokens));
  return row;
}

Json rows_by(const std::vector<CardCell>& cells, const CardTotals& totals,
             const std::function<std::string(const CardCell&)>& key) {
  std::map<std::string, CardCell> sums;
  for (const CardCell& cell : cells) sums[key(cell)].add(cell);
  std::vector<std::pair<std::string, const CardCell*>> order;
  for (const auto& [name, sum] : sums) order.emplace_back(name, &sum);
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return size_of(*a.second, totals) > size_of(*b.second, totals);
  });
  Json rows = Json::array();
  for (const auto& [name, sum] : order) {
    Json row = Json::object();
    row["name"] = name;
    const Json counts = cell_row(*sum, totals);
    for (const auto& [field, value] : counts.members()) row[field] = value;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lucie
