#include "corpus/spdx.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/text.h"

namespace lucie {

namespace {

struct Name {
  std::string_view debian;  // lower case
  std::string_view spdx;
};

// Debian's short names that are not SPDX identifiers already, without versions of the GNU licences
// (see gnu_licence).
constexpr Name kNames[] = {
    {"expat", "MIT"},
    {"mit", "MIT"},
    {"mit/x11", "MIT"},
    {"x11", "X11"},
    {"apache-2", "Apache-2.0"},
    {"artistic", "Artistic-1.0-Perl"},
    {"artistic-1", "Artistic-1.0"},
    {"artistic-2", "Artistic-2.0"},
    {"bsd-2-clause", "BSD-2-Clause"},
    {"bsd-3-clause", "BSD-3-Clause"},
    {"bsd-4-clause", "BSD-4-Clause-UC"},
    {"bsd", "BSD-3-Clause"},
    {"bsl-1", "BSL-1.0"},
    {"cc0", "CC0-1.0"},
    {"cc0-1", "CC0-1.0"},
    {"edl-1.0", "BSD-3-Clause"},
    {"linux-man-pages-copyleft", "Linux-man-pages-copyleft"},
    {"lppl-1.3", "LPPL-1.3c"},
    {"mpl-1.1", "MPL-1.1"},
    {"mpl-2", "MPL-2.0"},
    {"psf", "PSF-2.0"},
    {"psf-2", "PSF-2.0"},
    {"python-2", "Python-2.0"},
    {"public-domain", "LicenseRef-public-domain"},
    {"public domain", "LicenseRef-public-domain"},
    {"pd", "LicenseRef-public-domain"},
    {"zlib", "Zlib"},
    {"isc", "ISC"},
};

// Identifiers of the SPDX list that packages use as they are.
constexpr std::string_view kIdentifiers[] = {
    "0BSD",         "AFL-2.1",      "Apache-1.1",   "Apache-2.0",   "Artistic-1.0", "Artistic-2.0",
    "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",      "CC-BY-1.0",    "CC-BY-2.0",    "CC-BY-2.5",
    "CC-BY-3.0",    "CC-BY-4.0",    "CC-BY-SA-1.0", "CC-BY-SA-2.0", "CC-BY-SA-2.5", "CC-BY-SA-3.0",
    "CC-BY-SA-4.0", "CC0-1.0",      "CDDL-1.0",     "CECILL-2.1",   "CPL-1.0",      "EPL-1.0",
    "EPL-2.0",      "EUPL-1.2",     "FSFAP",        "FSFUL",        "FSFULLR",      "FTL",
    "HPND",         "ICU",          "IJG",          "ISC",          "LPPL-1.0",     "LPPL-1.3a",
    "LPPL-1.3c",    "Latex2e",      "MIT",          "MIT-0",        "MPL-1.0",      "MPL-1.1",
    "MPL-2.0",      "MS-PL",        "NCSA",         "OFL-1.0",      "OFL-1.1",      "OPL-1.0",
    "OpenSSL",      "PHP-3.01",     "PSF-2.0",      "PostgreSQL",   "Python-2.0",   "QPL-1.0",
    "Ruby",         "TCL",          "Unicode-3.0",  "Unlicense",    "Vim",          "W3C",
    "WTFPL",        "X11",          "ZPL-2.1",      "Zlib"};

struct Exception {
  std::string_view word;  // in the name of the exception, lower case
  std::string_view spdx;
};
constexpr Exception kExceptions[] = {{"font", "Font-exception-2.0"},
                                     {"autoconf", "Autoconf-exception-3.0"},
                                     {"bison", "Bison-exception-2.2"},
                                     {"classpath", "Classpath-exception-2.0"},
                                     {"gcc", "GCC-exception-3.1"},
                                     {"libtool", "Libtool-exception"},
                                     {"linking", "GPL-3.0-linking-exception"}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string licence_ref(std::string_view name) {
  std::string text = "LicenseRef-";
  for (const char c : name) {
    const bool plain = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';
    if (plain) {
      text += c;
    } else if (text.back() != '-') {
      text += '-';
    }
    if (text.size() > 80) break;
  }
  while (text.back() == '-') text.pop_back();
  return text == "LicenseRef" ? "NOASSERTION" : text;
}

// GPL, LGPL, AGPL and GFDL with version, "+", and for the last "NIV" (no invariant sections).
std::string gnu_licence(std::string_view lower) {
  struct Family {
    std::string_view prefix, spdx, oldest;
  };
  constexpr Family kFamilies[] = {{"gpl", "GPL", "1.0"},
                                  {"lgpl", "LGPL", "2.0"},
                                  {"agpl", "AGPL", "3.0"},
                                  {"gfdl", "GFDL", "1.1"},
                                  {"fdl", "GFDL", "1.1"}};
  for (const Family& family : kFamilies) {
    if (!lower.starts_with(family.prefix)) continue;
    std::string_view rest = lower.substr(family.prefix.size());
    bool later = false, no_invariants = false;
    for (const std::string_view mark : {"-niv", "-no-invariants", "-no-invariant"}) {
      const std::size_t at = rest.find(mark);
      if (at == std::string_view::npos) continue;
      no_invariants = true;
      // "-niv-1.3+" and "-1.3-no-invariants+" both occur.
      const std::string_view before = rest.substr(0, at), after = rest.substr(at + mark.size());
      later = later || after == "+";
      rest = after == "+" || after.empty() ? before : after;
      break;
    }
    if (rest.ends_with('+')) later = true, rest.remove_suffix(1);
    if (rest.ends_with("-or-later")) later = true, rest.remove_suffix(9);
    if (rest.ends_with("-only")) rest.remove_suffix(5);
    if (rest.starts_with('-')) rest.remove_prefix(1);
    if (rest.starts_with('v')) rest.remove_prefix(1);
    std::string version(rest);
    if (version.empty()) {  // no version: the licences say that any version may be chosen
      version = family.oldest;
      later = true;
    }
    if (!std::all_of(version.begin(), version.end(),
                     [](char c) { return is_digit(c) || c == '.'; })) {
      return {};
    }
    if (version.find('.') == std::string::npos) version += ".0";
    return std::string(family.spdx) + "-" + version + (no_invariants ? "-no-invariants" : "") +
           (later ? "-or-later" : "-only");
  }
  return {};
}

std::string single_licence(std::string_view name) {
  const std::string lower = to_lower_ascii(trim(name));
  if (lower.empty()) return "NOASSERTION";
  for (const Name& known : kNames) {
    if (lower == known.debian) return std::string(known.spdx);
  }
  for (const std::string_view identifier : kIdentifiers) {
    if (lower == to_lower_ascii(identifier)) return std::string(identifier);
  }
  if (std::string gnu = gnu_licence(lower); !gnu.empty()) return gnu;
  return licence_ref(trim(name));
}

// "NAME with OTHER exception"; DEP-5 puts the word exception last.
std::string with_exception(const std::vector<std::string>& words) {
  const auto with = std::find(words.begin(), words.end(), "with");
  if (with == words.end()) return single_licence(join(words, " "));
  const std::string licence = single_licence(join(std::vector(words.begin(), with), " "));
  const std::string exception = to_lower_ascii(join(std::vector(with + 1, words.end()), " "));
  for (const Exception& known : kExceptions) {
    if (exception.find(known.word) != std::string::npos) {
      return licence + " WITH " + std::string(known.spdx);
    }
  }
  return licence_ref(join(words, " "));
}

// Joins expressions; an OR inside an AND gets brackets.
std::string combine(const std::vector<std::string>& parts, std::string_view operation) {
  if (parts.size() == 1) return parts[0];
  std::vector<std::string> bracketed;
  for (const std::string& part : parts) {
    const bool brackets = operation == "AND" && part.find(" OR ") != std::string::npos;
    bracketed.push_back(part);
    if (brackets) bracketed.back().insert(0, 1, '(').append(1, ')');
  }
  std::string separator(1, ' ');
  separator.append(operation).append(1, ' ');
  return join(bracketed, separator);
}

// Words without commas: "and" binds before "or".
std::string expression(const std::vector<std::string>& words) {
  std::vector<std::string> alternatives, together, name;
  const auto end_name = [&] {
    if (!name.empty()) together.push_back(with_exception(name));
    name.clear();
  };
  const auto end_alternative = [&] {
    end_name();
    if (!together.empty()) alternatives.push_back(combine(together, "AND"));
    together.clear();
  };
  for (const std::string& word : words) {
    const std::string lower = to_lower_ascii(word);
    if (lower == "or" || lower == "and/or" || word == "|") {
      end_alternative();
    } else if (lower == "and" || word == "&") {
      end_name();
    } else {
      name.push_back(lower == "with" ? lower : word);
    }
  }
  end_alternative();
  return alternatives.empty() ? "NOASSERTION" : combine(alternatives, "OR");
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string& word : split(text, ' ')) {
    if (!trim(word).empty()) words.emplace_back(trim(word));
  }
  return words;
}

std::string lower_with_single_spaces(std::string_view text) {
  std::string tidy;
  for (const char c : to_lower_ascii(text)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      tidy += c;
    } else if (!tidy.empty() && tidy.back() != ' ') {
      tidy += ' ';
    }
  }
  return tidy;
}

// The version that follows a licence's name within some words, "" when none does.
std::string version_after(std::string_view text, std::size_t at) {
  const std::string_view near = text.substr(at, 160);
  const std::size_t word = near.find("version ");
  if (word == std::string_view::npos) return {};
  std::string version;
  for (std::size_t i = word + 8; i < near.size() && (is_digit(near[i]) || near[i] == '.'); ++i) {
    version += near[i];
  }
  while (version.ends_with('.')) version.pop_back();
  return version;
}

bool contains(std::string_view text, std::string_view phrase) {
  return text.find(phrase) != std::string_view::npos;
}

RecognisedLicence recognise_gnu(std::string_view text) {
  constexpr Name kGnu[] = {
      {"gnu free documentation license", "gfdl"},     {"gnu lesser general public license", "lgpl"},
      {"gnu library general public license", "lgpl"}, {"gnu affero general public license", "agpl"},
      {"gnu general public license", "gpl"},          {"gnu gpl", "gpl"}};
  for (const Name& gnu : kGnu) {
    const std::size_t at = text.find(gnu.debian);
    if (at == std::string_view::npos) continue;
    const std::string version = version_after(text, at);
    std::string name(gnu.spdx);
    if (gnu.spdx == "gfdl" && contains(text, "no invariant sections")) name += "-niv";
    if (!version.empty()) name += "-" + version;
    const bool later = contains(text.substr(at), "any later version") ||
                       contains(text.substr(at), "or later") ||
                       contains(text.substr(0, at), "any later version");
    if (later && !version.empty()) name += "+";
    return {gnu_licence(name), std::string(gnu.debian) +
                                   (version.empty() ? "" : ", version " + version) +
                                   (later ? " or later" : "")};
  }
  return {};
}

}  // namespace

std::string spdx_from_debian(std::string_view licence) {
  // A comma before and/or closes a group: "A or B, and C" is (A or B) and C.
  std::vector<std::string> groups;
  std::string operation;
  for (const std::string& part : split(licence, ',')) {
    std::vector<std::string> words = words_of(part);
    if (words.empty()) continue;
    const std::string first = to_lower_ascii(words[0]);
    if (!groups.empty() && (first == "and" || first == "or")) {
      operation = first == "and" ? "AND" : "OR";
      words.erase(words.begin());
    }
    if (!words.empty()) groups.push_back(expression(words));
  }
  if (groups.empty()) return "NOASSERTION";
  return combine(groups, operation.empty() ? "AND" : operation);
}

RecognisedLicence recognise_notice(std::string_view notice) {
  const std::string text = lower_with_single_spaces(notice);
  struct Rule {
    std::string_view phrase, also, spdx;
  };
  constexpr Rule kRules[] = {
      {"python software foundation license version 2", "", "PSF-2.0"},
      {"permission is hereby granted, free of charge", "", "MIT"},
      {"redistribution and use in source and binary forms", "all advertising materials",
       "BSD-4-Clause"},
      {"redistribution and use in source and binary forms", "neither the name", "BSD-3-Clause"},
      {"redistribution and use in source and binary forms", "may not be used to endorse",
       "BSD-3-Clause"},
      {"redistribution and use in source and binary forms", "", "BSD-2-Clause"},
      {"without any express or implied warranty", "altered source versions", "Zlib"},
      {"apache license, version 2.0", "", "Apache-2.0"},
      {"mozilla public license", "2.0", "MPL-2.0"},
  };
  for (const Rule& rule : kRules) {
    if (contains(text, rule.phrase) && contains(text, rule.also)) {
      return {std::string(rule.spdx), std::string(rule.phrase)};
    }
  }
  if (RecognisedLicence gnu = recognise_gnu(text); !gnu.spdx.empty()) return gnu;
  constexpr Rule kLateRules[] = {
      // The notice of GNU manuals, which SPDX does not list in this wording.
      {"permission is granted to make and distribute verbatim copies",
       "permission notice identical to this one", "LicenseRef-GNU-manual-notice"},
      {"permission to use, copy, modify, and distribute this software", "without fee", "HPND"},
      {"permission to use, copy, modify, and distribute this", "", "HPND"},
      {"public domain", "", "LicenseRef-public-domain"},
  };
  for (const Rule& rule : kLateRules) {
    if (contains(text, rule.phrase) && contains(text, rule.also)) {
      return {std::string(rule.spdx), std::string(rule.phrase)};
    }
  }
  return {};
}

}  // namespace lucie
