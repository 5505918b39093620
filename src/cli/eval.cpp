// lucie eval: bits per byte and cloze of any model on a run's held-out text.
#include <cstdio>

#include "base/error.h"
#include "cli/generation_options.h"
#include "eval/bits_per_byte.h"
#include "eval/cloze.h"

namespace lucie {
namespace {

struct Options {
  std::string model, corpus;
  bool with_cloze = false;
  std::int64_t seed = 42, window = 0;
};

// The corpus that was named, or that of the run which the model is in.
fs::path find_corpus(const Options& options) {
  if (!options.corpus.empty()) return options.corpus;
  const fs::path run = options.model.substr(0, options.model.rfind(':'));
  if (fs::exists(run / "corpus" / "holdout")) return run / "corpus";
  fail(ErrorCode::kInvalidArgument, "on which text?", "--corpus",
       "give the corpus of a run: --corpus runs/tiny/corpus");
}

void print(const Json& result) {
  std::printf("%-10s %8s %12s %10s %10s %10s\n", "language", "bits/B", "perplexity", "documents",
              "tokens", "bytes");
  for (const auto& [language, s] : result.at("bits_per_byte").members()) {
    std::printf("%-10s %8.4f %12.2f %10lld %10lld %10lld\n", language.c_str(),
                s.at("bits_per_byte").as_double(), s.at("perplexity").as_double(),
                static_cast<long long>(s.at("documents").as_int()),
                static_cast<long long>(s.at("tokens").as_int()),
                static_cast<long long>(s.at("bytes").as_int()));
  }
  if (const Json* cloze = result.find("cloze")) {
    std::printf("\n%-10s %8s %17s %8s\n", "cloze", "right", "95% interval", "items");
    for (const auto& [language, c] : cloze->members()) {
      if (!c.is_object()) continue;
      std::printf("%-10s %7.1f%% %7.1f%% - %5.1f%% %8lld\n", language.c_str(),
                  100 * c.at("accuracy").as_double(), 100 * c.at("low").as_double(),
                  100 * c.at("high").as_double(), static_cast<long long>(c.at("items").as_int()));
    }
  }
}

int eval(const Options& options) {
  const fs::path corpus = find_corpus(options);
  Engine engine(options.model);
  const auto documents = read_held_out(corpus, *engine.model.tokenizer);
  if (documents.empty()) {
    fail(ErrorCode::kNotFound, "no held-out documents", (corpus / "holdout").string());
  }
  Json result = Json::object();
  result["bits_per_byte"] =
      to_json(score(engine.ctx, *engine.model.decoder, documents, options.window, true));
  if (options.with_cloze) {
    result["cloze"] = cloze(engine.ctx, *engine.model.decoder, *engine.model.tokenizer,
                            make_cloze_items(documents, static_cast<std::uint64_t>(options.seed)));
  }
  if (common_options().json) {
    std::printf("%s\n", result.dump(2).c_str());
  } else {
    print(result);
  }
  return 0;
}

}  // namespace

Command eval_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Prove",
          .name = "eval",
          .summary = "bits per byte on held-out text, language by language",
          .examples =
              "lucie eval runs/tiny\n"
              "lucie eval runs/tiny:base --cloze --json\n"
              "lucie eval models/SmolLM2-135M-Instruct.Q4_1.gguf --corpus runs/tiny/corpus",
          .arguments = {{"MODEL", &options->model, "model", true},
                        {"--corpus", &options->corpus, "corpus directory (default: the run's own)"},
                        {"-c,--ctx-size,--ctx", &options->window,
                         "window in tokens (0: the model's own)"},
                        {"--cloze", &options->with_cloze, "also the missing last words"},
                        {"-s,--seed", &options->seed, "of the cloze items"}},
          .run = [options] { return eval(*options); },
          .state = options};
}

}  // namespace lucie
