// lucie chat: a conversation on the terminal, streamed. Ctrl-C stops the answer, not the program.
#include <editline/readline.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "base/cancel.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/conversation.h"

namespace lucie {
namespace {

// Below this a model imitates the form of its texts and knows nothing.
constexpr std::int64_t kModest = 50'000'000;

struct Options {
  GenerationFlags flags;
  std::string system;
};

// Ctrl-C drops the line that is being typed. Empty at the end of input.
std::optional<std::string> read_line() {
  if (!::isatty(STDIN_FILENO)) {
    std::string line;
    return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
  }
  for (;;) {
    clear_cancel();
    char* typed = ::readline("> ");
    if (!typed && cancel_requested()) {
      std::fputs("\n", stdout);
      continue;
    }
    if (!typed) return std::nullopt;
    std::string line = typed;
    std::free(typed);
    if (cancel_requested()) continue;
    if (!line.empty()) ::add_history(line.c_str());
    return line;
  }
}

// What a small model of a run read, from the run's results; empty when unknown. `name` is what the
// user called the model: a run, "run:base", or a folder of a run.
std::string reading_of(const std::string& name) {
  const fs::path path = name.substr(0, name.rfind(':'));
  for (const fs::path& run : {path, path.parent_path()}) {
    if (!fs::exists(run / "results.json")) continue;
    const Json results = read_json(run / "results.json");
    if (const Json* summary = results.find("summary")) {
      return " It read " + summary->get("reading", "") + ".";
    }
  }
  return "";
}

void print_honest_line(const LoadedModel& model, const std::string& path) {
  if (model.parameters >= kModest) return;
  std::fprintf(stderr,
               "This model has %s parameters.%s It imitates the form of its texts and knows "
               "nothing; for a model that talks, run scripts/get-smollm2.sh.\n",
               human_count(static_cast<double>(model.parameters)).c_str(),
               reading_of(path).c_str());
}

int chat(Options& options) {
  const std::string& model = options.flags.model;
  options.flags.checked();
  Engine engine(model, options.flags.products());
  if (engine.model.tokenizer->chat_template().empty()) {
    fail(ErrorCode::kUnsupported, "the model has no chat template", model,
         "it only continues text: lucie generate " + model + " -p TEXT");
  }
  print_honest_line(engine.model, model);
  Conversation conversation(engine, options.flags, options.system);
  while (const auto line = read_line()) {
    if (!conversation.take(*line)) break;
  }
  return 0;
}

}  // namespace

Command chat_command() {
  auto options = std::make_shared<Options>();
  Command command{.group = "Use",
                  .name = "chat",
                  .summary = "talk with a model",
                  .examples =
                      "lucie chat runs/tiny\n"
                      "lucie chat models/SmolLM2-135M-Instruct.Q4_1.gguf --temp 0.2",
                  .arguments = {{"--system", &options->system, "system prompt"}},
                  .run = [options] { return chat(*options); },
                  .state = options};
  add_generation_arguments(command.arguments, options->flags);
  return command;
}

}  // namespace lucie
