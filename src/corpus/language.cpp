#include "corpus/language.h"

#include <algorithm>
// CLD2's public header does not compile without these two before it.
#include <cstdio>
#include <iterator>
#include <limits>
#include <vector>

#include <cld2/public/compact_lang_det.h>

namespace lucie {

namespace {

// On short texts CLD2 takes a language for its smaller neighbour: of 213 Spanish help pages that it
// found foreign, 44 were called Galician, and all of them were Spanish.
struct Neighbours {
  std::string_view declared, found;
};
constexpr Neighbours kNeighbours[] = {
    {"es", "gl"}, {"fr", "oc"}, {"it", "co"}, {"de", "lb"}, {"en", "sco"},
};

bool are_neighbours(std::string_view declared, std::string_view found) {
  return std::any_of(std::begin(kNeighbours), std::end(kNeighbours), [&](const Neighbours& pair) {
    return pair.declared == declared && pair.found == found;
  });
}

}  // namespace

LanguageCheck check_language(std::string_view text, std::string_view declared) {
  const auto length = static_cast<int>(std::min<std::size_t>(
      text.size(), static_cast<std::size_t>(std::numeric_limits<int>::max())));
  CLD2::Language languages[3];
  int percents[3];
  int text_bytes = 0;
  bool reliable = false;
  const CLD2::Language top = CLD2::ExtDetectLanguageSummary(
      text.data(), length, /*is_plain_text=*/true, languages, percents, &text_bytes, &reliable);
  LanguageCheck check;
  if (top != CLD2::UNKNOWN_LANGUAGE) check.looks_like = CLD2::LanguageCode(top);
  for (int i = 0; i < 3; ++i) {
    if (declared == CLD2::LanguageCode(languages[i])) check.percent = percents[i];
  }
  // CLD2's answers on less than some 100 letters are guesses.
  constexpr int kTooShort = 100;
  check.matches = check.looks_like.empty() || check.looks_like == declared || !reliable ||
                  are_neighbours(declared, check.looks_like) || text_bytes < kTooShort ||
                  check.percent >= 50;
  return check;
}

}  // namespace lucie
