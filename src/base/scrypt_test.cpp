#include "base/scrypt.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/test_files.h"

namespace lucie {
namespace {

// RFC 7914, section 12.
TEST(Scrypt, gives_the_key_of_its_specification) {
  EXPECT_EQ(
      to_base64(scrypt("password", "NaCl", {1024, 8, 16}, 64)),
      "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA==");
}

TEST(Scrypt, refuses_a_cost_that_is_no_power_of_two) {
  const Error error = testing_base::error_of([] { scrypt("p", "s", {1000, 8, 1}, 32); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace lucie
