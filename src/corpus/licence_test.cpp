#include "corpus/licence.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "corpus/spdx_list.h"

namespace lucie {

namespace {

TEST(LicenceExpression, is_normalised_whatever_the_order_it_was_written_in) {
  const struct {
    const char *written, *normal;
  } kCases[] = {
      {"MIT", "MIT"},
      {"", "NOASSERTION"},
      {"GPL-2.0+", "GPL-2.0-or-later"},
      {"GPL-3.0", "GPL-3.0-only"},
      {"gpl-2.0-or-later", "GPL-2.0-or-later"},
      {"MIT or GPL-2.0+", "GPL-2.0-or-later OR MIT"},
      {"MIT AND (CC-BY-4.0 AND MIT)", "CC-BY-4.0 AND MIT"},
      {"MIT OR (MIT)", "MIT"},
      {"(GPL-2.0+ or (MIT and CC-BY-4.0))", "(CC-BY-4.0 AND MIT) OR GPL-2.0-or-later"},
      {"MIT AND ISC OR Zlib", "(ISC AND MIT) OR Zlib"},
      {"GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
      {"LicenseRef-mine", "LicenseRef-mine"},
      {"mit", "MIT"},
      {"APACHE-2.0+", "Apache-2.0+"},
      {"noassertion", "NOASSERTION"},
      {"gfdl-1.3-NO-invariants-or-later", "GFDL-1.3-no-invariants-or-later"},
      {"gpl-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"},
      {"LGPL-3.0+ with llvm-EXCEPTION", "LGPL-3.0-or-later WITH LLVM-exception"},
      {"BSD-2-Clause-FreeBSD", "BSD-2-Clause"},
      {"wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"},
      {"DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
       "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2"},
      {"made-up-1.0", "made-up-1.0"},
      {"MIT AND ISC OR Zlib AND X11", "(ISC AND MIT) OR (X11 AND Zlib)"},
      {"MIT AND (ISC OR Zlib)", "(ISC OR Zlib) AND MIT"},
  };
  for (const auto& c : kCases) {
    const std::string normal = to_string(parse_spdx(c.written, "test"));
    EXPECT_EQ(normal, c.normal) << c.written;
    EXPECT_EQ(to_string(parse_spdx(normal, "test")), normal) << "reads back";
  }
}

TEST(LicenceExpression, what_breaks_the_grammar_is_an_error_with_its_place) {
  for (const char* text : {"MIT AND",
                           "AND MIT",
                           "(MIT",
                           "MIT)",
                           "MIT MIT",
                           "MIT WITH",
                           "()",
                           "MIT / ISC",
                           "<script>",
                           "MIT\x01",
                           "WITH x",
                           "MIT+ISC",
                           "LicenseRef-",
                           "DocumentRef-x",
                           "DocumentRef-x:MIT",
                           "DocumentRef-:LicenseRef-x",
                           "a:b",
                           "LicenseRef-x+",
                           "MIT++",
                           "MIT WITH (x)",
                           "gpl-2.0-with-font-exception WITH GCC-exception-2.0"}) {
    try {
      parse_spdx(text, "recipe.yaml:7");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << text;
      EXPECT_EQ(error.place(), "recipe.yaml:7");
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST(LicenceExpression, many_brackets_are_refused_and_not_followed_down) {
  const std::string text = std::string(100000, '(') + "MIT" + std::string(100000, ')');
  EXPECT_THROW(parse_spdx(text, "test"), Error);
}

TEST(LicenceExpression, names_that_nobody_can_look_up_are_told) {
  const auto unlisted = [](const char* text) { return unlisted_names(parse_spdx(text, "test")); };
  EXPECT_TRUE(unlisted("MIT AND (GPL-2.0+ OR LicenseRef-x) AND Apache-2.0+").empty());
  EXPECT_TRUE(unlisted("NOASSERTION").empty());
  EXPECT_TRUE(unlisted("NONE").empty());
  EXPECT_TRUE(unlisted("DocumentRef-a:LicenseRef-b").empty());
  EXPECT_EQ(unlisted("Apache-2 OR MIT"), std::vector<std::string>{"Apache-2"});
  EXPECT_EQ(unlisted("GPL-2.0-only WITH made-up"), std::vector<std::string>{"made-up"});
  EXPECT_EQ(unlisted("GPL-9.0-only"), std::vector<std::string>{"GPL-9.0-only"});
}

TEST(SpdxList, is_found_in_either_case_and_knows_who_approved) {
  EXPECT_EQ(find_spdx_licence("apache-2.0").id, "Apache-2.0");
  EXPECT_TRUE(find_spdx_licence("Apache-2.0").osi_approved);
  EXPECT_TRUE(find_spdx_licence("CC-BY-4.0").fsf_libre);
  EXPECT_FALSE(find_spdx_licence("CC-BY-NC-4.0").osi_approved);
  EXPECT_TRUE(find_spdx_licence("GPL-2.0+").deprecated);
  EXPECT_EQ(find_spdx_licence("0bsd").id, "0BSD");        // the first row
  EXPECT_EQ(find_spdx_licence("zpl-2.1").id, "ZPL-2.1");  // the last one
  EXPECT_TRUE(find_spdx_licence("").id.empty());
  EXPECT_TRUE(find_spdx_licence("MIT ").id.empty());
  EXPECT_EQ(find_spdx_exception("CLASSPATH-exception-2.0"), "Classpath-exception-2.0");
  EXPECT_TRUE(find_spdx_exception("MIT").empty());
}

TEST(Licence, terms_follow_from_the_table_and_the_operators) {
  const struct {
    const char* expression;
    const char* name;
    std::vector<std::string> duties;
  } kCases[] = {
      {"CC0-1.0", "public-domain", {}},
      {"LicenseRef-public-domain", "public-domain", {}},
      {"MIT", "permissive", {"attribution", "licence-notice"}},
      {"BSD-3-Clause", "permissive", {"attribution", "licence-notice"}},
      {"Apache-2.0+", "permissive", {"attribution", "licence-notice"}},
      {"PSF-2.0", "permissive", {"attribution", "licence-notice"}},
      {"CC-BY-4.0", "attribution", {"attribution"}},
      {"CC-BY-3.0-US", "attribution", {"attribution"}},
      {"etalab-2.0", "attribution", {"attribution"}},
      {"MPL-2.0", "weak-copyleft", {"attribution", "licence-notice", "source"}},
      {"LGPL-2.1-or-later", "weak-copyleft", {"attribution", "licence-notice", "source"}},
      {"CC-BY-SA-4.0", "share-alike", {"attribution", "licence-notice", "share-alike"}},
      {"GFDL-1.3-no-invariants-or-later",
       "share-alike",
       {"attribution", "licence-notice", "share-alike", "source"}},
      {"GPL-2.0-or-later", "copyleft", {"attribution", "licence-notice", "share-alike", "source"}},
      {"AGPL-3.0-only", "copyleft", {"attribution", "licence-notice", "share-alike", "source"}},
      {"CC-BY-NC-4.0", "non-commercial", {"attribution", "non-commercial"}},
      {"JSON", "field-of-use", {"attribution", "licence-notice", "field-of-use"}},
      {"LicenseRef-Llama2", "field-of-use", {"attribution", "licence-notice", "field-of-use"}},
      {"LicenseRef-OpenRAIL", "field-of-use", {"attribution", "licence-notice", "field-of-use"}},
      {"CC-BY-NC-SA-4.0", "non-commercial", {"attribution", "share-alike", "non-commercial"}},
      {"CC-BY-ND-4.0", "no-derivatives", {"attribution", "no-derivatives"}},
      {"CC-BY-NC-ND-3.0", "no-derivatives", {"attribution", "non-commercial", "no-derivatives"}},
      {"NOASSERTION", "unknown", {"unknown"}},
      {"LicenseRef-mine", "unknown", {"unknown"}},
      {"CC-BY-banana", "unknown", {"unknown"}},
      {"MIT AND GPL-2.0-only",
       "copyleft",
       {"attribution", "licence-notice", "share-alike", "source"}},
      {"MIT AND LicenseRef-x", "unknown", {"attribution", "licence-notice", "unknown"}},
      {"GPL-2.0-only OR CC-BY-SA-3.0",
       "share-alike",
       {"attribution", "licence-notice", "share-alike"}},
      {"LicenseRef-x OR MIT", "permissive", {"attribution", "licence-notice"}},
      {"GPL-2.0-only OR (MIT AND CC-BY-NC-4.0)",
       "copyleft",
       {"attribution", "licence-notice", "share-alike", "source"}},
      {"GPL-3.0-or-later WITH Font-exception-2.0",
       "weak-copyleft",
       {"attribution", "licence-notice", "source"}},
      {"GPL-3.0-or-later WITH made-up-exception",
       "copyleft",
       {"attribution", "licence-notice", "share-alike", "source"}},
      {"not a licence at all (", "unknown", {"unknown"}},
  };
  for (const auto& c : kCases) {
    const LicenceTerms terms = licence_terms_of(c.expression);
    EXPECT_STREQ(licence_class_name(terms.licence_class), c.name) << c.expression;
    EXPECT_EQ(terms.duties.names(), c.duties) << c.expression;
  }
  EXPECT_EQ(licence_terms_of("GPL-2.0-only OR CC-BY-SA-3.0").taken, "CC-BY-SA-3.0");
}

}  // namespace

}  // namespace lucie
