#include "tokenizer/pattern.h"

#include "base/error.h"

namespace lucie {

Pattern::Pattern(const Json& json, const std::string& place) {
  if (json.is_string()) {
    source_ = json.as_string();
  } else if (const Json* text = json.find("String"); text != nullptr) {
    source_ = text->as_string();
    if (source_.empty()) regex_.emplace(source_, place);  // matches between all characters
  } else if (const Json* regex = json.find("Regex"); regex != nullptr) {
    source_ = regex->as_string();
    regex_.emplace(source_, place);
  } else {
    fail(ErrorCode::kUnsupported, "pattern is neither String nor Regex", place);
  }
}

Pattern Pattern::from_regex(std::string_view regex, const std::string& place) {
  Pattern pattern;
  pattern.source_ = regex;
  pattern.regex_.emplace(regex, place);
  return pattern;
}

void Pattern::for_each_match(std::string_view text, const std::function<void(Span)>& found) const {
  if (regex_) return regex_->for_each_match(text, found);
  if (source_.empty()) return;
  for (std::size_t at = text.find(source_); at != std::string_view::npos;
       at = text.find(source_, at + source_.size())) {
    found({at, at + source_.size()});
  }
}

std::string Pattern::replace_all(std::string_view text, std::string_view content) const {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  std::size_t copied = 0;
  for_each_match(text, [&](Span match) {
    out += text.substr(copied, match.begin - copied);
    out += content;
    copied = match.end;
  });
  out += text.substr(copied);
  return out;
}

}  // namespace lucie
