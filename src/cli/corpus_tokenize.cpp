// lucie corpus tokenize: a corpus as token ids on disk, in bounded memory, without a run.
#include <cstdio>
#include <set>

#include "base/error.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "corpus/build.h"
#include "corpus/tokenize.h"
#include "corpus/unshareable.h"
#include "tokenizer/tokenizer.h"

namespace lucie {
namespace {

struct Options {
  std::string corpus, tokenizer, out, memory;
  std::int64_t seed = 42;
};

int tokenize(const Options& options) {
  TokenizeSettings settings;
  settings.seed = static_cast<std::uint64_t>(options.seed);
  if (!options.memory.empty()) settings.memory = corpus_memory(options.memory, "--memory");
  const std::set<std::string> hidden = read_registry(options.corpus).closed_to(Use::kShown);
  const Tokenizer tokenizer = Tokenizer::load(options.tokenizer);
  ThreadPool pool(static_cast<int>(common_options().threads));
  AtomicDirectory out(options.out);
  const TokenizeReport report =
      tokenize_corpus(options.corpus, tokenizer, out.path(), settings, pool);
  mark_unshareable(out.path(), hidden);
  out.commit();
  if (common_options().json) {
    Json json = Json::object();
    json["train"] = report.train.to_json();
    json["holdout"] = report.holdout.to_json();
    std::printf("%s\n", json.dump(2).c_str());
  } else {
    std::printf("wrote %s: %llu tokens of %llu documents to train on, %llu of %llu held out\n",
                options.out.c_str(), static_cast<unsigned long long>(report.train.total.tokens),
                static_cast<unsigned long long>(report.train.total.documents),
                static_cast<unsigned long long>(report.holdout.total.tokens),
                static_cast<unsigned long long>(report.holdout.total.documents));
  }
  return 0;
}

}  // namespace

Command corpus_tokenize_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Build",
      .name = "corpus tokenize",
      .summary = "token ids of a corpus on disk, as Megatron reads them",
      .examples =
          "lucie corpus tokenize corpora/tiny --tokenizer TOKENIZER --out tokens/tiny\n"
          "lucie corpus tokenize corpora/tiny --tokenizer TOKENIZER --out t --memory 500MB",
      .arguments = {{"CORPUS", &options->corpus, "what lucie corpus build wrote", true},
                    {"--tokenizer", &options->tokenizer, "a tokenizer.json or its folder", true},
                    {"-o,--out", &options->out, "folder of the tokens; must not exist", true},
                    {"--seed", &options->seed, "of the order of documents (default: 42)"},
                    {"--memory", &options->memory, "500MB, 8GB (default: 2GB)"}},
      .run = [options] { return tokenize(*options); },
      .state = options};
}

}  // namespace lucie
