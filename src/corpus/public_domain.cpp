#include "corpus/public_domain.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// "1923", "1923-05-01", "-43": the year.
std::optional<int> read_year(std::string_view date) {
  date = trim(date);
  const std::size_t rest = date.find_first_not_of("0123456789", date.starts_with('-') ? 1 : 0);
  if (rest != std::string_view::npos && date[rest] != '-') return std::nullopt;
  const std::optional<std::int64_t> year = parse_int(date.substr(0, rest));
  if (!year || *year < -9999 || *year > 9999) return std::nullopt;
  return static_cast<int>(*year);
}

// Of several authors all must be known.
std::optional<int> last_year(std::string_view years) {
  std::string with_one_separator(years);
  std::replace(with_one_separator.begin(), with_one_separator.end(), ';', ',');
  std::optional<int> last;
  for (const std::string& part : split(with_one_separator, ',')) {
    const std::optional<int> year = read_year(part);
    if (!year) return std::nullopt;
    last = std::max(last.value_or(*year), *year);
  }
  return last;
}

std::optional<int> read_term(const Json& rule, const char* key) {
  const Json* value = rule.find(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const std::int64_t years = value->as_int();
  if (years < 0 || years > 1000) {
    fail(ErrorCode::kInvalidArgument, std::string(key) + " is no number of years", value->place(),
         "for example 70");
  }
  return static_cast<int>(years);
}

PublicDomainRule read_rule(const std::string& source, const Json& json) {
  refuse_unknown_keys(json, {"after_death", "after_publication", "unknown"},
                      "corpus.public_domain.sources." + source);
  PublicDomainRule rule;
  rule.years_after_death = read_term(json, "after_death");
  rule.years_after_publication = read_term(json, "after_publication");
  if (!rule.years_after_death && !rule.years_after_publication) {
    fail(ErrorCode::kInvalidArgument, "no term for source " + source, json.place(),
         "as in {after_death: 70}");
  }
  const std::string unknown = json.get("unknown", "drop");
  if (unknown != "drop" && unknown != "keep") {
    fail(ErrorCode::kInvalidArgument, "unknown is '" + unknown + "'", json.place(),
         "one of drop, keep");
  }
  rule.keep_unknown = unknown == "keep";
  return rule;
}

}  // namespace

PublicDomainSettings PublicDomainSettings::from_json(const Json& json) {
  refuse_unknown_keys(json, {"year", "sources"}, "corpus.public_domain");
  PublicDomainSettings settings;
  const std::int64_t year = json.at("year").as_int();
  if (year < 1700 || year > 9999) {
    fail(ErrorCode::kInvalidArgument, "corpus.public_domain.year is no year", json.place(),
         "the year in which the corpus is used");
  }
  settings.year = static_cast<int>(year);
  for (const auto& [source, rule] : json.at("sources").members()) {
    settings.by_source[source] = read_rule(source, rule);
  }
  return settings;
}

std::string not_in_public_domain(std::string_view source, std::string_view died,
                                 std::string_view published, const PublicDomainSettings& settings) {
  const auto found = settings.by_source.find(source);
  if (found == settings.by_source.end()) return {};
  const PublicDomainRule& rule = found->second;
  bool is_known = false;
  const auto is_over = [&](const std::optional<int>& term, const std::optional<int>& since) {
    if (!term || !since) return false;
    is_known = true;
    return *since + *term < settings.year;
  };
  if (is_over(rule.years_after_death, last_year(died)) ||
      is_over(rule.years_after_publication, read_year(published))) {
    return {};
  }
  if (!is_known) return rule.keep_unknown ? "" : "dates unknown";
  return "still in copyright";
}

}  // namespace lucie
