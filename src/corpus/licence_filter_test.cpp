#include "corpus/licence_filter.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

LicenceFilter filter(const std::string& yaml) {
  return LicenceFilter::from_json(parse_yaml(yaml, "recipe"));
}

TEST(LicenceFilter, lets_in_what_is_allowed) {
  const LicenceFilter f = filter("{allow: [MIT, 'cc-by-*', GPL-2.0-only]}");
  for (const char* spdx : {"MIT", "CC-BY-4.0", "CC-BY-SA-3.0", "MIT OR Proprietary",
                           "MIT AND CC-BY-4.0", "GPL-2.0-only WITH Classpath-exception-2.0"}) {
    EXPECT_TRUE(f.lets_in(spdx)) << spdx;
  }
  for (const char* spdx : {"Apache-2.0", "MIT AND Apache-2.0", "NOASSERTION", "", "(MIT", "MITX"}) {
    EXPECT_FALSE(f.lets_in(spdx)) << spdx;
  }
}

TEST(LicenceFilter, leaves_out_what_is_denied) {
  const LicenceFilter f = filter("{deny: ['*-NC-*', GPL-3.0-only]}");
  for (const char* spdx : {"CC-BY-NC-SA-4.0", "MIT AND CC-BY-NC-4.0", "GPL-3.0-only"}) {
    EXPECT_FALSE(f.lets_in(spdx)) << spdx;
  }
  for (const char* spdx : {"CC-BY-SA-4.0", "MIT OR CC-BY-NC-4.0", "GPL-3.0-or-later", "(MIT"}) {
    EXPECT_TRUE(f.lets_in(spdx)) << spdx;
  }
}

TEST(LicenceFilter, needs_one_list) {
  for (const char* yaml : {"{}", "{allow: [MIT], deny: [MIT]}", "{allow: []}", "{alow: [MIT]}"}) {
    EXPECT_THROW(filter(yaml), Error) << yaml;
  }
}

}  // namespace
}  // namespace lucie
