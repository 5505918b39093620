#include <algorithm>

#include "base/base64.h"
#include "base/ed25519.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/scrypt.h"
#include "base/text.h"
#include "release/signature_forms.h"

namespace lucie::minisign {

namespace {

constexpr std::string_view kUntrusted = "untrusted comment: ";
constexpr std::string_view kTrusted = "trusted comment: ";
// The first line of a signature is the one thing in it that no signature covers: only minisign's
// own words may stand there, so that every byte of the file is checked.
constexpr std::string_view kFirstLine = "untrusted comment: signature from minisign secret key";
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kPublicBytes = 2 + kIdBytes + kEd25519KeyBytes;
constexpr std::size_t kSecretBytes = 158;  // algorithms 6, salt and limits 48, id 8, key 64, sum 32
constexpr std::size_t kSaltAt = 6, kSaltBytes = 32, kOperationsAt = 38, kMemoryAt = 46;
constexpr std::size_t kSecretIdAt = 54;
constexpr std::string_view kNoPassword{"\0\0", 2}, kScrypt = "Sc";
// minisign asks for 2^25 operations and 2^30 bytes.
constexpr std::uint64_t kMostOperations = std::uint64_t{1} << 30, kMostMemory = 1ULL << 32;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// What libsodium's crypto_pwhash_scryptsalsa208sha256 makes of its two limits.
ScryptCost cost_of(std::uint64_t operations, std::uint64_t memory) {
  operations = std::max<std::uint64_t>(operations, 32768);
  ScryptCost cost{2, 8, 1};
  const bool by_memory = operations >= memory / 32;
  const std::uint64_t most = by_memory ? memory / (cost.r * 128) : operations / (cost.r * 4);
  while (cost.n <= most / 2) cost.n *= 2;
  if (by_memory) cost.p = std::max<std::uint64_t>(1, operations / 4 / cost.n / cost.r);
  return cost;
}

// The id and both halves, which a password hides.
std::string opened(const std::string& bytes, const std::string& place, const AskPassword& ask) {
  if (!ask) {
    fail(ErrorCode::kUnsupported, "the secret key is under a password", place,
         "make one without (minisign -G -W), or sign SHA256SUMS with minisign -S afterwards: "
         "lucie verify checks that too");
  }
  const std::uint64_t operations = number_at(bytes, kOperationsAt);
  const std::uint64_t memory = number_at(bytes, kMemoryAt);
  if (operations > kMostOperations || memory > kMostMemory) {
    fail(ErrorCode::kUnsupported, "its password asks for more work than minisign ever does", place);
  }
  std::string hidden = bytes.substr(kSecretIdAt);
  const std::string mask =
      scrypt(ask(), bytes.substr(kSaltAt, kSaltBytes), cost_of(operations, memory), hidden.size());
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    hidden[i] = static_cast<char>(hidden[i] ^ mask[i]);
  }
  const std::string_view seed = std::string_view(hidden).substr(kIdBytes, kEd25519KeyBytes);
  if (hidden.substr(kIdBytes + kEd25519KeyBytes, kEd25519KeyBytes) != ed25519_public_key(seed)) {
    fail(ErrorCode::kInvalidArgument, "the password of the secret key is wrong", place);
  }
  return hidden;
}

std::string digest_of(std::string_view message) {
  return Digest(Digest::Kind::kBlake2b512).add(message).bytes();
}

std::string signature_file(const std::string& signature, const std::string& comment,
                           const std::string& over_all) {
  return std::string(kFirstLine) + "\n" + to_base64(signature) + "\n" + std::string(kTrusted) +
         comment + "\n" + to_base64(over_all) + "\n";
}

}  // namespace

std::optional<PublicKey> public_key(const std::string& text, const std::string& place) {
  const std::vector<std::string> lines = lines_of(text);
  if (lines.size() != 2 || !lines[0].starts_with(kUntrusted)) return std::nullopt;
  const std::string bytes = from_base64(lines[1], place);
  if (bytes.size() != kPublicBytes || !bytes.starts_with("Ed")) return std::nullopt;
  return PublicKey{SignatureForm::kMinisign, bytes.substr(2, kIdBytes), bytes.substr(2 + kIdBytes)};
}

std::optional<SecretKey> secret_key(const std::string& text, const std::string& place,
                                    const AskPassword& ask) {
  const std::vector<std::string> lines = lines_of(text);
  if (lines.size() != 2 || !lines[0].starts_with(kUntrusted)) return std::nullopt;
  const std::string bytes = from_base64(lines[1], place);
  if (bytes.size() != kSecretBytes || !bytes.starts_with("Ed")) return std::nullopt;
  const std::string kept = bytes.substr(2, 2);
  if (kept != kNoPassword && kept != kScrypt) {
    fail(ErrorCode::kUnsupported, "the secret key is kept in an unknown way", place);
  }
  const std::string halves =
      kept == kScrypt ? opened(bytes, place, ask) : bytes.substr(kSecretIdAt);
  SecretKey key;
  key.seed = halves.substr(kIdBytes, kEd25519KeyBytes);
  key.public_key = {SignatureForm::kMinisign, halves.substr(0, kIdBytes),
                    halves.substr(kIdBytes + kEd25519KeyBytes, kEd25519KeyBytes)};
  return key;
}

std::string public_key_file(const PublicKey& key) {
  return std::string(kUntrusted) + "minisign public key\n" + to_base64("Ed" + key.id + key.bytes) +
         "\n";
}

std::string sign(const SecretKey& key, std::string_view message) {
  const std::string comment = "file:SHA256SUMS\thashed";
  const std::string signature = ed25519_sign(key.seed, digest_of(message));
  return signature_file("ED" + key.public_key.id + signature, comment,
                        ed25519_sign(key.seed, signature + comment));
}

std::optional<std::string> refuse(const PublicKey& key, std::string_view message,
                                  const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  if (lines.size() != 4 || !lines[2].starts_with(kTrusted)) return "not a signature of minisign";
  if (lines[0] != kFirstLine) return "its first line is not \"" + std::string(kFirstLine) + "\"";
  const std::string comment = lines[2].substr(kTrusted.size());
  std::string bytes, over_all;
  try {
    bytes = from_base64(lines[1], {});
    over_all = from_base64(lines[3], {});
  } catch (const Error& error) {
    return error.message();
  }
  if (bytes.size() != 2 + kIdBytes + kEd25519SignatureBytes ||
      signature_file(bytes, comment, over_all) != text) {
    return "not written as minisign writes it";
  }
  const std::string signature = bytes.substr(2 + kIdBytes);
  if (bytes.substr(2, kIdBytes) != key.id) return "made with another key";
  const bool hashed = bytes.starts_with("ED");
  if (!hashed && !bytes.starts_with("Ed")) return "of an unknown algorithm";
  if (!ed25519_verify(key.bytes, hashed ? digest_of(message) : std::string(message), signature)) {
    return "not a signature of this SHA256SUMS";
  }
  if (!ed25519_verify(key.bytes, signature + comment, over_all)) return "its comment was altered";
  return std::nullopt;
}

}  // namespace lucie::minisign
