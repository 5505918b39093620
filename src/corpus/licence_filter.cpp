#include "corpus/licence_filter.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/licence_expression.h"

namespace lucie {

LicenceFilter LicenceFilter::from_json(const Json& json) {
  refuse_unknown_keys(json, {"allow", "deny"}, "corpus.licences");
  const Json* allow = json.find("allow");
  const Json* deny = json.find("deny");
  if ((allow == nullptr) == (deny == nullptr)) {
    fail(ErrorCode::kInvalidArgument, "corpus.licences needs either allow or deny", json.place(),
         "as in licences: {allow: [CC0-1.0, CC-BY-4.0]}");
  }
  LicenceFilter filter;
  filter.allows_ = allow != nullptr;
  for (const Json& name : (allow != nullptr ? allow : deny)->items()) {
    filter.patterns_.push_back(to_lower_ascii(name.as_string()));
  }
  if (filter.patterns_.empty()) {
    fail(ErrorCode::kInvalidArgument, "corpus.licences names no licence", json.place());
  }
  return filter;
}

bool LicenceFilter::is_listed(const LicenceExpression& licence) const {
  const std::string id = to_lower_ascii(licence.id);
  const std::string whole =
      licence.exception.empty() ? id : id + " with " + to_lower_ascii(licence.exception);
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), id.c_str(), 0) == 0 ||
           ::fnmatch(pattern.c_str(), whole.c_str(), 0) == 0;
  });
}

bool LicenceFilter::lets_in(const LicenceExpression& expression) const {
  const auto part_is_let_in = [this](const LicenceExpression& part) { return lets_in(part); };
  const auto& parts = expression.parts;
  switch (expression.kind) {
    case LicenceExpression::Kind::kAnd:
      return std::all_of(parts.begin(), parts.end(), part_is_let_in);
    case LicenceExpression::Kind::kOr:
      return std::any_of(parts.begin(), parts.end(), part_is_let_in);
    case LicenceExpression::Kind::kLicence:
      break;
  }
  return is_listed(expression) == allows_;
}

bool LicenceFilter::lets_in(std::string_view spdx) const {
  LicenceExpression expression;
  try {
    expression = parse_spdx(spdx, "");
  } catch (const Error&) {
    return !allows_;
  }
  return lets_in(expression);
}

}  // namespace lucie
