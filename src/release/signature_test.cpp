#include "release/signature.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/base64.h"
#include "base/ed25519.h"
#include "base/error.h"
#include "base/json.h"
#include "release/example_bundle.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

const std::string kMessage = "aaaa  file\n";

SecretKey test_key(SignatureForm form) {
  SecretKey key;
  key.seed = std::string(32, form == SignatureForm::kSsh ? 's' : 'm');
  key.public_key = {form, form == SignatureForm::kSsh ? "" : "keynumid",
                    ed25519_public_key(key.seed)};
  return key;
}

constexpr SignatureForm kForms[] = {SignatureForm::kMinisign, SignatureForm::kSsh};

TEST(Signature, holds_for_its_message_and_key_only) {
  for (const SignatureForm form : kForms) {
    const SecretKey key = test_key(form);
    const std::string text = sign(key, kMessage);
    EXPECT_EQ(refuse_signature(key.public_key, kMessage, text), std::nullopt);
    EXPECT_NE(refuse_signature(key.public_key, kMessage + " ", text), std::nullopt);
    PublicKey other = key.public_key;
    other.bytes = ed25519_public_key(std::string(32, 'o'));
    EXPECT_NE(refuse_signature(other, kMessage, text), std::nullopt);
  }
}

TEST(Signature, of_which_any_bit_was_flipped_is_refused) {
  for (const SignatureForm form : kForms) {
    const SecretKey key = test_key(form);
    const std::string text = sign(key, kMessage);
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
      std::string forged = text;
      forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ 1 << bit % 8);
      EXPECT_NE(refuse_signature(key.public_key, kMessage, forged), std::nullopt)
          << "bit " << bit << " of\n"
          << text;
    }
    EXPECT_NE(refuse_signature(key.public_key, kMessage, ""), std::nullopt);
    EXPECT_NE(refuse_signature(key.public_key, kMessage, text.substr(0, text.size() / 2)),
              std::nullopt);
    EXPECT_NE(refuse_signature(key.public_key, kMessage, text + text), std::nullopt);
  }
}

TEST(Signature, keys_are_read_back_from_their_files) {
  const Folder folder;
  for (const SignatureForm form : kForms) {
    const PublicKey key = test_key(form).public_key;
    write_file_atomic(folder / "key.pub", public_key_file(key));
    const PublicKey read = read_public_key(folder / "key.pub");
    EXPECT_EQ(read.form, form);
    EXPECT_EQ(read.bytes, key.bytes);
    EXPECT_EQ(read.id, key.id);
  }
  for (const char* text : {"", "ssh-rsa AAAA x\n", "untrusted comment: x\nRWQ=\n", "nonsense"}) {
    write_file_atomic(folder / "key.pub", text);
    EXPECT_EQ(error_of([&] { read_public_key(folder / "key.pub"); }).code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error_of([&] { read_secret_key(folder / "key.pub"); }).code(), ErrorCode::kCorrupt);
  }
}

TEST(Signature, of_minisign_reads_its_unencrypted_secret_key_and_no_other) {
  const Folder folder;
  const SecretKey key = test_key(SignatureForm::kMinisign);
  write_file_atomic(folder / "key", example_secret_key(key.seed));
  EXPECT_EQ(read_secret_key(folder / "key").seed, key.seed);
  EXPECT_EQ(read_secret_key(folder / "key").public_key.id, key.public_key.id);
  write_file_atomic(folder / "key", example_secret_key(key.seed, "Sc"));
  const Error error = error_of([&] { read_secret_key(folder / "key"); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.hint().find("minisign -S"), std::string::npos);
  write_file_atomic(folder / "key", example_secret_key(key.seed, "Xx"));
  EXPECT_NE(error_of([&] { read_secret_key(folder / "key"); }).message().find("unknown"),
            std::string::npos);
}

// tools/make_minisign_golden.py
TEST(Signature, of_minisign_opens_secret_keys_with_their_password) {
  const Folder folder;
  const Json golden =
      read_json(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/minisign_secret_key.json");
  const std::string password = golden.at("password").as_string();
  ASSERT_EQ(golden.at("keys").size(), 2u);
  for (const Json& expected : golden.at("keys").items()) {
    write_file_atomic(folder / "key", expected.at("file").as_string());
    int asked = 0;
    const SecretKey key = read_secret_key(folder / "key", [&] {
      ++asked;
      return password;
    });
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(to_base64(key.seed), expected.at("seed").as_string());
    EXPECT_EQ(to_base64(key.public_key.id), expected.at("id").as_string());
    EXPECT_EQ(refuse_signature(key.public_key, kMessage, sign(key, kMessage)), std::nullopt);
    const Error error =
        error_of([&] { read_secret_key(folder / "key", [&] { return password + " "; }); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find("password"), std::string::npos);
  }
}

TEST(Signature, no_key_file_costs_more_than_minisign_asks_for) {
  const Folder folder;
  std::string bytes = "EdScB2" + std::string(152, '\0');
  bytes[51] = 2;  // of 46 to 53, its memory: 2^41 bytes
  write_file_atomic(folder / "key", "untrusted comment: x\n" + to_base64(bytes) + "\n");
  const auto ask = [] { return std::string("x"); };
  const Error error = error_of([&] { read_secret_key(folder / "key", ask); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.message().find("more work"), std::string::npos);
}

std::string ssh_field(const std::string& bytes) {
  return std::string(3, '\0') + static_cast<char>(bytes.size()) + bytes;
}

// As OpenSSH's PROTOCOL.key has it, without a password.
std::string ssh_secret_key(const std::string& seed, const std::string& half) {
  const std::string number{"\0\0\0\1", 4};
  const std::string key = ssh_field("ssh-ed25519") + ssh_field(half);
  const std::string secret = number + number + key + ssh_field(seed + half) + ssh_field("me");
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" +
         to_base64(std::string{"openssh-key-v1\0", 15} + ssh_field("none") + ssh_field("none") +
                   ssh_field("") + number + ssh_field(key) + ssh_field(secret)) +
         "\n-----END OPENSSH PRIVATE KEY-----\n";
}

TEST(Signature, secret_keys_whose_halves_do_not_belong_together_are_refused) {
  const Folder folder;
  const std::string seed(32, 's'), other(32, 't');
  const std::string half = ed25519_public_key(seed);
  write_file_atomic(folder / "key", ssh_secret_key(seed, half));
  EXPECT_EQ(read_secret_key(folder / "key").seed, seed);
  for (const std::string& text :
       {ssh_secret_key(other, half), example_secret_key(other, std::string(2, '\0'), half)}) {
    write_file_atomic(folder / "key", text);
    const Error error = error_of([&] { read_secret_key(folder / "key"); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_NE(error.message().find("halves"), std::string::npos) << error.message();
  }
}

// With ssh-keygen, where there is one: it accepts ours, and we accept its.
TEST(Signature, of_openssh_is_exchanged_with_ssh_keygen) {
  if (std::system("command -v ssh-keygen >/dev/null") != 0) GTEST_SKIP() << "no ssh-keygen";
  const Folder folder;
  const std::string in = "cd '" + folder.path().string() + "' && ";
  ASSERT_EQ(std::system((in + "ssh-keygen -q -t ed25519 -N '' -C me -f key").c_str()), 0);
  write_file_atomic(folder / "SHA256SUMS", kMessage);
  const SecretKey key = read_secret_key(folder / "key");
  EXPECT_EQ(key.public_key.bytes, read_public_key(folder / "key.pub").bytes);
  write_file_atomic(folder / "SHA256SUMS.sig", sign(key, kMessage));
  write_file_atomic(folder / "signers", "me " + public_key_file(key.public_key));
  const std::string check =
      in + "ssh-keygen -Y verify -f signers -I me -n file -s SHA256SUMS.sig <SHA256SUMS >out 2>&1";
  EXPECT_EQ(std::system(check.c_str()), 0) << read_file(folder / "out");
  ASSERT_EQ(
      std::system((in + "rm SHA256SUMS.sig && ssh-keygen -q -Y sign -f key -n file SHA256SUMS "
                        ">out 2>&1")
                      .c_str()),
      0);
  const std::string theirs = read_file(folder / "SHA256SUMS.sig");
  EXPECT_EQ(refuse_signature(key.public_key, kMessage, theirs), std::nullopt);
  ASSERT_TRUE(key_of_ssh_signature(theirs).has_value());
  EXPECT_EQ(key_of_ssh_signature(theirs)->bytes, key.public_key.bytes);
}

TEST(Signature, of_minisign_is_exchanged_with_minisign) {
  if (std::system("command -v minisign >/dev/null") != 0) GTEST_SKIP() << "no minisign";
  const Folder folder;
  const std::string in = "cd '" + folder.path().string() + "' && ";
  ASSERT_EQ(std::system((in + "minisign -G -W -p key.pub -s key >out 2>&1").c_str()), 0);
  write_file_atomic(folder / "SHA256SUMS", kMessage);
  const SecretKey key = read_secret_key(folder / "key");
  EXPECT_EQ(key.public_key.bytes, read_public_key(folder / "key.pub").bytes);
  write_file_atomic(folder / "SHA256SUMS.minisig", sign(key, kMessage));
  EXPECT_EQ(std::system((in + "minisign -V -q -p key.pub -m SHA256SUMS >out 2>&1").c_str()), 0)
      << read_file(folder / "out");
  ASSERT_EQ(std::system((in + "minisign -S -s key -m SHA256SUMS >out 2>&1").c_str()), 0);
  EXPECT_EQ(refuse_signature(key.public_key, kMessage, read_file(folder / "SHA256SUMS.minisig")),
            std::nullopt);
  ASSERT_EQ(std::system((in + "minisign -S -l -s key -m SHA256SUMS >out 2>&1").c_str()), 0);
  EXPECT_EQ(refuse_signature(key.public_key, kMessage, read_file(folder / "SHA256SUMS.minisig")),
            std::nullopt)
      << "the older form, not hashed";
}

}  // namespace
}  // namespace lucie
