// lucie corpus build: the corpus of a recipe, in bounded memory, by any number of processes.
#include <cstdio>

#include "base/error.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "corpus/build.h"
#include "run/recipe.h"

namespace lucie {
namespace {

struct Options {
  std::string recipe, out, data = "data", memory;
  std::vector<std::string> sets;
};

int build(const Options& options) {
  const Recipe recipe = load_recipe(options.recipe, options.sets);
  CorpusSettings settings = CorpusSettings::from_recipe(recipe.root);
  if (!options.memory.empty()) settings.memory = corpus_memory(options.memory, "--memory");
  ThreadPool pool(static_cast<int>(common_options().threads));
  const CorpusReport report = build_corpus(settings, options.data, options.out, pool);
  if (common_options().json) {
    Json json = report.stats.to_json();
    json["documents_read"] = report.documents_read;
    json["bytes_read"] = report.bytes_read;
    std::printf("%s\n", json.dump(2).c_str());
  }
  return 0;
}

}  // namespace

Command corpus_build_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "corpus build",
          .summary = "documents with licence and provenance, filtered and deduplicated",
          .examples =
              "lucie corpus build recipes/tiny.yaml --out corpora/tiny\n"
              "lucie corpus build recipes/tiny.yaml --out corpora/tiny --memory 500MB  # goes on "
              "after a kill,\n"
              "lucie corpus build recipes/tiny.yaml --out corpora/tiny  # and shares the work",
          .arguments = {{"RECIPE", &options->recipe, "recipe file", true},
                        {"-o,--out", &options->out, "folder of the corpus", true},
                        {"--set", &options->sets, "override a recipe key: --set seed=7"},
                        {"--data,--data-dir", &options->data,
                         "where scripts/get-corpus.sh put the packages (default: data)"},
                        {"--memory", &options->memory,
                         "for comparing documents: 500MB, 8GB (default: 2GB)"}},
          .run = [options] { return build(*options); },
          .state = options};
}

}  // namespace lucie
