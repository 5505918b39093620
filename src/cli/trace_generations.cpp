// lucie trace MODEL --generations N: what of a model's own texts stands in what it read.
#include <algorithm>
#include <cstdio>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/generation_options.h"
#include "cli/trace.h"
#include "model/locate.h"
#include "pipeline/text_tracer.h"
#include "trace/verbatim_tally.h"

namespace lucie {
namespace {

constexpr std::int64_t kTokens = 256;  // of a text at most

// Drawn as the model's probabilities say, from nothing but the begin of a document.
std::vector<TokenId> draw_text(const Engine& engine, Generator& generator, std::uint64_t seed) {
  GenerateOptions options;
  options.sampling.temperature = 1;
  options.sampling.top_p = 1;
  options.sampling.seed = seed;
  options.max_tokens = std::min(kTokens, generator.window() - 1);
  const Tokenizer& tokenizer = *engine.model.tokenizer;
  const std::vector<TokenId> prompt{tokenizer.bos().value_or(tokenizer.eos().value_or(0))};
  std::vector<TokenId> ids = generator.run(prompt, options).ids;
  std::erase_if(ids, [&](TokenId id) { return tokenizer.is_special(id); });
  return ids;
}

// Beside the index, for the card of a release, which takes it while the model is that of the run.
void keep_for_release(const TracedRun& run, const std::string& model, Json report) {
  const fs::path file = run.path() / "index/generations.json";
  report["version"] = 1;
  report["model"] = fs::canonical(locate_model(model))
                        .lexically_relative(fs::canonical(run.path()))
                        .generic_string();
  write_json(file, report);
  log_info("kept for the card of a release: " + file.string());
}

void print_tally(const Json& report) {
  std::printf(
      "%lld texts of %lld tokens; the longest span that stands in the training text: %lld\n",
      static_cast<long long>(report.at("texts").as_int()),
      static_cast<long long>(report.at("tokens").as_int()),
      static_cast<long long>(report.at("longest").as_int()));
  std::printf("tokens  sequences that stand there  tokens within  texts that hold one\n");
  for (const Json& row : report.at("by_length").items()) {
    std::printf("%6lld  %25.2f %%  %11.2f %%  %19lld\n",
                static_cast<long long>(row.at("length").as_int()),
                100 * row.at("found_share").as_double(), 100 * row.at("covered_share").as_double(),
                static_cast<long long>(row.at("texts").as_int()));
  }
}

}  // namespace

int trace_generations(const TraceOptions& options) {
  if (options.generations < 1) {
    fail(ErrorCode::kInvalidArgument, "must be at least 1", "--generations");
  }
  const TracedRun run(run_of_model(options.path));
  Engine engine(options.path);
  const TextTracer tracer(run, index_memory(options), engine.pool);
  Generator generator(engine.ctx, engine.model);
  VerbatimTally tally;
  {
    Progress progress("generate", static_cast<std::uint64_t>(options.generations), "text");
    for (std::int64_t i = 0; i < options.generations; ++i) {
      check_cancelled();
      const auto seed = static_cast<std::uint64_t>(options.seed + i);
      tally.add(matching_lengths(tracer.index(), draw_text(engine, generator, seed)));
      progress.add(1);
    }
  }
  const Json report = tally.to_json();
  if (common_options().json) {
    std::printf("%s\n", report.dump(2).c_str());
  } else {
    print_tally(report);
  }
  keep_for_release(run, options.path, report);  // last: it may fail where the run is read only
  return 0;
}

}  // namespace lucie
