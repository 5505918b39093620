#include "base/scrypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/error.h"

namespace lucie {

std::string scrypt(std::string_view password, std::string_view salt, const ScryptCost& cost,
                   std::size_t bytes) {
  constexpr std::uint64_t kAnyMemory = ~std::uint64_t{0} >> 1;  // what it may be is for the caller
  std::string key(bytes, '\0');
  if (EVP_PBE_scrypt(password.data(), password.size(),
                     reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), cost.n,
                     cost.r, cost.p, kAnyMemory, reinterpret_cast<unsigned char*>(key.data()),
                     key.size()) != 1) {
    ERR_clear_error();
    fail(ErrorCode::kUnsupported, "scrypt cannot be computed at that cost");
  }
  return key;
}

}  // namespace lucie
