#include "corpus/licence_expression.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"

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

std::string present_name(std::string_view name) {
  for (const std::string_view family : {"AGPL-", "GFDL-", "LGPL-", "GPL-"}) {
    if (!to_lower_ascii(name).starts_with(to_lower_ascii(family))) continue;
    std::string rest(name.substr(family.size()));
    if (rest.ends_with('+'))
      return std::string(family) + rest.substr(0, rest.size() - 1) + "-or-later";
    if (rest.ends_with("-only") || rest.ends_with("-or-later")) return std::string(family) + rest;
    return std::string(family) + rest + "-only";
  }
  return std::string(name);
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
    LicenceExpression licence{Kind::kLicence, present_name(name()), {}, {}};
    if (take("with")) licence.exception = name();
    return licence;
  }

  std::string name() {
    const std::string lower = to_lower_ascii(word_);
    if (word_.empty() || word_ == ")" || word_ == "(" || lower == "and" || lower == "or" ||
        lower == "with") {
      refuse("a licence's name is missing" + (word_.empty() ? "" : " before '" + word_ + "'"));
    }
    std::string taken = word_;
    advance();
    return taken;
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

}  // namespace lucie
