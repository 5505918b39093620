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
#include "cli/generation_options.h"
#include "cli/trace.h"
#include "pipeline/text_tracer.h"
#include "tokenizer/chat_template.h"

namespace lucie {
namespace {

// Below this a model imitates the form of its texts and knows nothing.
constexpr std::int64_t kModest = 50'000'000;

struct Options {
  GenerationFlags flags;
  std::string system;
};

std::optional<std::string> read_line() {
  if (!::isatty(STDIN_FILENO)) {
    std::string line;
    return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
  }
  char* typed = ::readline("> ");
  if (!typed) return std::nullopt;
  std::string line = typed;
  std::free(typed);
  if (!line.empty()) ::add_history(line.c_str());
  return line;
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

const char* kHelp =
    "/clear  forget the conversation\n/system TEXT  set the system prompt\n"
    "/trace  where the words of the last answer come from\n/help  this list\n"
    "/exit  leave (or Ctrl-D)\n";

// Where answers come from, found in the run that the model is of. Opened when first asked.
class AnswerTrace {
 public:
  AnswerTrace(std::string model, ThreadPool& pool) : model_(std::move(model)), pool_(pool) {}

  void print(const std::vector<TokenId>& answer) {
    if (!tracer_) open();
    print_spans(tracer_->trace(answer, {}));
  }

 private:
  void open() {
    run_ = std::make_unique<TracedRun>(run_of_model(model_));
    tracer_ = std::make_unique<TextTracer>(*run_, index_memory({}), pool_);
  }

  std::string model_;
  ThreadPool& pool_;
  std::unique_ptr<TracedRun> run_;
  std::unique_ptr<TextTracer> tracer_;
};

class Conversation {
 public:
  Conversation(Engine& engine, const Options& options)
      : engine_(engine),
        settings_(options.flags.checked()),
        generator_(engine.ctx, engine.model, options.flags.window),
        trace_(options.flags.model, engine.pool) {
    set_system(options.system);
  }

  // False to leave.
  bool take(const std::string& line) {
    if (line == "/exit" || line == "/quit") return false;
    if (line == "/help") {
      std::fputs(kHelp, stderr);
    } else if (line == "/trace") {
      trace();
    } else if (line == "/clear") {
      messages_.clear();
      set_system(system_);
    } else if (line.starts_with("/system")) {
      messages_.clear();
      set_system(std::string(trim(line.substr(7))));
    } else if (line.starts_with("/")) {
      std::fprintf(stderr, "unknown command; /help lists them\n");
    } else if (!trim(line).empty()) {
      answer(line);
    }
    return true;
  }

 private:
  void set_system(const std::string& text) {
    system_ = text;
    if (!text.empty()) messages_.push_back({"system", text});
  }

  void trace() {
    clear_cancel();
    if (last_answer_.empty()) {
      std::fprintf(stderr, "there is no answer yet\n");
      return;
    }
    try {
      trace_.print(last_answer_);
    } catch (const Error& error) {  // the conversation goes on
      std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
    }
    clear_cancel();
  }

  void answer(const std::string& question) {
    messages_.push_back({"user", question});
    clear_cancel();
    const EncodedChat chat = encode_chat(*engine_.model.tokenizer, messages_, true, today());
    const Generated answer = generator_.run(chat.ids, settings_, [](std::string_view piece) {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
    });
    std::printf("\n");
    clear_cancel();
    messages_.push_back({"assistant", answer.text});
    last_answer_ = answer.ids;
    std::erase_if(last_answer_,
                  [&](TokenId id) { return engine_.model.tokenizer->is_special(id); });
  }

  Engine& engine_;
  GenerateOptions settings_;
  Generator generator_;
  std::string system_;
  std::vector<ChatMessage> messages_;
  std::vector<TokenId> last_answer_;
  AnswerTrace trace_;
};

int chat(Options& options) {
  const std::string& model = options.flags.model;
  options.flags.checked();
  Engine engine(model);
  if (engine.model.tokenizer->chat_template().empty()) {
    fail(ErrorCode::kUnsupported, "the model has no chat template", model,
         "it only continues text: lucie generate " + model + " -p TEXT");
  }
  print_honest_line(engine.model, model);
  Conversation conversation(engine, options);
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
