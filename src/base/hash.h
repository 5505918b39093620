// Hashes: SHA-256 for identity that others check, SHA-1 where git asks for it, SHA-512 and BLAKE2b
// where signatures do, XXH3 for tables and deduplication; XXH64 and the start of a SHA-1 where
// results must be those of other tools.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"

namespace lucie {

class Digest {
 public:
  enum class Kind { kSha256, kSha1, kSha512, kBlake2b512 };
  explicit Digest(Kind kind);
  ~Digest();
  Digest(Digest&& other) noexcept;
  Digest& operator=(Digest&& other) noexcept;
  Digest& add(std::string_view bytes);
  Digest& add(std::span<const std::byte> bytes);
  std::string bytes();  // finishes; call one of the two, once
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Sha256 : public Digest {
 public:
  Sha256() : Digest(Kind::kSha256) {}
};

// The name that git gives to a file of `size` bytes, once they are added: SHA-1 over a header and
// the bytes. An identity, no protection against an attacker.
Digest git_blob_digest(std::uint64_t size);

std::string sha256_hex(std::string_view bytes);
std::string sha256_file(const fs::path& path);
// HMAC-SHA-256 (RFC 2104): nobody without the key can tell whose hash it is by trying texts.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

// CRC-32 of zip and gzip (ISO 3309).
std::uint32_t crc32(std::span<const std::byte> bytes);

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);  // XXH3
struct Hash128 {
  std::uint64_t low = 0, high = 0;
  auto operator<=>(const Hash128&) const = default;
};
Hash128 hash128(std::string_view bytes);  // XXH3

std::uint64_t xxh64(std::string_view bytes);       // seed 0
std::uint64_t sha1_start(std::string_view bytes);  // the first 8 bytes, little endian

}  // namespace lucie
