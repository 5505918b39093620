#include "base/base64.h"
#include "base/ed25519.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "release/signature_forms.h"

namespace lucie::ssh {

namespace {

constexpr std::string_view kKind = "ssh-ed25519";
constexpr std::string_view kMagic = "SSHSIG";
constexpr std::string_view kKeyMagic{"openssh-key-v1\0", 15};
constexpr std::string_view kNamespace = "file";
constexpr std::size_t kLine = 70;  // digits in a line of ssh-keygen's signatures

std::string number(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::string field(std::string_view bytes) {
  return number(bytes.size()) + std::string(bytes);
}

// Fields with their lengths before them. What does not fit makes everything after it empty and
// good() false.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) good_ = false;
    const std::string_view taken = good_ ? rest_.substr(0, size) : std::string_view();
    if (good_) rest_.remove_prefix(size);
    return taken;
  }
  std::size_t take_number() {
    std::size_t value = 0;
    for (const char c : take(4)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view take_field() { return take(take_number()); }
  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::string key_blob(const std::string& key) {
  return field(kKind) + field(key);
}

std::optional<PublicKey> key_from_blob(std::string_view blob) {
  Fields fields(blob);
  const bool kind = fields.take_field() == kKind;
  const std::string bytes(fields.take_field());
  if (!kind || !fields.at_end() || bytes.size() != kEd25519KeyBytes) return std::nullopt;
  return PublicKey{SignatureForm::kSsh, {}, bytes};
}

// The bytes between "-----BEGIN <what>-----" and its end.
std::optional<std::string> from_armour(const std::string& text, const std::string& what,
                                       const std::string& place) {
  const std::string begin = "-----BEGIN " + what + "-----\n", end = "-----END " + what + "-----";
  const std::size_t last = text.find(end);
  if (!text.starts_with(begin) || last == std::string::npos) return std::nullopt;
  std::string digits;
  for (const char c : text.substr(begin.size(), last - begin.size())) {
    if (c != '\n' && c != '\r') digits += c;
  }
  return from_base64(digits, place);
}

std::string armoured(const std::string& blob) {
  const std::string digits = to_base64(blob);
  std::string text = "-----BEGIN SSH SIGNATURE-----\n";
  for (std::size_t at = 0; at < digits.size(); at += kLine) text += digits.substr(at, kLine) + "\n";
  return text + "-----END SSH SIGNATURE-----\n";
}

struct Signature {
  PublicKey key;
  std::string hash, bytes;  // "sha512", 64 bytes
  std::string blob() const {
    return std::string(kMagic) + number(1) + field(key_blob(key.bytes)) + field(kNamespace) +
           field("") + field(hash) + field(field(kKind) + field(bytes));
  }
};

// Nothing but what ssh-keygen writes, byte for byte.
std::optional<Signature> parse(const std::string& text) {
  std::optional<std::string> blob;
  try {
    blob = from_armour(text, "SSH SIGNATURE", {});
  } catch (const Error&) {
    return std::nullopt;
  }
  if (!blob || !blob->starts_with(kMagic)) return std::nullopt;
  Fields fields(std::string_view(*blob).substr(kMagic.size()));
  fields.take_number();
  const std::optional<PublicKey> key = key_from_blob(fields.take_field());
  fields.take_field();  // namespace
  fields.take_field();  // reserved
  const std::string hash(fields.take_field());
  Fields signature(fields.take_field());
  signature.take_field();
  const std::string bytes(signature.take_field());
  if (!key || !fields.at_end() || !signature.at_end()) return std::nullopt;
  Signature parsed{*key, hash, bytes};
  if (armoured(parsed.blob()) != text) return std::nullopt;
  return parsed;
}

std::string signed_words(const std::string& hash, std::string_view message) {
  Digest digest(hash == "sha256" ? Digest::Kind::kSha256 : Digest::Kind::kSha512);
  return std::string(kMagic) + field(kNamespace) + field("") + field(hash) +
         field(digest.add(message).bytes());
}

}  // namespace

std::optional<PublicKey> public_key(const std::string& text, const std::string& place) {
  const std::vector<std::string> words = split(std::string(trim(text)), ' ');
  if (words.size() < 2 || words[0] != kKind) return std::nullopt;
  return key_from_blob(from_base64(words[1], place));
}

std::optional<SecretKey> secret_key(const std::string& text, const std::string& place) {
  const std::optional<std::string> bytes = from_armour(text, "OPENSSH PRIVATE KEY", place);
  if (!bytes || !bytes->starts_with(kKeyMagic)) return std::nullopt;
  Fields fields(std::string_view(*bytes).substr(kKeyMagic.size()));
  if (fields.take_field() != "none") {
    fail(ErrorCode::kUnsupported, "the secret key is under a password", place,
         "sign SHA256SUMS afterwards with ssh-keygen -Y sign -n file, which asks for the password "
         "or ssh-agent: lucie verify checks that too");
  }
  fields.take_field();  // kdf
  fields.take_field();  // its options
  const std::size_t keys = fields.take_number();
  fields.take_field();  // public key
  Fields secret(fields.take_field());
  const std::size_t check = secret.take_number();
  const bool same = check == secret.take_number();
  const std::string kind(secret.take_field());
  const std::string half(secret.take_field()), both(secret.take_field());
  if (!secret.good() || keys != 1 || !same) {
    fail(ErrorCode::kCorrupt, "not a secret key of OpenSSH", place);
  }
  if (kind != kKind) {
    fail(ErrorCode::kUnsupported, "a key of the kind " + kind, place,
         "sign with an ssh-ed25519 key: ssh-keygen -t ed25519");
  }
  if (both.size() != 2 * kEd25519KeyBytes || both.substr(kEd25519KeyBytes) != half) {
    fail(ErrorCode::kCorrupt, "not a secret key of OpenSSH", place);
  }
  return SecretKey{{SignatureForm::kSsh, {}, half}, both.substr(0, kEd25519KeyBytes)};
}

std::string public_key_file(const PublicKey& key) {
  return std::string(kKind) + " " + to_base64(key_blob(key.bytes)) + "\n";
}

std::string sign(const SecretKey& key, std::string_view message) {
  Signature signature{key.public_key, "sha512", {}};
  signature.bytes = ed25519_sign(key.seed, signed_words(signature.hash, message));
  return armoured(signature.blob());
}

std::optional<PublicKey> key_of(const std::string& signature) {
  const std::optional<Signature> parsed = parse(signature);
  return parsed ? std::optional(parsed->key) : std::nullopt;
}

std::optional<std::string> refuse(const PublicKey& key, std::string_view message,
                                  const std::string& text) {
  const std::optional<Signature> parsed = parse(text);
  if (!parsed) return "not a signature that ssh-keygen -Y sign -n file writes with an ed25519 key";
  if (parsed->hash != "sha512" && parsed->hash != "sha256") return "of an unknown hash";
  if (parsed->key.bytes != key.bytes) return "made with another key";
  if (!ed25519_verify(key.bytes, signed_words(parsed->hash, message), parsed->bytes)) {
    return "not a signature of this SHA256SUMS";
  }
  return std::nullopt;
}

}  // namespace lucie::ssh
