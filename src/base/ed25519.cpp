#include "base/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "base/error.h"

namespace lucie {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void check(bool done) {
  if (!done) fail(ErrorCode::kInternal, "libcrypto failed at a signature");
}

Key secret_key(std::string_view seed) {
  if (seed.size() != kEd25519KeyBytes) {
    fail(ErrorCode::kInvalidArgument, "a secret key has 32 bytes");
  }
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()),
          EVP_PKEY_free);
  check(key != nullptr);
  return key;
}

}  // namespace

std::string ed25519_public_key(std::string_view seed) {
  const Key key = secret_key(seed);
  std::string bytes(kEd25519KeyBytes, '\0');
  std::size_t size = bytes.size();
  check(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                    &size) == 1);
  return bytes;
}

std::string ed25519_sign(std::string_view seed, std::string_view message) {
  const Key key = secret_key(seed);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  check(context != nullptr &&
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       raw(message), message.size()) == 1);
  return signature;
}

bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  if (public_key.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
    return false;
  }
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()),
      EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                          message.size()) == 1;
}

}  // namespace lucie
