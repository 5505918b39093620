// lucie corpus fixture: the generated corpus that recipes/micro.yaml and the tests read.
#include "corpus/fixture.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"

namespace lucie {
namespace {

struct Options {
  std::string directory;
  std::int64_t seed = 42;
};

int write_fixture(const Options& options) {
  if (options.seed < 0) fail(ErrorCode::kInvalidArgument, "a seed is not negative", "--seed");
  if (fs::exists(options.directory)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + options.directory, "DIR",
         "choose another name; nothing is overwritten");
  }
  AtomicDirectory directory(options.directory);
  write_fixture_corpus(directory.path(), static_cast<std::uint64_t>(options.seed));
  directory.commit();
  log_info("wrote " + options.directory);
  return 0;
}

}  // namespace

Command corpus_fixture_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "corpus fixture",
          .summary = "a small made-up corpus to try the stages on",
          .examples =
              "lucie corpus fixture data-micro\n"
              "lucie run recipes/micro.yaml --data-dir data-micro --out runs/micro",
          .arguments = {{"DIR", &options->directory, "folder to make", true},
                        {"-s,--seed", &options->seed, "of its words (default: 42)"}},
          .run = [options] { return write_fixture(*options); },
          .state = options};
}

}  // namespace lucie
