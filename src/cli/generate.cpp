// lucie generate: one prompt, one continuation.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/generation_options.h"
#include "tokenizer/chat_template.h"

namespace lucie {
namespace {

struct Options {
  GenerationFlags flags;
  std::string prompt, file;
  bool chat = false;
};

std::string prompt_text(const Options& options) {
  if (!options.prompt.empty() && !options.file.empty()) {
    fail(ErrorCode::kInvalidArgument, "give --prompt or --file, not both", "--file");
  }
  if (!options.file.empty()) return read_file(options.file);
  if (!options.prompt.empty()) return options.prompt;
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

const char* reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kEndOfText:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kStopString:
      return "stop_string";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "";
}

void print_json(const Generated& answer) {
  Json json = Json::object();
  json["text"] = answer.text;
  json["finish_reason"] = reason_name(answer.reason);
  json["prompt_tokens"] = answer.prompt_tokens;
  json["completion_tokens"] = static_cast<std::int64_t>(answer.ids.size());
  std::printf("%s\n", json.dump().c_str());
}

int generate(Options& options) {
  const std::string& model = options.flags.model;
  const GenerateOptions settings = options.flags.checked();
  const std::string prompt = prompt_text(options);
  Engine engine(model);
  Generator generator(engine.ctx, engine.model, options.flags.window);
  const std::vector<TokenId> ids =
      options.chat ? encode_chat(*engine.model.tokenizer, {{"user", prompt}}, true, today()).ids
                   : engine.model.tokenizer->encode(prompt);
  const bool json = common_options().json;
  const auto print = [&](std::string_view piece) {
    if (json) return;
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
  };
  const Generated answer = generator.run(ids, settings, print);
  if (json) {
    print_json(answer);
  } else {
    std::printf("\n");
  }
  const auto count = static_cast<double>(answer.ids.size());
  log_info("prompt " + std::to_string(answer.prompt_tokens) + " tokens in " +
           human_seconds(answer.prompt_seconds) + "; answer " + std::to_string(answer.ids.size()) +
           " tokens, " +
           human_count(answer.answer_seconds > 0 ? count / answer.answer_seconds : 0) +
           " tokens/s");
  return 0;
}

}  // namespace

Command generate_command() {
  auto options = std::make_shared<Options>();
  Command command{
      .group = "Use",
      .name = "generate",
      .summary = "continue a text, or answer one question",
      .examples =
          "lucie generate runs/tiny -p 'La commande ls'\n"
          "lucie generate models/smollm2.gguf --chat -p 'What is a kernel?'\n"
          "cat letter.txt | lucie generate MODEL --temp 0 -n 40 --json",
      .arguments = {{"-p,--prompt", &options->prompt, "text to continue (else stdin)"},
                    {"-f,--file", &options->file, "read the prompt from a file"},
                    {"--chat", &options->chat, "put the prompt into the model's chat template"}},
      .run = [options] { return generate(*options); },
      .state = options};
  add_generation_arguments(command.arguments, options->flags);
  return command;
}

}  // namespace lucie
