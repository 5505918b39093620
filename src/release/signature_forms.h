// Inside release/ only: keys and signatures of minisign and of OpenSSH. A reader gives nothing for
// a text of the other form.
#pragma once

#include "release/signature.h"

namespace lucie {

// https://jedisct1.github.io/minisign/, "Signature format": BLAKE2b-512 of the message is signed.
namespace minisign {
std::optional<PublicKey> public_key(const std::string& text, const std::string& place);
std::optional<SecretKey> secret_key(const std::string& text, const std::string& place,
                                    const AskPassword& ask);
std::string public_key_file(const PublicKey& key);
std::string sign(const SecretKey& key, std::string_view message);
std::optional<std::string> refuse(const PublicKey& key, std::string_view message,
                                  const std::string& text);
}  // namespace minisign

// OpenSSH's PROTOCOL.sshsig and PROTOCOL.key, namespace "file", ssh-ed25519 only.
namespace ssh {
std::optional<PublicKey> public_key(const std::string& text, const std::string& place);
std::optional<SecretKey> secret_key(const std::string& text, const std::string& place);
std::string public_key_file(const PublicKey& key);
std::string sign(const SecretKey& key, std::string_view message);
std::optional<PublicKey> key_of(const std::string& signature);
std::optional<std::string> refuse(const PublicKey& key, std::string_view message,
                                  const std::string& text);
}  // namespace ssh

}  // namespace lucie
