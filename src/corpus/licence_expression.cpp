#include "corpus/licence_expression.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "corpus/spdx_list.h"

namespace lucie {

namespace {

using Kind = LicenceExpression::Kind;

constexpr int kMaxDepth = 50;  // of brackets: an expression from a file must not exhaust the stack

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == ':' || c == '+';
}

// Flat, sorted and without repetition; one part alone is that part.
LicenceExpression combined(Kind kind, std::vector<LicenceExpression> parts) {
  std::vector<std::pair<std::string, LicenceExpression>> flat;
  for (LicenceExpression& part : parts) {
    if (part.kind != kind) {
      flat.emplace_back(to_string(part), std::move(part));
      continue;
    }
    for (LicenceExpression& inner : part.parts) flat.emplace_back(to_string(inner), inner);
  }
  const auto by_text = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(flat.begin(), flat.end(), by_text);
  LicenceExpression whole;
  whole.kind = kind;
  for (std::size_t i = 0; i < flat.size(); ++i) {
    if (i == 0 || flat[i].first != flat[i - 1].first) whole.parts.push_back(flat[i].second);
  }
  if (whole.parts.size() != 1) return whole;
  LicenceExpression only = std::move(whole.parts[0]);
  return only;
}

struct Renamed {
  std::string_view old, licence, exception;  // `old` in lower case
};
// Names that SPDX gave up for another licence of its list, or for one with an exception.
constexpr Renamed kRenamed[] = {
    {"bsd-2-clause-freebsd", "BSD-2-Clause", ""},
    {"bsd-2-clause-netbsd", "BSD-2-Clause", ""},
    {"bzip2-1.0.5", "bzip2-1.0.6", ""},
    {"ecos-2.0", "GPL-2.0-or-later", "eCos-exception-2.0"},
    {"gpl-2.0-with-autoconf-exception", "GPL-2.0-only", "Autoconf-exception-2.0"},
    {"gpl-2.0-with-bison-exception", "GPL-2.0-only", "Bison-exception-2.2"},
    {"gpl-2.0-with-classpath-exception", "GPL-2.0-only", "Classpath-exception-2.0"},
    {"gpl-2.0-with-font-exception", "GPL-2.0-only", "Font-exception-2.0"},
    {"gpl-2.0-with-gcc-exception", "GPL-2.0-only", "GCC-exception-2.0"},
    {"gpl-3.0-with-autoconf-exception", "GPL-3.0-only", "Autoconf-exception-3.0"},
    {"gpl-3.0-with-gcc-exception", "GPL-3.0-only", "GCC-exception-3.1"},
    {"nunit", "zlib-acknowledgement", ""},
    {"standardml-nj", "SMLNJ", ""},
    {"wxwindows", "LGPL-2.0-or-later", "WxWindows-exception-3.1"},
};

// "gpl-2.0+" -> "GPL-2.0-or-later": the GNU licences say in the name itself which versions.
std::string present_gnu_name(std::string_view name) {
  for (const std::string_view family : {"AGPL-", "GFDL-", "LGPL-", "GPL-"}) {
    if (!to_lower_ascii(name).starts_with(to_lower_ascii(family))) continue;
    std::string rest = to_lower_ascii(name.substr(family.size()));
    const bool later = rest.ends_with('+');
    if (later) rest.pop_back();
    for (const std::string_view suffix : {"-only", "-or-later"}) {
      if (!rest.ends_with(suffix)) continue;
      rest.resize(rest.size() - suffix.size());
      return std::string(family) + rest + (later ? "-or-later" : std::string(suffix));
    }
    return std::string(family) + rest + (later ? "-or-later" : "-only");
  }
  return {};
}

// The licence under its present name and in SPDX's spelling; a name that SPDX does not list stays
// as it was written.
LicenceExpression present_licence(const std::string& name) {
  LicenceExpression licence{Kind::kLicence, name, {}, {}};
  const std::string lower = to_lower_ascii(name);
  for (const Renamed& renamed : kRenamed) {
    if (renamed.old != lower) continue;
    licence.id = renamed.licence;
    licence.exception = renamed.exception;
    return licence;
  }
  if (const std::string gnu = present_gnu_name(name); !gnu.empty()) {
    licence.id = gnu;
    return licence;
  }
  for (const std::string_view word : {"NOASSERTION", "NONE"}) {
    if (lower == to_lower_ascii(word)) licence.id = word;
  }
  const bool later = name.ends_with('+');
  const std::string_view listed =
      find_spdx_licence(std::string_view(name).substr(0, name.size() - (later ? 1 : 0))).id;
  if (!listed.empty()) licence.id = std::string(listed) + (later ? "+" : "");
  return licence;
}

// Of the two forms NAME and DocumentRef-FILE:LicenseRef-NAME, with '+' after a listed name only.
bool is_well_formed(std::string_view name) {
  const std::string lower = to_lower_ascii(name);
  std::string_view rest = lower;
  if (rest.starts_with("documentref-")) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || colon == 12) return false;
    rest.remove_prefix(colon + 1);
    if (!rest.starts_with("licenseref-")) return false;
  }
  const bool reference = rest.starts_with("licenseref-");
  if (reference) rest.remove_prefix(11);
  if (!reference && rest.ends_with('+')) rest.remove_suffix(1);
  return !rest.empty() && rest.find(':') == std::string_view::npos &&
         rest.find('+') == std::string_view::npos;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& place) : text_(text), place_(place) {
    advance();
  }

  LicenceExpression parse() {
    if (word_.empty()) return {Kind::kLicence, "NOASSERTION", {}, {}};
    LicenceExpression whole = alternatives(0);
    if (!word_.empty()) refuse("expected AND, OR or the end before '" + word_ + "'");
    return whole;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    fail(ErrorCode::kInvalidArgument,
         "not a licence expression: " + why + " in '" + std::string(text_.substr(0, 200)) + "'",
         place_, "write SPDX, for example: CC-BY-4.0, GPL-2.0-or-later OR MIT, LicenseRef-mine");
  }

  void advance() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) {
      ++at_;
    }
    word_.clear();
    if (at_ == text_.size()) return;
    if (text_[at_] == '(' || text_[at_] == ')') {
      word_ = text_[at_++];
      return;
    }
    while (at_ < text_.size() && is_name_character(text_[at_])) word_ += text_[at_++];
    if (word_.empty()) refuse("a character at offset " + std::to_string(at_) + " has no meaning");
  }

  bool take(std::string_view keyword) {
    if (to_lower_ascii(word_) != keyword) return false;
    advance();
    return true;
  }

  LicenceExpression alternatives(int depth) {
    std::vector<LicenceExpression> parts{conjunction(depth)};
    while (take("or")) parts.push_back(conjunction(depth));
    return combined(Kind::kOr, std::move(parts));
  }

  LicenceExpression conjunction(int depth) {
    std::vector<LicenceExpression> parts{single(depth)};
    while (take("and")) parts.push_back(single(depth));
    return combined(Kind::kAnd, std::move(parts));
  }

  LicenceExpression single(int depth) {
    if (depth > kMaxDepth) refuse("too many brackets");
    if (take("(")) {
      LicenceExpression inner = alternatives(depth + 1);
      if (!take(")")) refuse("a bracket is not closed");
      return inner;
    }
    LicenceExpression licence = present_licence(name());
    if (!take("with")) return licence;
    if (!licence.exception.empty()) refuse("'" + licence.exception + "' is in the name already");
    licence.exception = exception();
    return licence;
  }

  std::string name() {
    const std::string lower = to_lower_ascii(word_);
    if (word_.empty() || word_ == ")" || word_ == "(" || lower == "and" || lower == "or" ||
        lower == "with") {
      refuse("a licence's name is missing" + (word_.empty() ? "" : " before '" + word_ + "'"));
    }
    if (!is_well_formed(word_)) {
      refuse("'" + word_ + "' is no name: '+' ends one, ':' stands in DocumentRef-X:LicenseRef-Y");
    }
    std::string taken = word_;
    advance();
    return taken;
  }

  std::string exception() {
    std::string taken = name();
    const std::string_view listed = find_spdx_exception(taken);
    return listed.empty() ? taken : std::string(listed);
  }

  std::string_view text_;
  const std::string& place_;
  std::size_t at_ = 0;
  std::string word_;
};

}  // namespace

LicenceExpression parse_spdx(std::string_view text, const std::string& place) {
  return Parser(text, place).parse();
}

std::string to_string(const LicenceExpression& expression) {
  if (expression.kind == Kind::kLicence) {
    return expression.exception.empty() ? expression.id
                                        : expression.id + " WITH " + expression.exception;
  }
  std::vector<std::string> parts;
  for (const LicenceExpression& part : expression.parts) {
    const std::string text = to_string(part);
    parts.push_back(part.kind == Kind::kLicence ? text : "(" + text + ")");
  }
  return join(parts, expression.kind == Kind::kAnd ? " AND " : " OR ");
}

LicenceExpression both(std::vector<LicenceExpression> parts) {
  if (parts.empty()) return {Kind::kLicence, "NONE", {}, {}};
  return combined(Kind::kAnd, std::move(parts));
}

std::vector<std::string> unlisted_names(const LicenceExpression& expression) {
  std::vector<std::string> names;
  for (const LicenceExpression& part : expression.parts) {
    for (std::string& name : unlisted_names(part)) names.push_back(std::move(name));
  }
  if (expression.kind != Kind::kLicence) return names;
  const std::string lower = to_lower_ascii(expression.id);
  const bool later = lower.ends_with('+');
  const bool reference = lower.starts_with("licenseref-") || lower.starts_with("documentref-");
  const bool known = reference || lower == "noassertion" || lower == "none" ||
                     !find_spdx_licence(lower.substr(0, lower.size() - (later ? 1 : 0))).id.empty();
  if (!known) names.push_back(expression.id);
  if (!expression.exception.empty() && find_spdx_exception(expression.exception).empty()) {
    names.push_back(expression.exception);
  }
  return names;
}

}  // namespace lucie
