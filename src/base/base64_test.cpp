#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

TEST(Base64, gives_the_answers_of_rfc_4648) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, comes_back_and_refuses_other_characters) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"),
                                   std::string("abc"), std::string("\0\xFF\x80z", 4)}) {
    EXPECT_EQ(from_base64(to_base64(bytes), "x"), bytes);
  }
  EXPECT_THROW(from_base64("a b", "x"), Error);
}

}  // namespace
}  // namespace lucie
