#include "pipeline/mixture_report.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "corpus/measured_mixture.h"
#include "pipeline/training.h"

namespace lucie {

namespace {

constexpr std::size_t kNameWidth = 28;

std::string cut(std::string text, std::size_t width) {
  if (text.size() > width) text = text.substr(0, width - 3) + "...";
  return text;
}

// "2019, > 4096" where years and lengths are told apart.
std::string part_of(const Json& row) {
  std::string part = row.get("year", "");
  if (const std::int64_t length = row.get("longer_than", 0); length > 0) {
    part += fmt::format("{}> {}", part.empty() ? "" : ", ", length);
  }
  return part;
}

}  // namespace

Json mixture_tables(const Recipe& recipe, const Json& token_stats) {
  const std::vector<MeasuredGroup> groups =
      measured_groups(token_stats, SourceRegistry::from_json(recipe.section("sources")));
  Json tables = Json::array();
  for (const PhaseSettings& phase : train_settings(recipe.section("train")).phases) {
    const PhaseExtent extent = phase_extent(phase);
    if (extent.samples == 0) continue;
    Json table = Json::object();
    table["phase"] = phase.name;
    table["tokens"] = extent.tokens;
    try {
      table["rows"] =
          table_to_json(phase_table(groups, phase_mixture(recipe, phase), phase.sequence_length,
                                    static_cast<std::uint64_t>(extent.samples)));
    } catch (const Error& error) {
      fail(error.code(), "phase " + phase.name + ": " + error.message(), error.place(),
           error.hint());
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

std::string mixture_text(const Json& tables) {
  std::string text;
  for (const Json& table : tables.items()) {
    text += fmt::format("\nphase {}, {} tokens\n", table.at("phase").as_string(),
                        human_count(table.at("tokens").as_double()));
    text += fmt::format("{:<{}} {:<14} {:<8} {:<14} {:>12} {:>14} {:>8} {:>8} {:>14} {:>8}\n",
                        "source", kNameWidth, "category", "language", "part", "documents", "tokens",
                        "% asked", "% read", "tokens read", "epochs");
    for (const Json& row : table.at("rows").items()) {
      text += fmt::format(
          "{:<{}} {:<14} {:<8} {:<14} {:>12} {:>14} {:>8.3f} {:>8.3f} {:>14} {:>8.2f}\n",
          cut(row.get("source", ""), kNameWidth), kNameWidth, cut(row.get("category", ""), 14),
          row.get("language", ""), part_of(row), row.at("documents").as_int(),
          row.at("tokens").as_int(), row.at("percent_asked").as_double(),
          row.at("percent_seen").as_double(), row.at("tokens_seen").as_int(),
          row.at("epochs").as_double());
    }
  }
  return text;
}

}  // namespace lucie
