#include "corpus/licence_dep5.h"

#include <gtest/gtest.h>

#include <string>

namespace lucie {
namespace {

constexpr const char* kCopyright =
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
    "\n"
    "Files: *\n"
    "Copyright: someone\n"
    "License: GPL-3+\n"
    "\n"
    "Files: man7/futex.7 man7/signal.7\n"
    " man2/fork.2\n"
    "License: Expat\n"
    "\n"
    "Files: po/fr/man1/*\n"
    "License: GPL-2+\n"
    "\n"
    "Files: po/fr/man1/ls.1.po\n"
    "License: BSD-2-clause\n"
    "\n"
    "Files: debian/*\n"
    "License: GPL-1\n"
    "\n"
    "License: Expat\n"
    " Permission is hereby granted ...\n";

TEST(Dep5, the_last_pattern_that_fits_gives_the_licence) {
  const PackageLicence licence = PackageLicence::parse(kCopyright, "c");
  EXPECT_EQ(licence.of("usr/share/man/fr/man1/cp.1.gz").spdx, "GPL-2.0-or-later");
  EXPECT_EQ(licence.of("usr/share/man/fr/man1/ls.1.gz").spdx, "BSD-2-Clause");
}

TEST(Dep5, patterns_of_source_files_fit_the_end_of_installed_paths) {
  const PackageLicence licence = PackageLicence::parse(kCopyright, "c");
  const LicenceFinding futex = licence.of("usr/share/man/man7/futex.7.gz");
  EXPECT_EQ(futex.spdx, "MIT");
  EXPECT_EQ(futex.evidence, "c: Files: man7/futex.7 (fits the end of the path)");
  EXPECT_EQ(licence.of("usr/share/man/man2/fork.2.gz").spdx, "MIT");
}

TEST(Dep5, another_language_does_not_inherit_a_translations_licence) {
  const PackageLicence licence = PackageLicence::parse(kCopyright, "c");
  EXPECT_EQ(licence.of("usr/share/man/de/man1/ls.1.gz").spdx, "GPL-3.0-or-later");
}

TEST(Dep5, without_a_pattern_the_headline_counts_and_the_evidence_says_so) {
  const PackageLicence licence = PackageLicence::parse(kCopyright, "c");
  const LicenceFinding other = licence.of("usr/share/doc/debian/FAQ/index.html");
  EXPECT_EQ(other.spdx, "GPL-3.0-or-later");
  EXPECT_EQ(other.evidence, "c: Files: * (no pattern names this file)");
}

TEST(Dep5, a_licence_text_in_the_field_is_recognised) {
  const PackageLicence licence = PackageLicence::parse(
      "Format: x\n\nFiles: *\nLicense: This software is provided 'as-is', without any express or "
      "implied\n warranty.\n \n 2. Altered source versions must be plainly marked as such\n",
      "c");
  EXPECT_EQ(licence.of("a").spdx, "Zlib");
}

TEST(Dep5, free_text_is_recognised_or_nothing_is_asserted) {
  EXPECT_EQ(PackageLicence::parse("under the GNU General Public License, version 2 or later", "c")
                .of("x")
                .spdx,
            "GPL-2.0-or-later");
  const LicenceFinding unknown = PackageLicence::parse("ask me", "c").of("x");
  EXPECT_EQ(unknown.spdx, "NOASSERTION");
  EXPECT_EQ(unknown.evidence, "c: free text, no known licence recognised");
}

TEST(Dep5, any_cut_of_a_copyright_file_parses) {
  const std::string whole = kCopyright;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const PackageLicence licence = PackageLicence::parse(whole.substr(0, size), "c");
    EXPECT_FALSE(licence.of("usr/share/man/man7/futex.7").spdx.empty()) << size;
  }
}

TEST(Dep5, patterns_match_as_the_shell_does_and_in_bounded_time) {
  EXPECT_TRUE(dep5_match("a*c", "a/b/c"));
  EXPECT_TRUE(dep5_match("a?c", "abc"));
  EXPECT_TRUE(dep5_match("a\\*c", "a*c"));
  EXPECT_FALSE(dep5_match("a\\*c", "abc"));
  EXPECT_FALSE(dep5_match("a", "ab"));
  std::string stars;
  for (int i = 0; i < 2000; ++i) stars += "*a";
  EXPECT_FALSE(dep5_match(stars + "b", std::string(5000, 'a')));
}

TEST(PackageLicence, a_name_that_nobody_lists_is_told_by_its_text) {
  const PackageLicence licence = PackageLicence::parse(
      "Format: x\n\nFiles: *\nLicense: Go\n\nFiles: b/own.go\nLicense: Own\n\n"
      "License: Go\n Redistribution and use in source and binary forms are permitted;\n"
      " neither the name of the owner ...\n\nLicense: Own\n Ask us first.\n",
      "copyright");
  EXPECT_EQ(licence.of("a.go").spdx, "BSD-3-Clause");
  EXPECT_NE(licence.of("a.go").evidence.find("by its text"), std::string::npos);
  EXPECT_EQ(licence.of("b/own.go").spdx, "LicenseRef-Own");
}

}  // namespace
}  // namespace lucie
