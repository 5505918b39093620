#include "corpus/licence.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

using Class = LicenceClass;

constexpr Duties kNothing{};
constexpr Duties kNotice{.attribution = true, .notice = true};
constexpr Duties kName{.attribution = true};
constexpr Duties kWeak{.attribution = true, .notice = true, .source = true};
constexpr Duties kSame{.attribution = true, .notice = true, .share_alike = true};
constexpr Duties kStrong{.attribution = true, .notice = true, .share_alike = true, .source = true};
constexpr Duties kNotForSale{.attribution = true, .non_commercial = true};
constexpr Duties kSameNotForSale{.attribution = true, .share_alike = true, .non_commercial = true};
constexpr Duties kUnchanged{.attribution = true, .no_derivatives = true};
constexpr Duties kUnchangedNotForSale{
    .attribution = true, .non_commercial = true, .no_derivatives = true};
constexpr Duties kNotForAll{.attribution = true, .notice = true, .field_of_use = true};
constexpr Duties kNobodyKnows{.unknown = true};

struct Row {
  std::string_view name;  // lower case; "-*" at its end stands for any version
  LicenceClass licence_class;
  Duties duties;
};

// Classes after the licences' own words. Below LicenseRef- stand the names that hubs use for
// licences which SPDX does not list.
constexpr Row kTable[] = {
    {"cc0-1.0", Class::kPublicDomain, kNothing},
    {"unlicense", Class::kPublicDomain, kNothing},
    {"0bsd", Class::kPublicDomain, kNothing},
    {"mit-0", Class::kPublicDomain, kNothing},
    {"wtfpl", Class::kPublicDomain, kNothing},
    {"pddl-1.0", Class::kPublicDomain, kNothing},
    {"cc-pddc", Class::kPublicDomain, kNothing},
    {"licenseref-public-domain", Class::kPublicDomain, kNothing},
    {"dl-de-zero-2.0", Class::kPublicDomain, kNothing},
    {"blessing", Class::kPublicDomain, kNothing},
    {"mit", Class::kPermissive, kNotice},
    {"mit-cmu", Class::kPermissive, kNotice},
    {"curl", Class::kPermissive, kNotice},
    {"upl-1.0", Class::kPermissive, kNotice},
    {"ecl-*", Class::kPermissive, kNotice},
    {"mulanpsl-*", Class::kPermissive, kNotice},
    {"cecill-b", Class::kPermissive, kNotice},
    {"freebsd-doc", Class::kPermissive, kNotice},
    {"bzip2-1.0.6", Class::kPermissive, kNotice},
    {"smlnj", Class::kPermissive, kNotice},
    {"zlib-acknowledgement", Class::kPermissive, kNotice},
    {"x11", Class::kPermissive, kNotice},
    {"isc", Class::kPermissive, kNotice},
    {"zlib", Class::kPermissive, kNotice},
    {"hpnd", Class::kPermissive, kNotice},
    {"ncsa", Class::kPermissive, kNotice},
    {"ftl", Class::kPermissive, kNotice},
    {"icu", Class::kPermissive, kNotice},
    {"ijg", Class::kPermissive, kNotice},
    {"tcl", Class::kPermissive, kNotice},
    {"vim", Class::kPermissive, kNotice},
    {"w3c", Class::kPermissive, kNotice},
    {"ruby", Class::kPermissive, kNotice},
    {"latex2e", Class::kPermissive, kNotice},
    {"postgresql", Class::kPermissive, kNotice},
    {"openssl", Class::kPermissive, kNotice},
    {"fsfap", Class::kPermissive, kNotice},
    {"fsful", Class::kPermissive, kNotice},
    {"fsfullr", Class::kPermissive, kNotice},
    {"unicode-*", Class::kPermissive, kNotice},
    {"bsd-*-clause", Class::kPermissive, kNotice},
    {"bsd-4-clause-uc", Class::kPermissive, kNotice},
    {"bsl-1.0", Class::kPermissive, kNotice},
    {"apache-*", Class::kPermissive, kNotice},
    {"afl-*", Class::kPermissive, kNotice},
    {"psf-2.0", Class::kPermissive, kNotice},
    {"python-2.0", Class::kPermissive, kNotice},
    {"php-*", Class::kPermissive, kNotice},
    {"zpl-*", Class::kPermissive, kNotice},
    {"artistic-1.0", Class::kPermissive, kNotice},
    {"artistic-1.0-perl", Class::kPermissive, kNotice},
    {"artistic-2.0", Class::kPermissive, kNotice},
    {"cc-by-nc-nd-*", Class::kNoDerivatives, kUnchangedNotForSale},
    {"cc-by-nc-sa-*", Class::kNonCommercial, kSameNotForSale},
    {"cc-by-nc-*", Class::kNonCommercial, kNotForSale},
    {"cc-by-nd-*", Class::kNoDerivatives, kUnchanged},
    {"cc-by-sa-*", Class::kShareAlike, kSame},
    {"cc-by-*", Class::kAttribution, kName},
    {"etalab-2.0", Class::kAttribution, kName},
    {"licence-ouverte-2.0", Class::kAttribution, kName},
    {"ogl-uk-*", Class::kAttribution, kName},
    {"ogl-canada-2.0", Class::kAttribution, kName},
    {"dl-de-by-2.0", Class::kAttribution, kName},
    {"nlod-*", Class::kAttribution, kName},
    {"odc-by-1.0", Class::kAttribution, kName},
    {"cdla-permissive-*", Class::kPermissive, kNotice},
    {"cdla-sharing-1.0", Class::kShareAlike, kSame},
    {"odbl-1.0", Class::kShareAlike, kSame},
    {"gfdl-*", Class::kShareAlike, kStrong},
    {"lal-*", Class::kShareAlike, kSame},
    {"linux-man-pages-copyleft", Class::kShareAlike, kSame},
    {"licenseref-gnu-manual-notice", Class::kShareAlike, kSame},
    {"ofl-*", Class::kWeakCopyleft, kWeak},
    {"lppl-*", Class::kWeakCopyleft, kWeak},
    {"mpl-*", Class::kWeakCopyleft, kWeak},
    {"lgpl-*", Class::kWeakCopyleft, kWeak},
    {"epl-*", Class::kWeakCopyleft, kWeak},
    {"cpl-1.0", Class::kWeakCopyleft, kWeak},
    {"cddl-*", Class::kWeakCopyleft, kWeak},
    {"ms-pl", Class::kWeakCopyleft, kWeak},
    {"cecill-c", Class::kWeakCopyleft, kWeak},
    {"cal-1.0", Class::kCopyleft, kStrong},
    {"osl-*", Class::kCopyleft, kStrong},
    {"ms-rl", Class::kCopyleft, kStrong},
    {"sspl-1.0", Class::kCopyleft, kStrong},
    {"qpl-1.0", Class::kCopyleft, kStrong},
    {"eupl-*", Class::kCopyleft, kStrong},
    {"cecill-*", Class::kCopyleft, kStrong},
    {"agpl-*", Class::kCopyleft, kStrong},
    {"gpl-*", Class::kCopyleft, kStrong},
    {"json", Class::kFieldOfUse, kNotForAll},
    {"hippocratic-2.1", Class::kFieldOfUse, kNotForAll},
    {"c-uda-1.0", Class::kFieldOfUse, kNotForAll},
    {"busl-1.1", Class::kFieldOfUse, kNotForAll},
    {"elastic-2.0", Class::kFieldOfUse, kNotForAll},
    {"licenseref-openrail", Class::kFieldOfUse, kNotForAll},
    {"licenseref-bigscience-openrail-m", Class::kFieldOfUse, kNotForAll},
    {"licenseref-bigscience-bloom-rail-1.0", Class::kFieldOfUse, kNotForAll},
    {"licenseref-bigcode-openrail-m", Class::kFieldOfUse, kNotForAll},
    {"licenseref-creativeml-openrail-m", Class::kFieldOfUse, kNotForAll},
    {"licenseref-llama*", Class::kFieldOfUse, kNotForAll},
    {"licenseref-gemma", Class::kFieldOfUse, kNotForAll},
    {"polyform-noncommercial-1.0.0", Class::kNonCommercial, kNotForSale},
    {"ncgl-uk-2.0", Class::kNonCommercial, kNotForSale},
};

// "cc-by-*" fits "cc-by-4.0" and "cc-by-3.0-us" but not "cc-by-nc-4.0": a version begins with a
// digit.
bool fits(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return name.size() > before.size() + after.size() && name.starts_with(before) &&
         name.ends_with(after) && name[star] >= '0' && name[star] <= '9';
}

constexpr std::string_view kExceptions[] = {"autoconf-exception-2.0", "autoconf-exception-3.0",
                                            "bison-exception-2.2",    "classpath-exception-2.0",
                                            "font-exception-2.0",     "gcc-exception-2.0",
                                            "gcc-exception-3.1",      "gpl-3.0-linking-exception",
                                            "libtool-exception",      "llvm-exception"};

LicenceTerms single_terms(const LicenceExpression& licence) {
  std::string name = to_lower_ascii(licence.id);
  if (name.ends_with('+')) name.pop_back();
  const Row* row = std::find_if(std::begin(kTable), std::end(kTable),
                                [&](const Row& r) { return fits(r.name, name); });
  if (row == std::end(kTable)) return {Class::kUnknown, kNobodyKnows, to_string(licence)};
  LicenceTerms terms{row->licence_class, row->duties, to_string(licence)};
  const std::string exception = to_lower_ascii(licence.exception);
  const bool known =
      std::find(std::begin(kExceptions), std::end(kExceptions), exception) != std::end(kExceptions);
  if (known && terms.licence_class == Class::kCopyleft) {
    terms.licence_class = Class::kWeakCopyleft;
    terms.duties.share_alike = false;
  }
  return terms;
}

LicenceTerms all_terms(const LicenceExpression& expression) {
  LicenceTerms sum{Class::kPublicDomain, {}, {}};
  std::vector<std::string> taken;
  for (const LicenceExpression& part : expression.parts) {
    const LicenceTerms terms = licence_terms(part);
    sum.licence_class = std::max(sum.licence_class, terms.licence_class);
    sum.duties.add(terms.duties);
    taken.push_back(terms.taken);
  }
  sum.taken = join(taken, " AND ");
  return sum;
}

}  // namespace

const char* licence_class_name(LicenceClass licence_class) {
  constexpr const char* kNames[] = {
      "public-domain", "permissive",   "attribution",    "weak-copyleft",  "share-alike",
      "copyleft",      "field-of-use", "non-commercial", "no-derivatives", "unknown"};
  return kNames[static_cast<std::size_t>(licence_class)];
}

void Duties::add(const Duties& other) {
  attribution |= other.attribution;
  notice |= other.notice;
  share_alike |= other.share_alike;
  source |= other.source;
  field_of_use |= other.field_of_use;
  non_commercial |= other.non_commercial;
  no_derivatives |= other.no_derivatives;
  unknown |= other.unknown;
}

std::vector<std::string> Duties::names() const {
  std::vector<std::string> names;
  if (attribution) names.emplace_back("attribution");
  if (notice) names.emplace_back("licence-notice");
  if (share_alike) names.emplace_back("share-alike");
  if (source) names.emplace_back("source");
  if (field_of_use) names.emplace_back("field-of-use");
  if (non_commercial) names.emplace_back("non-commercial");
  if (no_derivatives) names.emplace_back("no-derivatives");
  if (unknown) names.emplace_back("unknown");
  return names;
}

Json Duties::to_json() const {
  Json list = Json::array();
  for (const std::string& name : names()) list.push_back(name);
  return list;
}

LicenceTerms licence_terms(const LicenceExpression& expression) {
  if (expression.kind == LicenceExpression::Kind::kLicence) return single_terms(expression);
  if (expression.kind == LicenceExpression::Kind::kAnd) return all_terms(expression);
  LicenceTerms least = licence_terms(expression.parts[0]);
  for (const LicenceExpression& part : expression.parts) {
    LicenceTerms terms = licence_terms(part);
    if (terms.licence_class < least.licence_class) least = std::move(terms);
  }
  return least;
}

LicenceTerms licence_terms_of(std::string_view spdx) {
  try {
    return licence_terms(parse_spdx(spdx, {}));
  } catch (const Error&) {
    return {Class::kUnknown, kNobodyKnows, std::string(spdx)};
  }
}

}  // namespace lucie
