// What licences ask: a table of known ones with class and duties, and what follows for expressions.
//
// A reading aid for people who decide, not legal advice.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "corpus/licence_expression.h"

namespace lucie {

// From the least to the most demanding.
enum class LicenceClass {
  kPublicDomain,
  kPermissive,
  kAttribution,
  kWeakCopyleft,
  kShareAlike,
  kCopyleft,
  kFieldOfUse,
  kNonCommercial,
  kNoDerivatives,
  kUnknown,
};
const char* licence_class_name(LicenceClass licence_class);  // "public-domain", "share-alike", ...

struct Duties {
  bool attribution = false;   // name the authors
  bool notice = false;        // pass on the licence's text
  bool share_alike = false;   // adapted works under the same terms
  bool source = false;        // the editable form belongs to what is passed on
  bool field_of_use = false;  // some uses are forbidden, whoever pays
  bool non_commercial = false;
  bool no_derivatives = false;
  bool unknown = false;
  void add(const Duties& other);
  std::vector<std::string> names() const;
  Json to_json() const;  // list of names
};

struct LicenceTerms {
  LicenceClass licence_class = LicenceClass::kUnknown;
  Duties duties;
  // The part of the expression this is about: of "A OR B" the one that asks less.
  std::string taken;
};

// AND adds up, OR chooses the least demanding, a known exception (WITH) weakens copyleft. What the
// table does not know, LicenseRef-* and NOASSERTION are kUnknown.
LicenceTerms licence_terms(const LicenceExpression& expression);
// The same of a text from a document; what is not an expression is kUnknown, never an Error.
LicenceTerms licence_terms_of(std::string_view spdx);

}  // namespace lucie
