#include "corpus/measured_mixture.h"

#include <cmath>
#include <map>

#include "corpus/packing.h"

namespace lucie {

namespace {

std::uint64_t number(const Json& json, const char* key) {
  return static_cast<std::uint64_t>(json.at(key).as_int());
}

// Adds one source's documents in one language to the group that they are in.
void add_row(const GroupKey& key, const std::string& language, const Json& tally,
             MeasuredGroup* group) {
  MixtureRow row{key, number(tally, "documents"), number(tally, "tokens")};
  row.key.language = language;
  group->tokens += row.tokens;
  group->rows.push_back(std::move(row));
}

}  // namespace

std::vector<MeasuredGroup> measured_groups(const Json& token_stats,
                                           const SourceRegistry& registry) {
  const Json& train = token_stats.at("train");
  const auto add_rows = [&](const Json& sources, auto group_of) {
    for (const auto& [id, languages] : sources.members()) {
      const Source* source = registry.find(id);
      for (const auto& [language, tally] : languages.members()) {
        MeasuredGroup& group = group_of(language);
        GroupKey key = group.key;
        key.source = id;
        key.category = source == nullptr ? "other" : source->category;
        add_row(key, language, tally, &group);
      }
    }
  };
  std::vector<MeasuredGroup> groups;
  if (const Json* finer = train.find("groups")) {
    for (const auto& [name, described] : finer->members()) {
      groups.push_back({GroupKey::from_json(described), 0, {}});
      add_rows(described.at("by_source_language"),
               [&](const std::string&) -> MeasuredGroup& { return groups.back(); });
    }
    return groups;
  }
  std::map<std::string, MeasuredGroup> plain;
  add_rows(train.at("by_source_language"), [&](const std::string& language) -> MeasuredGroup& {
    MeasuredGroup& group = plain[mixture_group(language)];
    group.key.language = mixture_group(language);
    return group;
  });
  for (auto& [name, group] : plain) groups.push_back(std::move(group));
  return groups;
}

MixtureTable phase_table(const std::vector<MeasuredGroup>& groups, const Mixture& mixture,
                         std::int64_t sequence_length, std::uint64_t samples) {
  std::vector<MixtureRow> windows;
  for (const MeasuredGroup& group : groups) {
    windows.push_back({group.key, 0, windows_in(group.tokens, sequence_length)});
  }
  MixtureTable resolved = resolve_mixture(windows, mixture, static_cast<double>(samples));
  MixtureTable table{{}, std::move(resolved.notes)};
  const auto seen = static_cast<double>(samples) * static_cast<double>(sequence_length);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    for (const MixtureRow& row : groups[k].rows) {
      const double part = static_cast<double>(row.tokens) / static_cast<double>(groups[k].tokens);
      const MixtureTableRow& whole = resolved.rows[k];
      const double tokens_seen = part * whole.share * seen;
      const auto tokens = static_cast<double>(row.tokens);
      table.rows.push_back({row, part * whole.weight, part * whole.share, tokens_seen,
                            row.tokens == 0 ? 0 : tokens_seen / tokens});
    }
  }
  return table;
}

Json table_to_json(const MixtureTable& table) {
  Json rows = Json::array();
  for (const MixtureTableRow& entry : table.rows) {
    Json row = entry.row.key.to_json();
    row["documents"] = entry.row.documents;
    row["tokens"] = entry.row.tokens;
    row["percent_asked"] = 100 * entry.weight;
    row["percent_seen"] = 100 * entry.share;
    row["tokens_seen"] = static_cast<std::uint64_t>(std::llround(entry.tokens_seen));
    row["epochs"] = entry.epochs;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lucie
