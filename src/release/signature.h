// Signatures of SHA256SUMS by Ed25519, in the forms of two programs that others have: minisign and
// OpenSSH (`ssh-keygen -Y`). What these wrote is checked, and they check what is written here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace lucie {

enum class SignatureForm { kMinisign, kSsh };

struct PublicKey {
  SignatureForm form = SignatureForm::kMinisign;
  std::string id;             // minisign: 8 bytes that signatures repeat
  std::string bytes;          // 32
  std::string shown() const;  // one line, as the form's own program shows it
};

struct SecretKey {
  PublicKey public_key;
  std::string seed;  // 32 bytes
};

// The password of a secret key, asked for where there is one.
using AskPassword = std::function<std::string()>;

// Files of minisign and OpenSSH. Keys of other kinds than Ed25519, OpenSSH's secret keys under a
// password (whose bcrypt is in no library here), and minisign's when there is nobody to ask, are
// kUnsupported with what to do; a wrong password is kInvalidArgument, anything else kCorrupt.
PublicKey read_public_key(const fs::path& file);
SecretKey read_secret_key(const fs::path& file, const AskPassword& ask = {});
std::string public_key_file(const PublicKey& key);  // what read_public_key() reads

// Text of a signature file over `message`.
std::string sign(const SecretKey& key, std::string_view message);

// Why the text of a signature file is not a signature of `message` by `key`; nothing when it is.
// Every byte of the file counts: it must be as its program writes it.
std::optional<std::string> refuse_signature(const PublicKey& key, std::string_view message,
                                            const std::string& text);

// The key that an OpenSSH signature names, if it is one.
std::optional<PublicKey> key_of_ssh_signature(const std::string& text);

}  // namespace lucie
