// Which language a text is in, by CLD2 (compact language detector 2), as a check on what the
// package says. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace lucie {

struct LanguageCheck {
  bool matches = true;     // or too short, or too unclear, to say otherwise
  std::string looks_like;  // code of the language found, "" when none
  int percent = 0;         // of the text that is in the declared language, as far as told
};

// `declared`: an ISO 639-1 code. A text is taken to be in another language when CLD2 is sure of
// that one and the declared language has less than half of it.
LanguageCheck check_language(std::string_view text, std::string_view declared);

}  // namespace lucie
