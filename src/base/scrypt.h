// A key from a password by scrypt (RFC 7914), of libcrypto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lucie {

struct ScryptCost {
  std::uint64_t n = 0;  // a power of two; 128 * n * r bytes of memory are used
  std::uint64_t r = 0, p = 0;
};

// `bytes` of key. A cost that scrypt does not have, or for which memory lacks, is kUnsupported.
std::string scrypt(std::string_view password, std::string_view salt, const ScryptCost& cost,
                   std::size_t bytes);

}  // namespace lucie
