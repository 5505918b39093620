// Figures of results.json (docs/formats/results.md) as words, on top of report/shown.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "report/shown.h"

namespace lucie {

std::string joules_in_words(double joules);  // 2.81 kJ, 12.4 kWh
// Energy with how it was found: "2.81 kJ (estimate: 7.5 W per thread)".
std::string shown_energy(const Json& results);

// Groups that held-out text was scored for, without "all": in the order of the corpus.
std::vector<std::string> scored_languages(const Json& results);
// Bits per byte of a model ("base", "instruct", "q8_0") or baseline ("xz", "byte_5gram",
// "xz_primed", "token_5gram") on a language or "all".
std::optional<double> model_bits(const Json& results, const std::string& model,
                                 const std::string& language);
std::optional<double> baseline_bits(const Json& results, const std::string& baseline,
                                    const std::string& language);
// How the base model stands to the byte 5-gram and xz, and what it does not beat; one sentence
// each.
std::vector<std::string> verdict_on_bits(const Json& results);

// The natural languages of the corpus, in its order: no "code", no pairs.
std::vector<std::string> natural_languages(const Json& results);

}  // namespace lucie
