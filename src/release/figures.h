// Figures of results.json (docs/formats/results.md) as words. What is not there is said to be not
// measured; nothing is typed in, nothing is guessed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lucie {

inline constexpr const char* kNotMeasured = "not measured";

// The value at a dotted path ("train.final_loss"); nullptr when absent, null, or under something
// that is no object.
const Json* look(const Json& root, std::string_view path);
std::optional<double> figure(const Json& root, std::string_view path);  // finite numbers only

std::string shown_text(const Json& root, std::string_view path);     // a string, as it is
std::string shown_count(const Json& root, std::string_view path);    // 15,812
std::string shown_size(const Json& root, std::string_view path);     // 41.2 MB
std::string shown_amount(const Json& root, std::string_view path);   // 3.41 M
std::string shown_seconds(const Json& root, std::string_view path);  // 6 min 12 s
std::string shown_fixed(const Json& root, std::string_view path, int decimals);
std::string shown_fixed(std::optional<double> value, int decimals);
std::string with_commas(double count);
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
std::string language_name(std::string_view code);  // "fr" -> "French"; else the code itself

}  // namespace lucie
