#include "corpus/spdx.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace lucie {
namespace {

TEST(Spdx, debian_names_become_identifiers) {
  const std::pair<const char*, const char*> cases[] = {
      {"GPL-2+", "GPL-2.0-or-later"},
      {"GPL-2.0+", "GPL-2.0-or-later"},
      {"GPL-3", "GPL-3.0-only"},
      {"GPL", "GPL-1.0-or-later"},
      {"LGPL-2.1", "LGPL-2.1-only"},
      {"GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"},
      {"GFDL-1.2-no-invariants", "GFDL-1.2-no-invariants-only"},
      {"GFDL-1.3", "GFDL-1.3-only"},
      {"Expat", "MIT"},
      {"PSF-2", "PSF-2.0"},
      {"BSD-3-clause", "BSD-3-Clause"},
      {"cc-by-sa-3.0", "CC-BY-SA-3.0"},
      {"public-domain", "LicenseRef-public-domain"},
      {"Linux-man-pages-copyleft", "Linux-man-pages-copyleft"},
      {"PERMISSIVE, of a kind", "LicenseRef-PERMISSIVE AND LicenseRef-of-a-kind"},
      {"", "NOASSERTION"},
      {"***", "NOASSERTION"}};
  for (const auto& [debian, spdx] : cases) EXPECT_EQ(spdx_from_debian(debian), spdx) << debian;
}

TEST(Spdx, and_binds_before_or_and_a_comma_groups) {
  EXPECT_EQ(spdx_from_debian("GPL-1+ or Artistic"), "GPL-1.0-or-later OR Artistic-1.0-Perl");
  EXPECT_EQ(spdx_from_debian("MIT and GPL-2 or Apache-2.0"), "MIT AND GPL-2.0-only OR Apache-2.0");
  EXPECT_EQ(spdx_from_debian("GPL-2+ or MIT, and CC0-1.0"),
            "(GPL-2.0-or-later OR MIT) AND CC0-1.0");
}

TEST(Spdx, exceptions_are_kept) {
  EXPECT_EQ(spdx_from_debian("GPL-3+ with Font exception"),
            "GPL-3.0-or-later WITH Font-exception-2.0");
  EXPECT_EQ(spdx_from_debian("GPL-2+ with Martian exception"),
            "LicenseRef-GPL-2-with-Martian-exception");
}

TEST(Spdx, notices_are_recognised_by_their_words) {
  EXPECT_EQ(recognise_notice("under the terms of the GNU General Public License as\n published by "
                             "the FSF; either version 2 of the License, or (at your option) any "
                             "later version.")
                .spdx,
            "GPL-2.0-or-later");
  EXPECT_EQ(recognise_notice("Permission  is  hereby granted,\n free  of charge, to any").spdx,
            "MIT");
  EXPECT_EQ(recognise_notice("Redistribution and use in source and binary forms ... Neither the "
                             "name of")
                .spdx,
            "BSD-3-Clause");
  EXPECT_EQ(recognise_notice("all rights reserved").spdx, "");
}

}  // namespace
}  // namespace lucie
