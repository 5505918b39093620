#include "corpus/licence_text.h"

#include <algorithm>

#include "base/text.h"

namespace lucie {

namespace {

constexpr std::size_t kHeaderBytes = 8192;
constexpr std::size_t kTitleBytes = 1500;

bool is_expression(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" .-+():").find(c) != std::string_view::npos;
  });
}

// Lower case, letters and digits only, one space between: titles are set in many ways.
std::string plain_words(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool word = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                      lower == '.' || lower == '-';
    if (word) {
      plain += lower;
    } else if (!plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  return plain;
}

struct Title {
  std::string_view words, spdx;
};
// The longer name before the one that it contains.
constexpr Title kTitles[] = {
    {"gnu affero general public license version 3", "AGPL-3.0-only"},
    {"gnu lesser general public license version 3", "LGPL-3.0-only"},
    {"gnu lesser general public license version 2.1", "LGPL-2.1-only"},
    {"gnu library general public license version 2", "LGPL-2.0-only"},
    {"gnu general public license version 3", "GPL-3.0-only"},
    {"gnu general public license version 2", "GPL-2.0-only"},
    {"gnu free documentation license version 1.3", "GFDL-1.3-only"},
    {"gnu free documentation license version 1.2", "GFDL-1.2-only"},
    {"apache license version 2.0", "Apache-2.0"},
    {"mozilla public license version 2.0", "MPL-2.0"},
    {"mozilla public license version 1.1", "MPL-1.1"},
    {"boost software license - version 1.0", "BSL-1.0"},
    {"eclipse public license - v 2.0", "EPL-2.0"},
    {"eclipse public license - v 1.0", "EPL-1.0"},
    {"european union public licence v. 1.2", "EUPL-1.2"},
    {"attribution-noncommercial-sharealike 4.0 international", "CC-BY-NC-SA-4.0"},
    {"attribution-noncommercial 4.0 international", "CC-BY-NC-4.0"},
    {"attribution-sharealike 4.0 international", "CC-BY-SA-4.0"},
    {"attribution 4.0 international", "CC-BY-4.0"},
    {"cc0 1.0 universal", "CC0-1.0"},
    {"free and unencumbered software released into the public domain", "Unlicense"},
    {"the universal permissive license", "UPL-1.0"},
    {"the artistic license 2.0", "Artistic-2.0"},
    {"sil open font license version 1.1", "OFL-1.1"},
    {"do what the fuck you want to public license", "WTFPL"},
    {"permission to use copy modify and or distribute this software for any purpose with or "
     "without "
     "fee is hereby granted provided that",
     "ISC"},
    {"permission to use copy modify and distribute this software for any purpose with or without "
     "fee "
     "is hereby granted provided that",
     "ISC"},
    {"permission to use copy modify and or distribute this software for any purpose with or "
     "without "
     "fee is hereby granted.",
     "0BSD"},
};

}  // namespace

std::string spdx_header(std::string_view source) {
  constexpr std::string_view kTag = "SPDX-License-Identifier:";
  const std::string_view head = source.substr(0, kHeaderBytes);
  const std::size_t at = head.find(kTag);
  if (at == std::string_view::npos) return {};
  std::string_view value = head.substr(at + kTag.size());
  value = trim(value.substr(0, value.find('\n')));
  for (const std::string_view end : {"*/", "-->", "*)", "#}", "\"", "'", "%>", ";"}) {
    if (value.ends_with(end)) value = trim(value.substr(0, value.size() - end.size()));
  }
  return is_expression(value) ? std::string(value) : std::string();
}

RecognisedLicence recognise_licence_text(std::string_view text) {
  const std::string words = plain_words(text.substr(0, kTitleBytes));
  const Title* first = nullptr;
  std::size_t first_at = std::string::npos;
  for (const Title& title : kTitles) {
    const std::size_t at = words.find(title.words);
    if (at >= first_at) continue;
    first = &title;
    first_at = at;
  }
  if (first != nullptr) return {std::string(first->spdx), std::string(first->words)};
  return recognise_notice(text);
}

bool is_licence_file(std::string_view name) {
  std::string lower = to_lower_ascii(name);
  for (const std::string_view suffix : {".txt", ".md", ".rst"}) {
    if (lower.ends_with(suffix)) lower.resize(lower.size() - suffix.size());
  }
  for (const std::string_view stem :
       {"license", "licence", "copying", "unlicense", "mit-license"}) {
    if (!lower.starts_with(stem)) continue;
    const std::string_view rest = std::string_view(lower).substr(stem.size());
    if (rest.empty() || rest[0] == '-' || rest[0] == '_' || rest == ".lesser") return true;
  }
  return false;
}

}  // namespace lucie
