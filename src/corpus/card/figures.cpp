// The counts of the stages -> card.json.
#include <algorithm>
#include <map>

#include "corpus/card/composition.h"
#include "corpus/card/data_card.h"
#include "corpus/mixture.h"

namespace lucie {

namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t number(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr && value->is_int() ? static_cast<std::uint64_t>(value->as_int()) : 0;
}

CardTotals totals_of(const std::vector<CardCell>& cells, const DataCardInput& input) {
  CardTotals totals;
  for (const CardCell& cell : cells) totals.all.add(cell);
  totals.has_tokens = totals.all.tokens > 0;
  totals.has_use = totals.has_tokens && !input.use.empty();
  return totals;
}

// Every cell, by category and within it by size: the large table of the card.
Json composition_rows(std::vector<CardCell> cells, const CardTotals& totals) {
  std::map<std::string, std::uint64_t> categories;
  for (const CardCell& cell : cells) categories[cell.category] += size_of(cell, totals);
  std::stable_sort(cells.begin(), cells.end(), [&](const CardCell& a, const CardCell& b) {
    if (a.category != b.category) {
      const auto size_a = categories.at(a.category), size_b = categories.at(b.category);
      return size_a != size_b ? size_a > size_b : a.category < b.category;
    }
    return size_of(a, totals) > size_of(b, totals);
  });
  Json rows = Json::array();
  for (const CardCell& cell : cells) {
    Json row = Json::object();
    row["category"] = cell.category;
    row["source"] = cell.source;
    row["language"] = cell.language;
    row["terms"] = cell.terms;
    const Json counts = cell_row(cell, totals);
    for (const auto& [field, value] : counts.members()) row[field] = value;
    rows.push_back(std::move(row));
  }
  return rows;
}

// Languages, pairs of them together, by categories: what of the size stands in each.
Json crossed_rows(const std::vector<CardCell>& cells, const CardTotals& totals) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> sums;
  for (const CardCell& cell : cells) {
    sums[{mixture_group(cell.language), cell.category}] += size_of(cell, totals);
  }
  Json rows = Json::array();
  for (const auto& [key, size] : sums) {
    Json row = Json::object();
    row["group"] = key.first;
    row["category"] = key.second;
    row["size"] = size;
    rows.push_back(std::move(row));
  }
  return rows;
}

// Licences are counted by document; tokens are known by licence too, up-sampling is not.
Json licence_rows(const DataCardInput& input, const CardTotals& totals) {
  const Json* train_tokens = input.token_stats.find("train");
  const Json* tokens = train_tokens == nullptr ? nullptr : train_tokens->find("by_licence");
  std::vector<CardCell> cells;
  for (const auto& [licence, tally] : input.corpus_stats.at("train").at("by_licence").members()) {
    CardCell cell;
    cell.source = licence;
    cell.documents = number(tally, "documents");
    cell.characters = number(tally, "characters");
    cell.words = number(tally, "words");
    cell.bytes = number(tally, "bytes");
    if (const Json* counted = tokens == nullptr ? nullptr : tokens->find(licence)) {
      cell.tokens = number(*counted, "tokens");
      cell.token_documents = number(*counted, "documents");
      cell.token_words = number(*counted, "words");
      cell.token_bytes = number(*counted, "bytes");
    }
    cells.push_back(std::move(cell));
  }
  CardTotals unweighted = totals;
  unweighted.has_use = false;
  return rows_by(cells, unweighted, [](const CardCell& cell) { return cell.source; });
}

Json mixture_rows(const std::vector<GroupUse>& use) {
  std::uint64_t all_tokens = 0, all_samples = 0;
  for (const GroupUse& group : use) {
    all_tokens += group.tokens;
    all_samples += group.samples;
  }
  Json rows = Json::array();
  for (const GroupUse& group : use) {
    Json row = Json::object();
    row["name"] = group.group;
    row["tokens"] = group.tokens;
    row["percent_before"] = percent(group.tokens, all_tokens);
    row["percent_declared"] = 100 * group.weight;
    row["percent_after"] = percent(group.samples, all_samples);
    row["epochs"] = group.epochs;
    rows.push_back(std::move(row));
  }
  return rows;
}

// The registry's entries, each with what came of it.
Json source_rows(const DataCardInput& input) {
  Json rows = input.sources.to_json();
  const Json& train = input.corpus_stats.at("train");
  const Json* crossed = train.find("by_source_licence");
  for (Json& row : rows.items()) {
    const Source& source = *input.sources.find(row.at("id").as_string());
    row["shown"] = source.allows(Use::kShown);
    row["under_negotiation"] = source.under_negotiation();
    for (const std::string& name : input.sources.jurisdictions()) {
      row["jurisdictions"][name] = source.jurisdiction(name);
    }
    const Json* licences = crossed == nullptr ? nullptr : crossed->find(source.id);
    row["licences"] = Json::array();
    if (licences == nullptr) continue;
    for (const auto& [licence, tally] : licences->members()) row["licences"].push_back(licence);
  }
  return rows;
}

// Documents read = kept + held out + dropped + damaged: stated so that anybody can add up.
Json account_of(const Json& stats) {
  std::uint64_t dropped = 0, failed = 0;
  for (const auto& [step, reasons] : stats.at("dropped").members()) {
    for (const auto& [reason, tally] : reasons.members()) dropped += number(tally, "documents");
  }
  if (const Json* failures = stats.find("failed")) {
    for (const auto& [reason, count] : failures->members()) {
      failed += static_cast<std::uint64_t>(count.is_int() ? count.as_int() : 0);
    }
  }
  Json account = Json::object();
  const std::uint64_t kept = number(stats.at("train").at("total"), "documents");
  const std::uint64_t held_out = number(stats.at("holdout").at("total"), "documents");
  account["read"] = kept + held_out + dropped + failed;
  account["kept"] = kept;
  account["held_out"] = held_out;
  account["dropped"] = dropped;
  account["damaged"] = failed;
  return account;
}

}  // namespace

Json card_figures(const DataCardInput& input) {
  const std::vector<CardCell> cells = card_cells(input);
  const CardTotals totals = totals_of(cells, input);
  const Json& stats = input.corpus_stats;
  Json figures = Json::object();
  figures["version"] = 2;
  figures["name"] = input.name;
  if (!input.description.empty()) figures["description"] = input.description;
  figures["total"] = cell_row(totals.all, totals);
  figures["by_language"] =
      rows_by(cells, totals, [](const CardCell& cell) { return cell.language; });
  // Pairs of languages together, as the mixture takes them.
  figures["by_group"] =
      rows_by(cells, totals, [](const CardCell& cell) { return mixture_group(cell.language); });
  figures["by_category"] =
      rows_by(cells, totals, [](const CardCell& cell) { return cell.category; });
  figures["by_source"] = rows_by(cells, totals, [](const CardCell& cell) { return cell.source; });
  figures["by_terms"] = rows_by(cells, totals, [](const CardCell& cell) { return cell.terms; });
  figures["by_licence"] = licence_rows(input, totals);
  figures["by_group_category"] = crossed_rows(cells, totals);
  figures["composition"] = composition_rows(cells, totals);
  figures["mixture"] = mixture_rows(input.use);
  if (!input.mixture_tables.is_null()) figures["mixture_by_phase"] = input.mixture_tables;
  figures["sources"] = source_rows(input);
  figures["jurisdictions"] = Json::array();
  for (const std::string& name : input.sources.jurisdictions()) {
    figures["jurisdictions"].push_back(name);
  }
  figures["account"] = account_of(stats);
  figures["holdout"] = stats.at("holdout").at("total");
  // Whatever the stage counted beyond the composition is passed on by name.
  for (const auto& [key, value] : stats.members()) {
    if (key != "version" && key != "train" && key != "holdout") figures[key] = value;
  }
  if (!input.samples.is_null()) figures["samples"] = input.samples;
  if (!input.files.is_null()) figures["files"] = input.files;
  if (!input.memorization.is_null()) figures["memorization"] = input.memorization;
  return figures;
}

}  // namespace lucie
