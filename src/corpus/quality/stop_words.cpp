// The stop words of which Gopher wants two in a text: its own eight for English, those of FineWeb-2
// for French, German, Spanish and Italian (configs/fra_Latn.yml and so on, where "l'" and "d'" are
// words; ours end before the apostrophe).
#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "corpus/quality/signals.h"

namespace lucie::quality {

namespace {

constexpr std::string_view kEnglish[] = {"the", "be", "to", "of", "and", "that", "have", "with"};
constexpr std::string_view kFrench[] = {"de", "la",  "le", "et",   "\xC3\xA0", "en",
                                        "l",  "des", "du", "les",  "est",      "d",
                                        "un", "une", "il", "dans", "par",      "au"};
constexpr std::string_view kGerman[] = {"der", "und", "die", "in",    "von",
                                        "im",  "den", "des", "mit",   "das",
                                        "er",  "dem", "als", "wurde", "f\xC3\xBCr"};
constexpr std::string_view kSpanish[] = {"de",  "la", "en",  "el", "y",   "a",   "que", "del",
                                         "los", "se", "por", "un", "con", "una", "las", "su"};
constexpr std::string_view kItalian[] = {"di",  "e",   "il",       "la",    "in", "a",
                                         "del", "che", "\xC3\xA8", "della", "un", "per",
                                         "nel", "l",   "con",      "da",    "i",  "una"};

std::span<const std::string_view> stop_words_of(std::string_view language) {
  if (language == "fr") return kFrench;
  if (language == "de") return kGerman;
  if (language == "es") return kSpanish;
  if (language == "it") return kItalian;
  return kEnglish;
}

}  // namespace

std::size_t count_stop_words(std::string_view text, const TextScan& scan,
                             std::string_view language) {
  const std::span<const std::string_view> list = stop_words_of(language);
  std::size_t longest = 0;
  for (const std::string_view word : list) longest = std::max(longest, word.size());
  std::uint32_t met = 0;  // a bit a stop word
  for (const Word& word : scan.words) {
    if (word.bytes > longest) continue;
    const std::string_view written = text.substr(word.begin, word.bytes);
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].front() == written.front() && list[i] == written) met |= std::uint32_t{1} << i;
    }
  }
  return static_cast<std::size_t>(std::popcount(met));
}

}  // namespace lucie::quality
