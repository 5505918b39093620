#include "base/ed25519.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"

namespace lucie {
namespace {

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// RFC 8032, section 7.1, test 3.
const std::string kSeed =
    from_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
const std::string kPublic =
    from_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
const std::string kMessage = from_hex("af82");
const std::string kSignature = from_hex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");

TEST(Ed25519, is_that_of_the_rfc) {
  EXPECT_EQ(ed25519_public_key(kSeed), kPublic);
  EXPECT_EQ(ed25519_sign(kSeed, kMessage), kSignature);
  EXPECT_TRUE(ed25519_verify(kPublic, kMessage, kSignature));
}

TEST(Ed25519, a_bit_flipped_anywhere_is_refused) {
  for (std::size_t bit = 0; bit < kSignature.size() * 8; ++bit) {
    std::string forged = kSignature;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(ed25519_verify(kPublic, kMessage, forged)) << bit;
  }
  EXPECT_FALSE(ed25519_verify(kPublic, "\xAF\x83", kSignature));
  EXPECT_FALSE(ed25519_verify(ed25519_public_key(std::string(32, 'x')), kMessage, kSignature));
}

TEST(Ed25519, lengths_that_are_none_are_refused) {
  EXPECT_FALSE(ed25519_verify(kPublic.substr(1), kMessage, kSignature));
  EXPECT_FALSE(ed25519_verify(kPublic, kMessage, kSignature.substr(1)));
  EXPECT_THROW(ed25519_sign("short", kMessage), Error);
}

TEST(Digest, of_what_is_signed) {
  // RFC 7693, appendix A; FIPS 180-4's example.
  EXPECT_EQ(Digest(Digest::Kind::kBlake2b512).add("abc").hex(),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  EXPECT_EQ(Digest(Digest::Kind::kSha512).add("abc").bytes(),
            from_hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
}

}  // namespace
}  // namespace lucie
