// Which licences a recipe lets in: `corpus.licences`.
//
//   licences: {allow: [CC0-1.0, CC-BY-4.0, "CC-BY-SA-*"]}     these and no others
//   licences: {deny: ["*-NC-*", LicenseRef-Proprietary]}      all but these
//
// Of "A OR B" one that is let in is enough, of "A AND B" all must be. A "*" stands for any letters;
// case does not count. An exception ("GPL-2.0-only WITH Classpath-exception-2.0") may be named or
// not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lucie {

struct LicenceExpression;

class LicenceFilter {
 public:
  // Neither or both of allow and deny, and an empty list, are Error{kInvalidArgument}.
  static LicenceFilter from_json(const Json& json);
  // What is no SPDX expression is let in by no list of allowed ones, and by any list of denied
  // ones.
  bool lets_in(std::string_view spdx) const;

 private:
  bool is_listed(const LicenceExpression& licence) const;
  bool lets_in(const LicenceExpression& expression) const;

  bool allows_ = true;                 // or denies
  std::vector<std::string> patterns_;  // lower case
};

}  // namespace lucie
