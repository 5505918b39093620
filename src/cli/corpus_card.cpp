// lucie corpus card, lucie corpus stats: what a corpus is made of, from the counts of its stages.
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "corpus/card/data_card.h"
#include "pipeline/mixture_report.h"
#include "pipeline/results.h"
#include "report/shown.h"

namespace lucie {
namespace {

struct Options {
  std::string path, out;
};

// A run, or the folder of a corpus alone: then without tokens and mixture.
DataCardInput input_of(const fs::path& path) {
  const bool is_run = fs::exists(path / "corpus/stats.json");
  const fs::path corpus = is_run ? path / "corpus" : path;
  if (!fs::exists(corpus / "stats.json")) {
    fail(ErrorCode::kNotFound, "neither a run with a corpus nor a corpus", path.string(),
         "make one: lucie corpus build RECIPE --out RUN");
  }
  DataCardInput input;
  input.name = fs::absolute(path).lexically_normal().filename().string();
  input.corpus_stats = read_json(corpus / "stats.json");
  input.sources = read_registry(corpus);
  input.description = input.corpus_stats.get("description", "");
  if (!is_run) return input;
  const Recipe recipe = recipe_from_json(read_yaml(path / "recipe.yaml"), path / "recipe.yaml");
  input.name = recipe.name();
  if (fs::exists(path / "tokens/stats.json")) {
    input.token_stats = read_json(path / "tokens/stats.json");
    input.mixture_tables = mixture_tables(recipe, input.token_stats);
  }
  if (fs::exists(path / "checkpoints")) {  // a link into the pretrain stage's output
    const fs::path use = fs::canonical(path / "checkpoints").parent_path() / "use.json";
    input.use = main_phase_use(read_json(use));
  }
  const fs::path memorization = path / "eval/memorization.json";
  if (fs::exists(memorization)) input.memorization = read_json(memorization);
  return input;
}

fs::path corpus_of(const fs::path& path) {
  return fs::exists(path / "corpus/stats.json") ? path / "corpus" : path;
}

int card(const Options& options) {
  const fs::path path = options.path;
  DataCardInput input = input_of(path);
  const fs::path out = options.out.empty() ? path / "data-card" : fs::path(options.out);
  input.samples = pick_samples(corpus_of(path), input.sources);
  input.files = list_files(corpus_of(path), input.sources);
  write_data_card(out, card_figures(input));
  for (const char* name : {"data_card.md", "data_card.html", "croissant.json", "card.json"}) {
    std::printf("%s\n", (out / name).string().c_str());
  }
  return 0;
}

std::string cut(std::string text, std::size_t width) {
  if (text.size() > width) text = text.substr(0, width - 3) + "...";
  text.resize(width, ' ');
  return text;
}

void print_rows(const Json& figures, const char* key, const char* heading) {
  const bool tokens = figure(figures, "total.tokens").has_value();
  std::printf("\n%s %12s %14s %14s %14s %7s\n", cut(heading, 26).c_str(), "documents", "words",
              "characters", tokens ? "tokens" : "bytes", "%");
  for (const Json& row : rows_at(figures, key)) {
    std::printf("%s %12s %14s %14s %14s %7s\n", cut(row.get("name", ""), 26).c_str(),
                shown_count(row, "documents").c_str(), shown_count(row, "words").c_str(),
                shown_count(row, "characters").c_str(),
                shown_count(row, tokens ? "tokens" : "bytes").c_str(),
                shown_fixed(row, tokens ? "percent_of_tokens" : "percent_of_bytes", 2).c_str());
  }
}

int stats(const Options& options) {
  const Json figures = card_figures(input_of(options.path));
  if (common_options().json) {
    std::printf("%s\n", figures.dump(2).c_str());
    return 0;
  }
  const Json& account = figures.at("account");
  std::printf("%s documents read: %s kept, %s held out, %s dropped, %s damaged\n",
              shown_count(account, "read").c_str(), shown_count(account, "kept").c_str(),
              shown_count(account, "held_out").c_str(), shown_count(account, "dropped").c_str(),
              shown_count(account, "damaged").c_str());
  print_rows(figures, "by_language", "language");
  print_rows(figures, "by_category", "category");
  print_rows(figures, "by_licence", "licence");
  print_rows(figures, "by_terms", "terms");
  print_rows(figures, "by_source", "source");
  std::printf("\n%s %s %12s\n", cut("dropped by", 16).c_str(), cut("because", 48).c_str(),
              "documents");
  for (const auto& [step, reasons] : figures.at("dropped").members()) {
    for (const auto& [reason, tally] : reasons.members()) {
      std::printf("%s %s %12s\n", cut(step, 16).c_str(), cut(reason, 48).c_str(),
                  shown_count(tally, "documents").c_str());
    }
  }
  if (const Json* phases = figures.find("mixture_by_phase")) {
    std::fputs(mixture_text(*phases).c_str(), stdout);
  }
  return 0;
}

}  // namespace

Command corpus_card_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "corpus card",
          .summary = "the data card of a corpus: Markdown, a page with charts, Croissant",
          .examples =
              "lucie corpus card runs/tiny\n"
              "lucie corpus card runs/tiny/corpus --out card",
          .arguments = {{"RUN", &options->path, "run directory, or the folder of a corpus", true},
                        {"-o,--out", &options->out,
                         "folder to write to (default: data-card in the run)"}},
          .run = [options] { return card(*options); },
          .state = options};
}

Command corpus_stats_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "corpus stats",
          .summary = "counts of a corpus by language, category, licence and source",
          .examples =
              "lucie corpus stats runs/tiny\n"
              "lucie corpus stats runs/tiny --json",
          .arguments = {{"RUN", &options->path, "run directory, or the folder of a corpus", true}},
          .run = [options] { return stats(*options); },
          .state = options};
}

}  // namespace lucie
