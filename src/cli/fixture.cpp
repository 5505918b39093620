// lucie corpus fixture: the generated corpus that recipes/micro.yaml and the tests read.
#include "corpus/fixture.h"

#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "corpus/load_fixture.h"

namespace lucie {
namespace {

struct Options {
  std::string directory, load;
  std::int64_t seed = 42;
};

std::uint64_t load_bytes(const std::string& text) {
  const std::optional<std::uint64_t> bytes = parse_bytes(text);
  if (!bytes)
    fail(ErrorCode::kInvalidArgument, "'" + text + "' is no size", "--load", "such as 1GB");
  return *bytes;
}

int write_fixture(const Options& options) {
  if (options.seed < 0) fail(ErrorCode::kInvalidArgument, "a seed is not negative", "--seed");
  if (fs::exists(options.directory)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + options.directory, "DIR",
         "choose another name; nothing is overwritten");
  }
  AtomicDirectory directory(options.directory);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (options.load.empty()) {
    write_fixture_corpus(directory.path(), seed);
  } else {
    ThreadPool pool(static_cast<int>(common_options().threads));
    write_load_fixture(directory.path(), load_bytes(options.load), seed, pool);
  }
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
              "lucie run recipes/micro.yaml --data-dir data-micro --out runs/micro\n"
              "lucie corpus fixture load --load 1GB\n"
              "lucie corpus build load/recipe.yaml --data load --out corpora/load",
          .arguments = {{"DIR", &options->directory, "folder to make", true},
                        {"--load", &options->load,
                         "instead this much text (1GB), with planted duplicates, for measuring"},
                        {"-s,--seed", &options->seed, "of its words (default: 42)"}},
          .run = [options] { return write_fixture(*options); },
          .state = options};
}

}  // namespace lucie
