// Signatures by Ed25519 (RFC 8032), of libcrypto.
#pragma once

#include <string>
#include <string_view>

namespace lucie {

inline constexpr std::size_t kEd25519KeyBytes = 32;  // of the secret seed, and of the public key
inline constexpr std::size_t kEd25519SignatureBytes = 64;

// All as raw bytes. A key of another length is kInvalidArgument.
std::string ed25519_public_key(std::string_view seed);
std::string ed25519_sign(std::string_view seed, std::string_view message);
// False for a key or a signature that is none, too.
bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature);

}  // namespace lucie
