// Flags that generate and chat share, with the spellings that fingers know.
#pragma once

#include "cli/command.h"
#include "infer/generator.h"

namespace lucie {

struct GenerationFlags {
  std::string model;
  std::int64_t seed = 42;
  std::string grammar, grammar_file, schema, schema_file;
  std::vector<std::string> breakers, biases;  // "--logit-bias 15043+1.5"
  std::string cache_of_values;                // llama.cpp has a type for each
  std::string draft;
  bool lookup = false, exact = false;
  GenerateOptions options;
  EngineSettings engine;

  // Values as options; out of range or ill-formed: Error with the flag. Grammars are read.
  GenerateOptions checked() const;
  EngineSettings checked_engine() const;
  Products products() const { return exact ? Products::kExact : Products::kRounded; }
};

void add_generation_arguments(std::vector<Argument>& arguments, GenerationFlags& flags);

// The date of this machine (YYYY-MM-DD), which some chat templates write, as in transformers.
std::string today();

// Context and model of a command, on the device and threads asked for.
struct Engine {
  explicit Engine(const std::string& model_name, Products products = Products::kExact);
  ThreadPool pool;
  Context ctx;
  LoadedModel model;
};

// Gives `batch` the drafter that the flags ask for, if any. The draft model, which must stay.
LoadedModel add_drafter(Engine& engine, const GenerationFlags& flags, BatchEngine& batch);

// "accepted 12 of 30 drafted tokens (40 %)", empty when none were.
std::string speculation_line(const Generated& answer);

}  // namespace lucie
