#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <xxhash.h>
#include <zlib.h>

#include "base/error.h"

namespace lucie {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

void check(int result) {
  if (result != 1) fail(ErrorCode::kInternal, "libcrypto failed to compute a hash");
}

std::string in_hex(std::span<const unsigned char> bytes) {
  std::string out;
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

}  // namespace

Digest::Digest(Kind kind) : state_(std::make_unique<State>()) {
  const EVP_MD* algorithm = kind == Kind::kSha256   ? EVP_sha256()
                            : kind == Kind::kSha1   ? EVP_sha1()
                            : kind == Kind::kSha512 ? EVP_sha512()
                                                    : EVP_blake2b512();
  check(state_->context != nullptr && EVP_DigestInit_ex(state_->context, algorithm, nullptr) == 1);
}

Digest::~Digest() = default;
Digest::Digest(Digest&& other) noexcept = default;
Digest& Digest::operator=(Digest&& other) noexcept = default;

Digest& Digest::add(std::string_view bytes) {
  check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
  return *this;
}

Digest& Digest::add(std::span<const std::byte> bytes) {
  return add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string Digest::bytes() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(EVP_DigestFinal_ex(state_->context, digest.data(), &size));
  return {digest.begin(), digest.begin() + size};
}

std::string Digest::hex() {
  const std::string digest = bytes();
  return in_hex({reinterpret_cast<const unsigned char*>(digest.data()), digest.size()});
}

Digest git_blob_digest(std::uint64_t size) {
  Digest digest(Digest::Kind::kSha1);
  const std::string header = "blob " + std::to_string(size);
  digest.add(std::string_view(header.c_str(), header.size() + 1));  // with its final zero byte
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  return Sha256().add(bytes).hex();
}

std::string sha256_file(const fs::path& path) {
  return Sha256().add(MappedFile(path).bytes()).hex();
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   bytes.size(), digest.data(), &size);
  check(made != nullptr ? 1 : 0);
  return in_hex(std::span(digest).first(size));
}

std::uint32_t crc32(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

std::uint64_t xxh64(std::string_view bytes) {
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::uint64_t sha1_start(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr));
  std::uint64_t start = 0;
  for (int i = 7; i >= 0; --i) start = start << 8 | digest[static_cast<std::size_t>(i)];
  return start;
}

}  // namespace lucie
