// lucie generate: a prompt and its continuation, or a file of prompts answered together.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/generation_options.h"
#include "cli/idle_flags.h"
#include "cli/prompt_file.h"
#include "tokenizer/chat_template.h"

namespace lucie {
namespace {

struct Options {
  GenerationFlags flags;
  std::string prompt, file, prompts;
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

Json logprobs_json(const std::vector<TokenLogprob>& logprobs, const Tokenizer& tokenizer) {
  Json list = Json::array();
  const auto token = [&](TokenId id, double logprob) {
    Json one = Json::object();
    one["id"] = id;
    one["token"] = tokenizer.token(id);
    one["logprob"] = logprob;
    return one;
  };
  for (const TokenLogprob& logprob : logprobs) {
    Json one = token(logprob.id, logprob.logprob);
    if (!logprob.top.empty()) one["top"] = Json::array();
    for (const auto& [id, value] : logprob.top) one["top"].push_back(token(id, value));
    list.push_back(one);
  }
  return list;
}

Json to_json(const Generated& answer, const Tokenizer& tokenizer) {
  Json json = Json::object();
  json["text"] = answer.text;
  json["finish_reason"] = reason_name(answer.reason);
  json["prompt_tokens"] = answer.prompt_tokens;
  json["completion_tokens"] = static_cast<std::int64_t>(answer.ids.size());
  if (!answer.logprobs.empty()) json["logprobs"] = logprobs_json(answer.logprobs, tokenizer);
  if (!answer.prompt_logprobs.empty()) {
    json["prompt_logprobs"] = logprobs_json(answer.prompt_logprobs, tokenizer);
  }
  if (answer.drafted > 0) {
    json["drafted_tokens"] = answer.drafted;
    json["accepted_tokens"] = answer.accepted;
  }
  return json;
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                            bool chat) {
  return chat ? encode_chat(tokenizer, messages, true, today()).ids
              : tokenizer.encode(messages.front().content);
}

int generate_one(const Options& options, const GenerateOptions& settings) {
  const std::string prompt = prompt_text(options);
  Engine engine(options.flags.model, options.flags.products());
  Generator generator(engine.ctx, engine.model, options.flags.checked_engine());
  const LoadedModel draft = add_drafter(engine, options.flags, generator.engine());
  const Tokenizer& tokenizer = *engine.model.tokenizer;
  const bool json = common_options().json;
  const Generated answer = generator.run(encode(tokenizer, {{"user", prompt}}, options.chat),
                                         settings, [&](std::string_view piece) {
                                           if (json) return;
                                           std::fwrite(piece.data(), 1, piece.size(), stdout);
                                           std::fflush(stdout);
                                         });
  const bool cancelled = answer.reason == FinishReason::kCancelled;
  std::printf("%s\n", json && !cancelled ? to_json(answer, tokenizer).dump().c_str() : "");
  const auto count = static_cast<double>(answer.ids.size());
  log_info("prompt " + std::to_string(answer.prompt_tokens) + " tokens in " +
           human_seconds(answer.prompt_seconds) + "; answer " + std::to_string(answer.ids.size()) +
           " tokens, " +
           human_count(answer.answer_seconds > 0 ? count / answer.answer_seconds : 0) +
           " tokens/s");
  if (const std::string line = speculation_line(answer); !line.empty()) log_info(line);
  if (cancelled) check_cancelled();
  return 0;
}

// A prompt of a file with the engine's number of it, or what was wrong with it.
struct Asked {
  const FilePrompt& prompt;
  std::uint64_t id = 0;
  std::optional<Error> error = {};
};

Asked ask(BatchEngine& batch, const Tokenizer& tokenizer, const FilePrompt& prompt, bool chat) {
  Asked asked{prompt};
  try {
    asked.id = batch.submit({encode(tokenizer, prompt.messages, chat), prompt.options, {}});
  } catch (const Error& error) {
    asked.error = error;
  }
  return asked;
}

std::optional<Generated> take(BatchEngine& batch, Asked& asked) {
  try {
    return batch.take(asked.id);
  } catch (const Error& error) {
    asked.error = error;
    return std::nullopt;
  }
}

Json to_json(const Error& error, const std::string& place) {
  Json json = Json::object();
  json["error"] = error.message();
  json["place"] = place;
  if (!error.hint().empty()) json["hint"] = error.hint();
  return json;
}

// A line of JSON for each prompt, in the order of the file; as soon as all before it are done.
// What is wrong with one of them does not end the others; Ctrl-C leaves out what did not end.
int generate_many(const Options& options, const GenerateOptions& settings) {
  if (!options.prompt.empty() || !options.file.empty()) {
    fail(ErrorCode::kInvalidArgument, "give --prompts or one prompt, not both", "--prompts");
  }
  const std::vector<FilePrompt> prompts = read_prompts(options.prompts, settings);
  Engine engine(options.flags.model, options.flags.products());
  const Tokenizer& tokenizer = *engine.model.tokenizer;
  BatchEngine batch(engine.ctx, engine.model, options.flags.checked_engine());
  const LoadedModel draft = add_drafter(engine, options.flags, batch);
  std::vector<Asked> asked;
  for (const FilePrompt& prompt : prompts) {
    asked.push_back(ask(batch, tokenizer, prompt, options.chat || prompt.chat));
  }
  Progress progress("generate", prompts.size(), "text");
  std::size_t next = 0, failed = 0;
  Generated total;
  for (bool more = true; more;) {
    more = batch.step();
    if (cancel_requested()) batch.cancel_all();
    for (; next < asked.size(); ++next) {
      const std::optional<Generated> answer = take(batch, asked[next]);
      const std::optional<Error>& error = asked[next].error;
      if (!answer && !error) break;
      progress.add(1);
      if (answer && answer->reason == FinishReason::kCancelled) continue;
      const Json line =
          error ? to_json(*error, asked[next].prompt.place) : to_json(*answer, tokenizer);
      std::printf("%s\n", line.dump().c_str());
      std::fflush(stdout);
      failed += error ? 1 : 0;
      total.drafted += answer ? answer->drafted : 0;
      total.accepted += answer ? answer->accepted : 0;
    }
  }
  if (const std::string line = speculation_line(total); !line.empty()) log_info(line);
  check_cancelled();
  if (failed == 0) return 0;
  log_warning(std::to_string(failed) + " of " + std::to_string(prompts.size()) +
              " prompts have no answer");
  return 1;
}

int generate(const Options& options) {
  const GenerateOptions settings = options.flags.checked();
  const bool as_text = options.prompts.empty() && !common_options().json;
  refuse_idle_flags(
      {{as_text && settings.top_logprobs != GenerateOptions().top_logprobs, "--logprobs",
        "--json or --prompts"},
       {as_text && settings.prompt_logprobs, "--prompt-logprobs", "--json or --prompts"}});
  options.flags.checked_engine();
  return options.prompts.empty() ? generate_one(options, settings)
                                 : generate_many(options, settings);
}

}  // namespace

Command generate_command() {
  auto options = std::make_shared<Options>();
  GenerationFlags& flags = options->flags;
  Command command{
      .group = "Use",
      .name = "generate",
      .summary = "continue texts, or answer questions",
      .examples =
          "lucie generate runs/tiny -p 'La commande ls'\n"
          "lucie generate models/smollm2.gguf --chat -p 'What is a kernel?'\n"
          "cat letter.txt | lucie generate MODEL --temp 0 -n 40 --json\n"
          "lucie generate MODEL --prompts questions.jsonl --chat --parallel 8\n"
          "lucie generate MODEL --chat -p 'A city?' -j '{\"properties\": {\"city\": {\"type\": "
          "\"string\"}}}'",
      .arguments = {{"-p,--prompt", &options->prompt, "text to continue (else stdin)"},
                    {"-f,--file", &options->file, "read the prompt from a file"},
                    {"--prompts", &options->prompts,
                     "many prompts: a line each, or .jsonl with prompt or messages and settings"},
                    {"--parallel", &flags.engine.sequences, "prompts answered at once"},
                    {"--chat", &options->chat, "put the prompt into the model's chat template"},
                    {"--logprobs", &flags.options.top_logprobs,
                     "with --json: log-probabilities, and so many likeliest tokens beside each"},
                    {"--prompt-logprobs", &flags.options.prompt_logprobs,
                     "with --json: of the prompt's tokens too"}},
      .run = [options] { return generate(*options); },
      .state = options};
  add_generation_arguments(command.arguments, flags);
  return command;
}

}  // namespace lucie
