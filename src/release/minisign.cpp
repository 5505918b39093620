#include "base/base64.h"
#include "base/ed25519.h"
#include "base/error.h"
#include "base/hash.h"
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
constexpr std::size_t kSecretIdAt = 54;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
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

std::optional<SecretKey> secret_key(const std::string& text, const std::string& place) {
  const std::vector<std::string> lines = lines_of(text);
  if (lines.size() != 2 || !lines[0].starts_with(kUntrusted)) return std::nullopt;
  const std::string bytes = from_base64(lines[1], place);
  if (bytes.size() != kSecretBytes || !bytes.starts_with("Ed")) return std::nullopt;
  if (bytes.substr(2, 2) != std::string(2, '\0')) {
    fail(ErrorCode::kUnsupported, "the secret key is under a password", place,
         "make one without (minisign -G -W), or sign SHA256SUMS with minisign -S afterwards: "
         "lucie verify checks that too");
  }
  SecretKey key;
  key.seed = bytes.substr(kSecretIdAt + kIdBytes, kEd25519KeyBytes);
  key.public_key = {SignatureForm::kMinisign, bytes.substr(kSecretIdAt, kIdBytes),
                    bytes.substr(kSecretIdAt + kIdBytes + kEd25519KeyBytes, kEd25519KeyBytes)};
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
