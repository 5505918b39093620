#include "report/shown.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/text.h"

namespace lucie {

namespace {

template <typename Show>
std::string shown(const Json& root, std::string_view path, Show show) {
  const std::optional<double> value = figure(root, path);
  return value ? show(*value) : kNotMeasured;
}

}  // namespace

const Json* look(const Json& root, std::string_view path) {
  const Json* value = &root;
  for (const std::string& key : split(path, '.')) {
    value = value->find(key);
    if (value == nullptr || value->is_null()) return nullptr;
  }
  return value;
}

std::optional<double> figure(const Json& root, std::string_view path) {
  const Json* value = look(root, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->as_double();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

const Json::Array& rows_at(const Json& root, std::string_view path) {
  static const Json::Array none;
  const Json* rows = look(root, path);
  return rows != nullptr && rows->is_array() ? rows->items() : none;
}

std::string shown_text(const Json& root, std::string_view path) {
  const Json* value = look(root, path);
  const bool text = value != nullptr && value->is_string() && !value->as_string().empty();
  return text ? value->as_string() : kNotMeasured;
}

std::string with_commas(double count) {
  std::string digits = fmt::format("{:.0f}", std::abs(count));
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return (count <= -0.5 ? "-" : "") + digits;
}

std::string shown_count(const Json& root, std::string_view path) {
  return shown(root, path, with_commas);
}
std::string shown_size(const Json& root, std::string_view path) {
  return shown(root, path, human_bytes);
}
std::string shown_amount(const Json& root, std::string_view path) {
  return shown(root, path, human_count);
}
std::string shown_seconds(const Json& root, std::string_view path) {
  return shown(root, path, human_seconds);
}

std::string shown_fixed(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : kNotMeasured;
}
std::string shown_fixed(const Json& root, std::string_view path, int decimals) {
  return shown_fixed(figure(root, path), decimals);
}

std::string language_name(std::string_view code) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"en", "English"},    {"fr", "French"}, {"de", "German"},       {"es", "Spanish"},
      {"it", "Italian"},    {"code", "code"}, {"all", "all"},         {"aligned", "aligned pairs"},
      {"pt", "Portuguese"}, {"nl", "Dutch"},  {"und", "undetermined"}};
  for (const auto& [known, name] : kNames) {
    if (code == known) return std::string(name);
  }
  const bool pair = code.size() == 5 && code[2] == '-' && code[3] >= 'a';  // no region: pt-BR
  if (!pair) return std::string(code);
  return language_name(code.substr(0, 2)) + " and " + language_name(code.substr(3));
}

}  // namespace lucie
