#include "release/adaptation.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "release/terms.h"

namespace lucie {

namespace {

// Texts under these licences side by side, worked out by hand from the words of the licences.
struct Combination {
  const char* licences;   // of the texts, with commas between
  const char* licence;    // of the collection; "" where no single one says it all
  const char* strictest;  // class
  const char* duties;     // letters: Attribution, licence Notice, Share alike, Editable form,
                          // Field of use, Money excluded, No derivatives, Unknown
};

constexpr Combination kCombinations[] = {
    // One licence alone is that of the whole.
    {"CC0-1.0", "CC0-1.0", "public-domain", ""},
    {"MIT", "MIT", "permissive", "AN"},
    {"CC-BY-4.0", "CC-BY-4.0", "attribution", "A"},
    {"MPL-2.0", "MPL-2.0", "weak-copyleft", "ANE"},
    {"CC-BY-SA-4.0", "CC-BY-SA-4.0", "share-alike", "ANS"},
    {"GPL-3.0-or-later", "GPL-3.0-or-later", "copyleft", "ANSE"},
    {"LicenseRef-OpenRAIL", "LicenseRef-OpenRAIL", "field-of-use", "ANF"},
    {"CC-BY-NC-4.0", "CC-BY-NC-4.0", "non-commercial", "AM"},
    {"CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ASM"},
    {"CC-BY-ND-4.0", "CC-BY-ND-4.0", "no-derivatives", "AD"},
    {"NOASSERTION", "NOASSERTION", "unknown", "U"},
    {"LicenseRef-mine", "NOASSERTION", "unknown", "U"},
    // The public domain asks nothing of what it is mixed with.
    {"CC0-1.0, PDDL-1.0", "CC0-1.0", "public-domain", ""},
    {"CC0-1.0, MIT", "MIT", "permissive", "AN"},
    {"LicenseRef-public-domain, CC-BY-SA-3.0", "CC-BY-SA-3.0", "share-alike", "ANS"},
    {"Unlicense, GPL-2.0-only", "GPL-2.0-only", "copyleft", "ANSE"},
    {"CC0-1.0, CC-BY-NC-ND-4.0", "CC-BY-NC-ND-4.0", "no-derivatives", "AMD"},
    {"CC0-1.0, LicenseRef-x", "CC0-1.0", "unknown", "U"},
    // Licences that leave the choice: several could take in the others, so the plainest.
    {"MIT, Apache-2.0", "CC-BY-4.0", "permissive", "AN"},
    {"MIT, BSD-3-Clause, ISC", "CC-BY-4.0", "permissive", "AN"},
    {"CC-BY-4.0, etalab-2.0", "CC-BY-4.0", "attribution", "A"},
    {"CC-BY-3.0, ODC-By-1.0, OGL-UK-3.0", "CC-BY-4.0", "attribution", "A"},
    {"MIT, CC-BY-4.0", "CC-BY-4.0", "attribution", "AN"},
    // One copyleft takes in what leaves the choice.
    {"MIT, GPL-3.0-or-later", "GPL-3.0-or-later", "copyleft", "ANSE"},
    {"Apache-2.0, GPL-3.0-only", "GPL-3.0-only", "copyleft", "ANSE"},
    {"CC-BY-4.0, CC-BY-SA-4.0", "CC-BY-SA-4.0", "share-alike", "ANS"},
    {"etalab-2.0, CC-BY-SA-3.0", "CC-BY-SA-3.0", "share-alike", "ANS"},
    {"CC-BY-4.0, ODbL-1.0", "ODbL-1.0", "share-alike", "ANS"},
    {"MIT, MPL-2.0", "MPL-2.0", "weak-copyleft", "ANE"},
    {"MIT, AGPL-3.0-only", "AGPL-3.0-only", "copyleft", "ANSE"},
    {"MIT, GFDL-1.3-or-later", "GFDL-1.3-or-later", "share-alike", "ANSE"},
    // Copyleft licences that name each other, or later versions.
    {"CC-BY-SA-3.0, CC-BY-SA-4.0", "CC-BY-SA-4.0", "share-alike", "ANS"},
    {"CC-BY-NC-SA-3.0, CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ASM"},
    {"GPL-2.0-or-later, GPL-3.0-or-later", "GPL-3.0-or-later", "copyleft", "ANSE"},
    {"GPL-2.0-or-later, GPL-3.0-only", "GPL-3.0-only", "copyleft", "ANSE"},
    {"GPL-2.0-only, GPL-2.0-or-later", "GPL-2.0-only", "copyleft", "ANSE"},
    {"LGPL-2.1-or-later, GPL-3.0-only", "GPL-3.0-only", "copyleft", "ANSE"},
    {"MPL-2.0, GPL-3.0-or-later", "GPL-3.0-or-later", "copyleft", "ANSE"},
    {"CC-BY-SA-4.0, GPL-3.0-or-later", "GPL-3.0-or-later", "copyleft", "ANSE"},
    {"EUPL-1.2, GPL-3.0-only", "GPL-3.0-only", "copyleft", "ANSE"},
    {"CECILL-2.1, GPL-2.0-or-later", "GPL-2.0-or-later", "copyleft", "ANSE"},
    // Those that do not: side by side only, each under its own.
    {"GPL-2.0-only, GPL-3.0-only", "CC-BY-SA-4.0", "copyleft", "ANSE"},
    {"Apache-2.0, GPL-2.0-only", "CC-BY-SA-4.0", "copyleft", "ANSE"},
    {"CC-BY-SA-3.0, GPL-2.0-only", "CC-BY-SA-4.0", "copyleft", "ANSE"},
    {"CC-BY-SA-4.0, ODbL-1.0", "CC-BY-SA-4.0", "share-alike", "ANS"},
    {"GFDL-1.3-or-later, GPL-3.0-or-later", "CC-BY-SA-4.0", "copyleft", "ANSE"},
    {"LGPL-2.1-only, EPL-2.0", "CC-BY-SA-4.0", "weak-copyleft", "ANE"},
    // Non-commercial text.
    {"MIT, CC-BY-NC-4.0", "CC-BY-NC-4.0", "non-commercial", "ANM"},
    {"CC-BY-4.0, CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ASM"},
    {"CC-BY-NC-4.0, CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ASM"},
    {"CC-BY-SA-4.0, CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ANSM"},
    {"CC-BY-SA-4.0, CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ANSM"},
    {"GPL-3.0-only, CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "non-commercial", "ANSEM"},
    // What no licence says all of.
    {"CC-BY-ND-4.0, CC-BY-SA-4.0", "", "no-derivatives", "ANSD"},
    {"LicenseRef-OpenRAIL, CC-BY-NC-4.0", "", "non-commercial", "ANFM"},
    {"JSON, GPL-3.0-only", "", "field-of-use", "ANSEF"},
    // Of alternatives the one that asks less; what is joined adds up.
    {"MIT OR GPL-2.0-only, CC-BY-4.0", "CC-BY-4.0", "attribution", "AN"},
    {"GFDL-1.3-or-later OR CC-BY-SA-4.0, MIT", "CC-BY-SA-4.0", "share-alike", "ANS"},
    {"MIT AND CC-BY-SA-4.0", "CC-BY-SA-4.0", "share-alike", "ANS"},
    {"CC-BY-NC-4.0 OR LicenseRef-bought", "CC-BY-NC-4.0", "non-commercial", "AM"},
    {"GPL-3.0-only WITH Font-exception-2.0, MIT", "GPL-3.0-only WITH Font-exception-2.0",
     "weak-copyleft", "ANE"},
    // Unknown terms stay unknown beside what is known.
    {"NOASSERTION, CC-BY-SA-4.0", "CC-BY-SA-4.0", "unknown", "ANSU"},
    {"MIT AND LicenseRef-x, CC-BY-4.0", "CC-BY-4.0", "unknown", "ANU"},
    {"LicenseRef-x OR MIT, CC0-1.0", "MIT", "permissive", "AN"},
};

std::string letters(const Duties& duties) {
  std::string text;
  const auto add = [&](bool asked, char letter) {
    if (asked) text += letter;
  };
  add(duties.attribution, 'A');
  add(duties.notice, 'N');
  add(duties.share_alike, 'S');
  add(duties.source, 'E');
  add(duties.field_of_use, 'F');
  add(duties.non_commercial, 'M');
  add(duties.no_derivatives, 'D');
  add(duties.unknown, 'U');
  return text;
}

TEST(CollectionLicence, follows_from_sixty_combinations_worked_by_hand) {
  EXPECT_GE(std::size(kCombinations), 60U);
  const SourceRegistry sources = SourceRegistry::from_json(
      parse_yaml("[{id: a, reader: text, terms: open, licence: NOASSERTION}]", "recipe.yaml"));
  for (const Combination& c : kCombinations) {
    std::vector<LicenceCount> counts;
    for (const std::string& licence : split(c.licences, ',')) {
      counts.push_back({std::string(trim(licence)), "a", 1, 1});
    }
    for (int turn = 0; turn < 2; ++turn) {  // and in the other order
      const CorpusTerms terms = derive_corpus_terms(counts, sources);
      EXPECT_EQ(terms.licence, c.licence) << c.licences << ": " << terms.licence_reason;
      EXPECT_STREQ(licence_class_name(terms.strictest), c.strictest) << c.licences;
      EXPECT_EQ(letters(terms.duties), c.duties) << c.licences;
      EXPECT_EQ(terms.commercial, !terms.duties.non_commercial) << c.licences;
      EXPECT_FALSE(terms.licence_reason.empty());
      std::reverse(counts.begin(), counts.end());
    }
  }
}

TEST(CollectionLicence, names_the_licences_that_do_not_go_together) {
  const auto whole =
      collection_licence({licence_terms_of("CC-BY-ND-4.0"), licence_terms_of("CC-BY-SA-4.0")});
  EXPECT_NE(whole.reason.find("CC-BY-ND-4.0, CC-BY-SA-4.0"), std::string::npos);
  const auto unsure = collection_licence({licence_terms_of("MIT"), licence_terms_of("x (")});
  EXPECT_EQ(unsure.licence, "MIT");
  EXPECT_NE(unsure.reason.find("unknown"), std::string::npos);
  EXPECT_EQ(collection_licence({}).licence, "NOASSERTION");
}

TEST(Adaptation, goes_where_the_licence_lets_it) {
  const auto may = [](const char* from, const char* to) {
    return may_become(licence_terms_of(from), licence_terms_of(to));
  };
  EXPECT_TRUE(may("CC0-1.0", "LicenseRef-Llama2"));
  EXPECT_TRUE(may("MIT", "CC-BY-NC-4.0"));
  EXPECT_FALSE(may("CC-BY-NC-4.0", "MIT"));
  EXPECT_FALSE(may("CC-BY-4.0", "CC0-1.0"));
  EXPECT_TRUE(may("GPL-2.0-or-later", "GPL-3.0-only"));
  EXPECT_FALSE(may("GPL-3.0-or-later", "GPL-2.0-only"));
  EXPECT_FALSE(may("GPL-2.0-only", "GPL-2.0-or-later"));
  EXPECT_FALSE(may("CC-BY-SA-1.0", "CC-BY-SA-4.0"));
  EXPECT_TRUE(may("CC-BY-SA-2.0", "CC-BY-SA-4.0"));
  EXPECT_FALSE(may("GPL-3.0-only", "CC-BY-SA-4.0"));
  EXPECT_FALSE(may("GPL-3.0-only", "AGPL-3.0-only"));
  EXPECT_FALSE(may("GPL-3.0-only", "GPL-3.0-only WITH Font-exception-2.0"));
  EXPECT_TRUE(may("GPL-3.0-only WITH Font-exception-2.0", "GPL-3.0-only"));
  EXPECT_FALSE(may("CC-BY-ND-4.0", "CC-BY-NC-ND-4.0"));
  EXPECT_TRUE(may("CC-BY-ND-4.0", "CC-BY-ND-4.0"));
  EXPECT_FALSE(may("LicenseRef-x", "LicenseRef-x"));
  EXPECT_FALSE(may("MIT AND GPL-2.0-only", "GPL-3.0-only"));
  EXPECT_TRUE(may("MIT AND LGPL-2.1-only", "GPL-3.0-only"));
}

}  // namespace

}  // namespace lucie
