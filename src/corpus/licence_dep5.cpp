#include "corpus/licence_dep5.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "corpus/spdx.h"

namespace lucie {

namespace {

struct Field {
  std::string name;   // lower case
  std::string value;  // lines joined by "\n", first spaces removed
};
using Paragraph = std::vector<Field>;

std::vector<Paragraph> parse_paragraphs(std::string_view text) {
  std::vector<Paragraph> paragraphs(1);
  bool blank = false;  // a line of white space only, which people put into licence texts
  for (const std::string& line : split(text, '\n')) {
    if (trim(line).empty()) {
      const bool empty = line.empty() || line == "\r";
      if (empty && !paragraphs.back().empty()) paragraphs.emplace_back();
      blank = !empty;
      continue;
    }
    const bool continued = line[0] == ' ' || line[0] == '\t';
    if (blank && !continued && !paragraphs.back().empty()) paragraphs.emplace_back();
    blank = false;
    Paragraph& paragraph = paragraphs.back();
    const std::size_t colon = line.find(':');
    if (continued && !paragraph.empty()) {
      paragraph.back().value += '\n';
      paragraph.back().value += trim(line);
    } else if (!continued && colon != std::string::npos && line.find_first_of(" \t") > colon) {
      paragraph.push_back({to_lower_ascii(line.substr(0, colon)),
                           std::string(trim(std::string_view(line).substr(colon + 1)))});
    } else {
      paragraph.push_back({"", std::string(trim(line))});
    }
  }
  return paragraphs;
}

const Field* find(const Paragraph& paragraph, std::string_view name) {
  for (const Field& field : paragraph) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// Old files repeat "Files:" within a paragraph.
std::vector<std::string> patterns_of(const Paragraph& paragraph) {
  std::vector<std::string> patterns;
  for (const Field& field : paragraph) {
    if (field.name != "files") continue;
    std::string words = field.value;
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c == '\n' || c == '\t' || c == ','; }, ' ');
    for (const std::string& word : split(words, ' ')) {
      if (!word.empty()) patterns.push_back(word.starts_with("./") ? word.substr(2) : word);
    }
  }
  return patterns;
}

std::string_view without_suffix(std::string_view path) {
  for (const std::string_view suffix : {".gz", ".xz", ".bz2", ".zst"}) {
    if (path.ends_with(suffix)) path.remove_suffix(suffix.size());
  }
  return path;
}

// A pattern that says something: "*" alone, or "*.png" without its folder, does not.
bool is_specific(std::string_view pattern) {
  const auto letters = std::count_if(pattern.begin(), pattern.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return letters >= 3 && pattern.find('/') != std::string_view::npos;
}

// "tarfile.py", but neither "README" nor "*.py".
bool is_file_name(std::string_view pattern) {
  return pattern.size() >= 6 && pattern.find_first_of("*?/") == std::string_view::npos &&
         pattern.find('.') != std::string_view::npos;
}

bool fits_an_end(std::string_view pattern, std::string_view path) {
  for (std::size_t at = 0; at != std::string_view::npos;) {
    if (dep5_match(pattern, path.substr(at))) return true;
    at = path.find('/', at);
    if (at != std::string_view::npos) ++at;
  }
  return false;
}

enum class Fit { kNone, kWhole, kEnd };

Fit fit(std::string_view pattern, std::string_view path) {
  if (dep5_match(pattern, path)) return Fit::kWhole;
  // The packaging itself: installed below usr/share/doc/debian/ are texts, not that.
  if (pattern.starts_with("debian/")) return Fit::kNone;
  if (pattern.ends_with(".po")) pattern.remove_suffix(3);
  if (is_specific(pattern) && fits_an_end(pattern, path)) return Fit::kEnd;
  const std::size_t slash = pattern.find('/');
  if (slash == std::string_view::npos) return Fit::kNone;
  const std::string_view rest = pattern.substr(slash + 1);
  const bool specific = is_specific(rest) || is_file_name(rest);
  return specific && fits_an_end(rest, path) ? Fit::kEnd : Fit::kNone;
}

// Texts of licences by their short names: paragraphs of their own, at the end of most files.
using LicenceTexts = std::map<std::string, std::string>;

LicenceTexts licence_texts(const std::vector<Paragraph>& paragraphs) {
  LicenceTexts texts;
  for (const Paragraph& paragraph : paragraphs) {
    const Field* licence = find(paragraph, "license");
    if (licence == nullptr) continue;
    const std::size_t end = licence->value.find('\n');
    if (end == std::string::npos) continue;
    texts.emplace(licence->value.substr(0, end), licence->value.substr(end + 1));
  }
  return texts;
}

// The short name; where SPDX has no such name, what the licence's text says.
std::pair<std::string, std::string> licence_of(const Field& licence, const LicenceTexts& texts) {
  const std::string first = licence.value.substr(0, licence.value.find('\n'));
  const auto words = std::count(first.begin(), first.end(), ' ') + 1;
  if (!first.empty() && words <= 12 && first.find('.') != first.size() - 1) {
    const std::string spdx = spdx_from_debian(first);
    const bool known =
        spdx.find("LicenseRef-") == std::string::npos || spdx == "LicenseRef-public-domain";
    if (const auto text = texts.find(first); !known && text != texts.end()) {
      const RecognisedLicence recognised = recognise_notice(text->second);
      if (!recognised.spdx.empty()) {
        return {recognised.spdx, "by its text: \"" + recognised.phrase + "\""};
      }
    }
    if (words <= 5 || known) return {spdx, ""};
  }
  const RecognisedLicence recognised = recognise_notice(licence.value);
  if (recognised.spdx.empty()) return {"NOASSERTION", "its licence text is not recognised"};
  return {recognised.spdx, "by its text: \"" + recognised.phrase + "\""};
}

}  // namespace

bool dep5_match(std::string_view pattern, std::string_view path) {
  // Greedy with one point to come back to: linear in practice, no recursion for hostile patterns.
  std::size_t p = 0, s = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (s < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = s;
      continue;
    }
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    const bool same = p < pattern.size() && (escaped ? pattern[p + 1] == path[s]
                                                     : pattern[p] == '?' || pattern[p] == path[s]);
    if (same) {
      p += escaped ? 2 : 1;
      ++s;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      s = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

PackageLicence PackageLicence::parse(std::string_view copyright, std::string name) {
  PackageLicence result;
  result.name_ = std::move(name);
  bool machine_readable = false;
  std::optional<std::string> header_licence;
  const std::vector<Paragraph> paragraphs = parse_paragraphs(copyright);
  const LicenceTexts texts = licence_texts(paragraphs);
  for (const Paragraph& paragraph : paragraphs) {
    if (find(paragraph, "format") != nullptr ||
        find(paragraph, "format-specification") != nullptr) {
      machine_readable = true;
      if (const Field* licence = find(paragraph, "license"))
        header_licence = licence_of(*licence, texts).first;
    }
    const Field* licence = find(paragraph, "license");
    std::vector<std::string> patterns = patterns_of(paragraph);
    if (licence == nullptr || patterns.empty()) continue;
    auto [spdx, note] = licence_of(*licence, texts);
    if (std::find(patterns.begin(), patterns.end(), "*") != patterns.end()) {
      result.headline_ = {spdx,
                          result.name_ + ": Files: *" + (note.empty() ? "" : " (" + note + ")")};
    }
    result.stanzas_.push_back({std::move(patterns), std::move(spdx), std::move(note)});
  }
  if (!result.headline_.spdx.empty()) return result;
  if (header_licence) {
    result.headline_ = {*header_licence, result.name_ + ": License of the whole package"};
  } else if (machine_readable) {
    result.headline_ = {"NOASSERTION", result.name_ + ": no licence for Files: *"};
  } else {
    // Free text: what stands before the first list of files speaks for the package.
    const std::size_t files = copyright.find("\nFiles:");
    const RecognisedLicence recognised = recognise_notice(copyright.substr(0, files));
    if (recognised.spdx.empty()) {
      result.headline_ = {"NOASSERTION", result.name_ + ": free text, no known licence recognised"};
    } else {
      result.headline_ = {recognised.spdx,
                          result.name_ + ": free text: \"" + recognised.phrase + "\""};
    }
  }
  return result;
}

LicenceFinding PackageLicence::of(std::string_view installed_path) const {
  const std::string_view path = without_suffix(installed_path);
  bool others = false;
  for (auto stanza = stanzas_.rbegin(); stanza != stanzas_.rend(); ++stanza) {
    for (const std::string& pattern : stanza->patterns) {
      if (pattern == "*") continue;
      others = true;
      const Fit found = fit(pattern, path);
      if (found == Fit::kNone) continue;
      std::string evidence = name_ + ": Files: " + pattern;
      if (found == Fit::kEnd) evidence += " (fits the end of the path)";
      if (!stanza->note.empty()) evidence += " (" + stanza->note + ")";
      return {stanza->spdx, std::move(evidence)};
    }
  }
  LicenceFinding finding = headline_;
  if (others) finding.evidence += " (no pattern names this file)";
  return finding;
}

}  // namespace lucie
