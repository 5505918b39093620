// lucie release: the bundle to publish, of a complete run.
#include <cstdio>

#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/password.h"
#include "pipeline/finished_run.h"

namespace lucie {
namespace {

struct Options {
  std::string run, out, key, password_file;
};

int release(const Options& options) {
  ThreadPool pool(static_cast<int>(common_options().threads));
  std::optional<SecretKey> key;
  if (!options.key.empty()) {
    key = read_secret_key(options.key, [&] {
      return ask_password("password of " + options.key, options.password_file,
                          "LUCIE_SIGN_PASSWORD");
    });
  }
  release_run(options.run, program_name(), key, options.out, pool);
  std::printf("%s\n", options.out.c_str());
  return 0;
}

}  // namespace

Command release_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Prove",
          .name = "release",
          .summary = "the bundle to publish: models, cards, terms, data information, hashes",
          .examples =
              "lucie release runs/tiny tiny-1.0\n"
              "lucie release runs/tiny tiny-1.0 --sign ~/.ssh/id_ed25519",
          .arguments = {{"RUN", &options->run, "complete run directory", true},
                        {"OUT", &options->out, "folder to make", true},
                        {"--sign", &options->key,
                         "sign the hashes: secret key of minisign or OpenSSH (ed25519)"},
                        {"--sign-password-file", &options->password_file,
                         "whose first line is the key's password (default: "
                         "$LUCIE_SIGN_PASSWORD, or it is asked for)"}},
          .run = [options] { return release(*options); },
          .state = options};
}

}  // namespace lucie
