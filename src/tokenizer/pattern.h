// What a Replace or Split rule of tokenizer.json looks for: a string or a regular expression.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tokenizer/regex.h"

namespace lucie {

class Pattern {
 public:
  // {"String": "..."} or {"Regex": "..."}, or a plain string.
  Pattern(const Json& json, const std::string& place);
  static Pattern from_regex(std::string_view regex, const std::string& place);

  void for_each_match(std::string_view text, const std::function<void(Span)>& found) const;
  // Every match replaced by `content`.
  std::string replace_all(std::string_view text, std::string_view content) const;

  const std::string& source() const { return source_; }
  bool is_regex() const { return regex_.has_value(); }

 private:
  Pattern() = default;
  std::string source_;
  std::optional<Regex> regex_;
};

}  // namespace lucie
