#include "release/signature.h"

#include "base/base64.h"
#include "base/ed25519.h"
#include "base/error.h"
#include "release/signature_forms.h"

namespace lucie {

std::string PublicKey::shown() const {
  std::string text = lucie::public_key_file(*this);
  if (form == SignatureForm::kMinisign) text.erase(0, text.find('\n') + 1);
  text.pop_back();
  return text;
}

PublicKey read_public_key(const fs::path& file) {
  const std::string text = read_file(file);
  if (const auto key = minisign::public_key(text, file.string())) return *key;
  if (const auto key = ssh::public_key(text, file.string())) return *key;
  fail(ErrorCode::kCorrupt, "neither a public key of minisign nor an ssh-ed25519 one",
       file.string(), "minisign.pub, or id_ed25519.pub");
}

SecretKey read_secret_key(const fs::path& file, const AskPassword& ask) {
  const std::string text = read_file(file);
  std::optional<SecretKey> key = minisign::secret_key(text, file.string(), ask);
  if (!key) key = ssh::secret_key(text, file.string());
  if (!key) {
    fail(ErrorCode::kCorrupt, "neither a secret key of minisign nor of OpenSSH", file.string(),
         "make one: minisign -G, or ssh-keygen -t ed25519");
  }
  if (ed25519_public_key(key->seed) != key->public_key.bytes) {  // nobody could check its signature
    fail(ErrorCode::kCorrupt, "the two halves of the secret key do not belong together",
         file.string());
  }
  return *key;
}

std::string public_key_file(const PublicKey& key) {
  return key.form == SignatureForm::kMinisign ? minisign::public_key_file(key)
                                              : ssh::public_key_file(key);
}

std::string sign(const SecretKey& key, std::string_view message) {
  return key.public_key.form == SignatureForm::kMinisign ? minisign::sign(key, message)
                                                         : ssh::sign(key, message);
}

std::optional<std::string> refuse_signature(const PublicKey& key, std::string_view message,
                                            const std::string& text) {
  return key.form == SignatureForm::kMinisign ? minisign::refuse(key, message, text)
                                              : ssh::refuse(key, message, text);
}

std::optional<PublicKey> key_of_ssh_signature(const std::string& text) {
  return ssh::key_of(text);
}

}  // namespace lucie
