#include "corpus/readers/wiki_templates.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace lucie {

namespace {

enum class Keep {
  kFirst,     // the first argument
  kSecond,    // the second
  kLast,      // the last
  kJoin,      // all, with spaces between
  kTwo,       // the first two: a number and its unit
  kQuote,     // the first, or that named text, texte, quote, ...: a paragraph of its own
  kCentury,   // {{s|XIX|e}}
  kCenturyBc  // {{-s|V|e}}
};

struct Template {
  std::string_view name;  // lower case
  Keep keep;
};

constexpr std::array kTemplates = {
    Template{"lang", Keep::kSecond},
    Template{"langue", Keep::kSecond},
    Template{"lingua", Keep::kSecond},
    Template{"transl", Keep::kLast},
    Template{"transliteration", Keep::kLast},
    Template{"nowrap", Keep::kFirst},
    Template{"nobr", Keep::kFirst},
    Template{"nobreak", Keep::kFirst},
    Template{"small", Keep::kFirst},
    Template{"smaller", Keep::kFirst},
    Template{"petit", Keep::kFirst},
    Template{"big", Keep::kFirst},
    Template{"abbr", Keep::kFirst},
    Template{"abr\xC3\xA9v", Keep::kFirst},
    Template{"abr\xC3\xA9viation", Keep::kFirst},
    Template{"nombre", Keep::kTwo},
    Template{"nb", Keep::kTwo},
    Template{"unit\xC3\xA9", Keep::kTwo},
    Template{"unit\xC3\xA9/2", Keep::kTwo},
    Template{"unidad", Keep::kTwo},
    Template{"convert", Keep::kTwo},
    Template{"cvt", Keep::kTwo},
    Template{"val", Keep::kFirst},
    Template{"date", Keep::kJoin},
    Template{"date-", Keep::kJoin},
    Template{"fecha", Keep::kJoin},
    Template{"circa", Keep::kFirst},
    Template{"exp", Keep::kFirst},
    Template{"ind", Keep::kFirst},
    Template{"sub", Keep::kFirst},
    Template{"sup", Keep::kFirst},
    Template{"lien", Keep::kFirst},
    Template{"ill", Keep::kFirst},
    Template{"interlanguage link", Keep::kFirst},
    Template{"esd", Keep::kFirst},
    Template{"versalitas", Keep::kFirst},
    Template{"sc", Keep::kFirst},
    Template{"smallcaps", Keep::kFirst},
    Template{"pc", Keep::kFirst},
    Template{"maiuscoletto", Keep::kFirst},
    Template{"citation", Keep::kQuote},
    Template{"citation bloc", Keep::kQuote},
    Template{"quote", Keep::kQuote},
    Template{"blockquote", Keep::kQuote},
    Template{"cquote", Keep::kQuote},
    Template{"quotation", Keep::kQuote},
    Template{"zitat", Keep::kQuote},
    Template{"citazione", Keep::kQuote},
    Template{"cita", Keep::kQuote},
    Template{"s", Keep::kCentury},
    Template{"s-", Keep::kCentury},
    Template{"s mini", Keep::kCentury},
    Template{"-s", Keep::kCenturyBc},
    Template{"-s-", Keep::kCenturyBc},
};

struct Literal {
  std::string_view name, text;
};
constexpr std::array kLiterals = {
    Literal{"!", "|"},
    Literal{"=", "="},
    Literal{"'", "'"},
    Literal{"nbsp", " "},
    Literal{"ndash", "\xE2\x80\x93"},
    Literal{"mdash", "\xE2\x80\x94"},
    Literal{"snd", " \xE2\x80\x93 "},
    Literal{"spaced ndash", " \xE2\x80\x93 "},
    Literal{"1er", "1er"},
    Literal{"1re", "1re"},
    Literal{"ier", "Ier"},
    Literal{"e", "e"},
    Literal{"er", "er"},
    Literal{"av jc", "av. J.-C."},
    Literal{"apr jc", "apr. J.-C."},
};

struct Arguments {
  std::vector<std::string> positional;  // from 0
  std::string quote;                    // text=, texte=, quote=, ...
  std::string local;                    // fr= of {{lien}}, lt= of {{ill}}
};

// "1=a" and "texte=a" are named; what looks like markup before "=" is no name.
Arguments read_arguments(const std::vector<std::string>& parts) {
  Arguments arguments;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    const std::size_t equals = part.find('=');
    const std::string name = to_lower_ascii(trim(part.substr(0, equals)));
    if (equals == std::string_view::npos || name.find_first_of("<[{\n") != std::string::npos) {
      arguments.positional.emplace_back(trim(part));
      continue;
    }
    const std::string value(trim(part.substr(equals + 1)));
    const std::int64_t number = parse_int(name).value_or(0);
    if (number >= 1 && number < 20) {
      const auto place = static_cast<std::size_t>(number);
      if (arguments.positional.size() < place) arguments.positional.resize(place);
      arguments.positional[place - 1] = value;
    } else if (name == "text" || name == "texte" || name == "quote" || name == "testo" ||
               name == "citation") {
      arguments.quote = value;
    } else if (name == "fr" || name == "lt") {
      arguments.local = value;
    }
  }
  return arguments;
}

std::string keep(const Arguments& arguments, Keep what) {
  const std::vector<std::string>& list = arguments.positional;
  const auto at = [&](std::size_t i) { return i < list.size() ? list[i] : std::string(); };
  const auto century = [&] {
    return at(0) + (list.size() > 1 ? list[1] : "e") + " si\xC3\xA8" + "cle";
  };
  switch (what) {
    case Keep::kFirst:
      return arguments.local.empty() ? at(0) : arguments.local;
    case Keep::kSecond:
      return arguments.quote.empty() ? at(1) : arguments.quote;
    case Keep::kLast:
      return list.empty() ? "" : list.back();
    case Keep::kJoin:
      return std::string(trim(join(list, " ")));
    case Keep::kTwo:
      return std::string(trim(at(0) + " " + at(1)));
    case Keep::kQuote:
      return "\n\n" + (arguments.quote.empty() ? at(0) : arguments.quote) + "\n\n";
    case Keep::kCentury:
      return century();
    case Keep::kCenturyBc:
      return century() + " av. J.-C.";
  }
  return {};
}

}  // namespace

std::string expand_template(const std::vector<std::string>& parts) {
  const std::string_view first = trim(parts.front());
  std::string name = to_lower_ascii(first);
  std::replace(name.begin(), name.end(), '_', ' ');
  for (const Literal& literal : kLiterals) {
    if (name == literal.name) return std::string(literal.text);
  }
  // {{formatnum:123}}, {{lc:Word}}: the argument stands in the name.
  for (const std::string_view function : {"formatnum:", "lc:", "uc:", "lcfirst:", "ucfirst:"}) {
    if (name.starts_with(function)) return std::string(trim(first.substr(function.size())));
  }
  if (name.starts_with("lang-") && name.size() <= 12) {
    return keep(read_arguments(parts), Keep::kFirst);
  }
  for (const Template& entry : kTemplates) {
    if (name == entry.name) return keep(read_arguments(parts), entry.keep);
  }
  return {};
}

}  // namespace lucie
