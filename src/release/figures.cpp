#include "release/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace lucie {

namespace {

std::optional<double> bits_at(const Json* scores, const std::string& language) {
  const Json* entry = scores == nullptr ? nullptr : scores->find(language);
  return entry == nullptr ? std::nullopt : figure(*entry, "bits_per_byte");
}

// "fr, de and es"
std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return join(names, "");
  std::vector<std::string> first(names.begin(), names.end() - 1);
  return join(first, ", ") + " and " + names.back();
}

void compare(const Json& results, const std::string& baseline, const std::string& name,
             std::vector<std::string>* sentences) {
  const auto model = model_bits(results, "base", "all");
  const auto other = baseline_bits(results, baseline, "all");
  if (!model || !other || *other <= 0) {
    sentences->push_back("Against " + name + ": " + kNotMeasured + ".");
    return;
  }
  const double percent = 100 * (1 - *model / *other);
  sentences->push_back(fmt::format("Overall {:.3f} bits per byte, {:.1f} % {} {} ({:.3f}).", *model,
                                   std::abs(percent), percent >= 0 ? "below" : "above", name,
                                   *other));
  std::vector<std::string> not_beaten;
  for (const std::string& language : scored_languages(results)) {
    const auto a = model_bits(results, "base", language);
    const auto b = baseline_bits(results, baseline, language);
    if (a && b && *a >= *b) not_beaten.push_back(language_name(language));
  }
  if (!not_beaten.empty()) {
    sentences->push_back("It does not beat " + name + " on " + listed(not_beaten) + ".");
  }
}

}  // namespace

std::string joules_in_words(double joules) {
  if (joules >= 3.6e6) return fmt::format("{:.3g} kWh", joules / 3.6e6);
  if (joules >= 1000) return fmt::format("{:.3g} kJ", joules / 1000);
  return fmt::format("{:.3g} J", joules);
}

std::string shown_energy(const Json& results) {
  const auto joules = figure(results, "energy.joules");
  if (!joules) return kNotMeasured;
  const Json& energy = results.at("energy");
  std::string method = energy.get("method", "");
  if (!energy.get("measured", false) && !method.starts_with("estimate")) {
    method = method.empty() ? "estimate" : "estimate: " + method;
  }
  return joules_in_words(*joules) + (method.empty() ? "" : " (" + method + ")");
}

std::vector<std::string> scored_languages(const Json& results) {
  std::vector<std::string> languages;
  const auto add = [&](const std::string& name) {
    const bool known = std::find(languages.begin(), languages.end(), name) != languages.end();
    if (name != "all" && !known) languages.push_back(name);
  };
  const Json* scores = look(results, "eval.base.bits_per_byte");
  if (scores == nullptr) scores = look(results, "baselines");
  if (scores == nullptr) return languages;
  if (const Json* rows = look(results, "corpus.by_language"); rows != nullptr && rows->is_array()) {
    for (const Json& row : rows->items()) {
      if (scores->find(row.get("name", "")) != nullptr) add(row.get("name", ""));
    }
  }
  if (scores->is_object()) {
    for (const auto& [name, score] : scores->members()) add(name);
  }
  return languages;
}

std::optional<double> model_bits(const Json& results, const std::string& model,
                                 const std::string& language) {
  const Json* models = look(results, "eval");
  const Json* entry = models == nullptr ? nullptr : models->find(model);
  return entry == nullptr ? std::nullopt : bits_at(entry->find("bits_per_byte"), language);
}

std::optional<double> baseline_bits(const Json& results, const std::string& baseline,
                                    const std::string& language) {
  const Json* baselines = look(results, "baselines");
  const Json* entry = baselines == nullptr ? nullptr : baselines->find(language);
  return entry == nullptr ? std::nullopt : figure(*entry, baseline);
}

std::vector<std::string> verdict_on_bits(const Json& results) {
  std::vector<std::string> sentences;
  compare(results, "byte_5gram", "the byte 5-gram", &sentences);
  compare(results, "xz", "xz -9e", &sentences);
  return sentences;
}

std::vector<std::string> natural_languages(const Json& results) {
  std::vector<std::string> languages;
  const Json* rows = look(results, "corpus.by_language");
  if (rows == nullptr || !rows->is_array()) return languages;
  for (const Json& row : rows->items()) {
    const std::string name = row.get("name", "");
    if (name.size() == 2 || name.size() == 3) languages.push_back(name);
  }
  return languages;
}

}  // namespace lucie
