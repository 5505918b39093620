// lucie run, and the commands that stop it after one stage.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/error.h"
#include "cli/command.h"
#include "cli/stage_command.h"
#include "pipeline/pipeline.h"
#include "release/run_report.h"

namespace lucie {
namespace {

using Options = StageOptions;

// Asked for once: it is then in the run's recipe.
std::string ask_licence(const Options& options) {
  if (options.own_data.empty() || !options.licence.empty() || !::isatty(STDIN_FILENO)) {
    return options.licence;
  }
  std::fprintf(stderr,
               "Under which licence are the texts in %s? An SPDX id (CC-BY-4.0, MIT, ...), or "
               "LicenseRef-private for texts that must not leave this machine: ",
               options.own_data.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

}  // namespace

int run_stage(const StageOptions& options) {
  if (options.recipe.empty()) fail(ErrorCode::kInvalidArgument, "no recipe is given", "RECIPE");
  RunOptions settings;
  settings.recipe = options.recipe;
  settings.out = options.out.empty() ? fs::path("runs") / fs::path(options.recipe).stem()
                                     : fs::path(options.out);
  settings.data_dir = options.data_dir;
  settings.overrides = options.sets;
  settings.own_data = options.own_data;
  settings.own_licence = ask_licence(options);
  settings.until = options.until;
  settings.program = program_name();
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  if (options.dry_run) {
    std::fputs(describe_plan(settings, ctx).c_str(), stdout);
    return 0;
  }
  const Json results = run_pipeline(settings, ctx);
  if (results.is_null()) return 0;
  if (common_options().json) {
    std::printf("%s\n", results.dump(2).c_str());
  } else {
    std::fputs(closing_screen(results, settings.out.string(), options.recipe).c_str(), stdout);
  }
  return 0;
}

Command stage_command(const char* name, const char* summary, const char* until,
                      const char* examples) {
  auto options = std::make_shared<StageOptions>();
  options->until = until;
  return stage_command(name, summary, options, examples);
}

Command stage_command(const char* name, const char* summary,
                      const std::shared_ptr<StageOptions>& options, const char* examples) {
  Command command{
      .group = "Build",
      .name = name,
      .summary = summary,
      .examples = examples,
      .arguments =
          {{"RECIPE", &options->recipe, "recipe file", true},
           {"-o,--out", &options->out, "run directory (default: runs/ and the recipe's name)"},
           {"--set", &options->sets, "override a recipe key: --set train.precision=fp32"},
           {"--data-dir", &options->data_dir, "where scripts/get-corpus.sh put the packages"},
           {"--data", &options->own_data, "train on a folder of .txt, .md, .jsonl instead"},
           {"--licence,--license", &options->licence, "SPDX licence of the texts in --data"},
           {"--dry-run", &options->dry_run, "say what would run, and stop"}},
      .run = [options] { return run_stage(*options); },
      .state = options};
  if (options->until.empty()) {
    command.arguments.push_back({"--until", &options->until, "stop after this stage"});
  }
  return command;
}

Command run_command() {
  return stage_command("run", "everything: from sources to a released model", "",
                       "lucie run recipes/tiny.yaml --out runs/tiny\n"
                       "lucie run recipes/tiny.yaml --data ~/texts --out runs/mine\n"
                       "lucie run recipes/tiny.yaml --until pretrain --set train.precision=fp32");
}

Command train_command() {
  return stage_command("train", "pretraining in phases", "base",
                       "lucie train recipes/tiny.yaml --out runs/tiny");
}

Command finetune_command() {
  return stage_command("finetune", "supervised fine-tuning on dialogues", "finetune",
                       "lucie finetune recipes/tiny.yaml --out runs/tiny");
}

}  // namespace lucie
