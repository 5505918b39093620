// Commands that run a recipe up to a stage.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace lucie {

struct StageOptions {
  std::string recipe, out, data_dir = "data", own_data, licence;
  std::string until;  // the stage to stop after; empty: --until says it
  std::vector<std::string> sets;
  bool dry_run = false;
};

int run_stage(const StageOptions& options);
// A command with the flags that fill `options`.
Command stage_command(const char* name, const char* summary,
                      const std::shared_ptr<StageOptions>& options, const char* examples);

}  // namespace lucie
