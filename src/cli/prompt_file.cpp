#include "cli/prompt_file.h"

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

FilePrompt prompt_of(const Json& json, const std::string& place, const GenerateOptions& defaults) {
  refuse_unknown_keys(json, {"prompt", "messages", "max_tokens", "temperature", "top_k", "top_p",
                             "min_p", "seed", "stop"});
  FilePrompt result{place, {}, false, defaults};
  if (const Json* messages = json.find("messages")) {
    if (json.find("prompt")) {
      fail(ErrorCode::kInvalidArgument, "there is a prompt beside the messages", place);
    }
    result.chat = true;
    for (const Json& message : messages->items()) {
      result.messages.push_back(
          {message.at("role").as_string(), message.at("content").as_string()});
    }
  } else {
    result.messages.push_back({"user", json.at("prompt").as_string()});
  }
  if (result.messages.empty()) fail(ErrorCode::kInvalidArgument, "there is no message", place);
  GenerateOptions& options = result.options;
  SamplingSettings& s = options.sampling;
  options.max_tokens = json.get("max_tokens", options.max_tokens);
  s.temperature = json.get("temperature", s.temperature);
  s.top_k = json.get("top_k", s.top_k);
  s.top_p = json.get("top_p", s.top_p);
  s.min_p = json.get("min_p", s.min_p);
  s.seed = static_cast<std::uint64_t>(json.get("seed", static_cast<std::int64_t>(s.seed)));
  if (json.find("stop")) options.stops = strings_at(json, "stop");
  check_options(options);
  return result;
}

// Whatever is wrong, said with the line.
FilePrompt parse_line(const std::string& line, const std::string& place,
                      const GenerateOptions& defaults) {
  const Json json = parse_json(line, place);
  try {
    return prompt_of(json, place, defaults);
  } catch (const Error& error) {
    if (error.place().starts_with(place)) throw;
    const std::string what = error.place().empty() ? "" : error.place() + ": ";
    fail(error.code(), what + error.message(), place, error.hint());
  }
}

}  // namespace

std::vector<FilePrompt> read_prompts(const std::string& path, const GenerateOptions& defaults) {
  const bool json = path.ends_with(".jsonl");
  std::vector<FilePrompt> prompts;
  std::size_t number = 0;
  for (std::string& line : split(read_file(path), '\n')) {
    const std::string place = path + ":" + std::to_string(++number);
    if (line.ends_with('\r')) line.pop_back();
    if (trim(line).empty()) continue;
    prompts.push_back(json ? parse_line(line, place, defaults)
                           : FilePrompt{place, {{"user", line}}, false, defaults});
  }
  if (prompts.empty()) fail(ErrorCode::kInvalidArgument, "the file has no prompt", path);
  return prompts;
}

}  // namespace lucie
