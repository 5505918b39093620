// Flags that generate and chat share, with the spellings that fingers know.
#pragma once

#include "cli/command.h"
#include "infer/generator.h"

namespace lucie {

struct GenerationFlags {
  std::string model;
  std::int64_t window = 0;
  std::int64_t seed = 42;
  GenerateOptions options;

  // Values as options; out of range: Error{kInvalidArgument}.
  GenerateOptions checked() const;
};

void add_generation_arguments(std::vector<Argument>& arguments, GenerationFlags& flags);

// The date of this machine (YYYY-MM-DD), which some chat templates write, as in transformers.
std::string today();

// Context and model of a command, on the device and threads asked for.
struct Engine {
  explicit Engine(const std::string& model_name);
  ThreadPool pool;
  Context ctx;
  LoadedModel model;
};

}  // namespace lucie
