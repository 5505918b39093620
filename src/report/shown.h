// Figures of a JSON document as words: what is not there is said to be not measured; nothing is
// typed in, nothing is guessed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie {

inline constexpr const char* kNotMeasured = "not measured";

// The value at a dotted path ("train.final_loss"); nullptr when absent, null, or under something
// that is no object.
const Json* look(const Json& root, std::string_view path);
std::optional<double> figure(const Json& root, std::string_view path);  // finite numbers only
// The rows of an array at a dotted path; an empty list when it is not there.
const Json::Array& rows_at(const Json& root, std::string_view path);

std::string shown_text(const Json& root, std::string_view path);     // a string, as it is
std::string shown_count(const Json& root, std::string_view path);    // 15,812
std::string shown_size(const Json& root, std::string_view path);     // 41.2 MB
std::string shown_amount(const Json& root, std::string_view path);   // 3.41 M
std::string shown_seconds(const Json& root, std::string_view path);  // 6 min 12 s
std::string shown_fixed(const Json& root, std::string_view path, int decimals);
std::string shown_fixed(std::optional<double> value, int decimals);
std::string with_commas(double count);

// "fr" -> "French", "en-fr" -> "English and French"; else the code itself.
std::string language_name(std::string_view code);

}  // namespace lucie
