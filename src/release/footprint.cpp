#include "release/footprint.h"

#include <fmt/format.h>

#include "release/figures.h"

namespace lucie {

namespace {

constexpr double kJoulesPerKwh = 3.6e6;
constexpr double kSecondsPerHour = 3600;

std::string shown_or(const Json& results, const char* path, const char* unit) {
  const auto value = figure(results, path);
  return value ? fmt::format("{:.3g} {}", *value, unit) : kNotMeasured;
}

}  // namespace

Json footprint(const Json& results, const Json& release) {
  Json json = Json::object();
  const auto parameters = figure(results, "model.parameters");
  const auto pretraining = figure(results, "train.tokens");
  const double tokens = pretraining.value_or(0) + figure(results, "finetune.tokens").value_or(0);
  if (parameters && pretraining) json["flop"] = 6 * *parameters * tokens;
  const auto joules = figure(results, "energy.joules");
  if (!joules) return json;
  const double kwh = *joules / kJoulesPerKwh;
  json["kwh"] = kwh;
  if (tokens > 0) json["joules_per_token"] = *joules / tokens;
  if (const auto grams = figure(release, "grid.gco2e_per_kwh")) {
    json["gco2e"] = kwh * *grams;
    json["grid"] = release.at("grid");
  }
  const auto per_kwh = figure(release, "cost.per_kwh"), per_hour = figure(release, "cost.per_hour");
  const auto seconds = figure(results, "timing.total_seconds");
  if (per_kwh || (per_hour && seconds)) {
    json["cost"] =
        kwh * per_kwh.value_or(0) + seconds.value_or(0) / kSecondsPerHour * per_hour.value_or(0);
    json["currency"] = release.at("cost").get("currency", "");
  }
  return json;
}

Table footprint_table(const Json& results) {
  Table table{{{"what"}, {"value", true}}, {}};
  table.rows.push_back(
      {"training compute (6 x parameters x tokens)", shown_or(results, "footprint.flop", "FLOP")});
  table.rows.push_back({"energy", shown_energy(results)});
  table.rows.push_back(
      {"energy per token read", shown_or(results, "footprint.joules_per_token", "J")});
  std::string carbon = shown_or(results, "footprint.gco2e", "g CO2e");
  if (const auto grams = figure(results, "footprint.grid.gco2e_per_kwh")) {
    carbon += fmt::format(" (declared: {:.3g} g a kWh{})", *grams,
                          look(results, "footprint.grid.source") == nullptr
                              ? ""
                              : ", " + shown_text(results, "footprint.grid.source"));
  }
  table.rows.push_back({"carbon", carbon});
  const std::string currency = look(results, "footprint.currency") == nullptr
                                   ? ""
                                   : shown_text(results, "footprint.currency");
  table.rows.push_back(
      {"cost, as declared", shown_or(results, "footprint.cost", currency.c_str())});
  return table;
}

}  // namespace lucie
