// lucie verify: a bundle against its hashes, signature and documents; a run against a replay.
#include <cstdio>

#include "base/error.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "pipeline/replay.h"
#include "tensor/context.h"

namespace lucie {
namespace {

struct Options {
  std::string path, key, corpus, data_dir;
  ReplayOptions replay;
};

int show(const VerifyReport& report) {
  if (common_options().json) {
    std::printf("%s\n", report.to_json().dump(2).c_str());
  } else {
    static const char* const kVerdicts[] = {"holds", "FAILS", "not checked"};
    for (const Check& check : report.checks) {
      std::printf("%-11s  %-9s  %s\n", kVerdicts[static_cast<int>(check.verdict)],
                  check.what.c_str(), check.said.c_str());
    }
  }
  return report.passed() ? 0 : 3;
}

int verify(const Options& options) {
  ThreadPool pool(static_cast<int>(common_options().threads));
  if (fs::exists(fs::path(options.path) / "manifest.json")) {
    if (!options.key.empty() || !options.corpus.empty() || !options.data_dir.empty()) {
      fail(ErrorCode::kInvalidArgument,
           "--key, --corpus and --data-dir are of a bundle, and this is a run", options.path,
           "lucie verify RUN/release --key FILE");
    }
    Context ctx(make_device(), pool);
    return show(replay_training(open_run(options.path), options.replay, ctx));
  }
  if (options.replay.from >= 0 || options.replay.to >= 0) {
    fail(ErrorCode::kInvalidArgument, "steps are replayed of a run, and this is none", options.path,
         "lucie verify RUN --from STEP --to STEP");
  }
  if (!options.corpus.empty() && !options.data_dir.empty()) {
    fail(ErrorCode::kInvalidArgument, "documents are built from the data or given as they are",
         "--corpus, --data-dir", "ask for one of them");
  }
  return show(verify_bundle(options.path, {options.key, options.corpus, options.data_dir}, pool));
}

}  // namespace

Command verify_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Prove",
      .name = "verify",
      .summary = "a bundle against hashes, signature and documents; a run by doing steps again",
      .examples =
          "lucie verify tiny-1.0\n"
          "lucie verify tiny-1.0 --key signer.pub\n"
          "lucie verify tiny-1.0 --data-dir data\n"
          "lucie verify runs/tiny --to 5959",
      .arguments = {{"PATH", &options->path, "bundle of lucie release, or complete run directory",
                     true},
                    {"--key", &options->key, "public key of minisign or OpenSSH to check by"},
                    {"--corpus", &options->corpus,
                     "folder of the documents, where they are not in the bundle"},
                    {"--data-dir", &options->data_dir,
                     "folder of the sources: build the documents again, by the bundle's recipe"},
                    {"--from", &options->replay.from,
                     "of a run: train again from this step's checkpoint (default: the one before)"},
                    {"--to", &options->replay.to,
                     "up to this step, and compare with its checkpoint (default: the last)"},
                    {"--tolerance", &options->replay.tolerance,
                     "relative distance of a tensor that passes on another instruction set"}},
      .run = [options] { return verify(*options); },
      .state = options};
}

}  // namespace lucie
