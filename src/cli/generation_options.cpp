#include "cli/generation_options.h"

#include <array>
#include <ctime>

#include "base/log.h"
#include "base/text.h"
#include "model/locate.h"

namespace lucie {

GenerateOptions GenerationFlags::checked() const {
  GenerateOptions result = options;
  result.sampling.seed = static_cast<std::uint64_t>(seed);
  check_sampling(result.sampling);
  return result;
}

void add_generation_arguments(std::vector<Argument>& arguments, GenerationFlags& flags) {
  SamplingSettings& s = flags.options.sampling;
  arguments.insert(arguments.begin(),
                   {"MODEL,-m,--model", &flags.model,
                    "Hugging Face directory, .gguf file, run directory or org/name", true});
  const std::vector<Argument> shared{
      {"-c,--ctx-size,--ctx", &flags.window, "positions of the window (0: the model's own)"},
      {"-n,--max-tokens,--n-predict", &flags.options.max_tokens, "longest answer in tokens"},
      {"--temp,--temperature", &s.temperature, "0 takes the likeliest token"},
      {"--top-k", &s.top_k, "choose among the k likeliest (0: off)"},
      {"--top-p", &s.top_p, "choose among the likeliest that make up this share"},
      {"--min-p", &s.min_p, "drop tokens below this share of the likeliest"},
      {"--repeat-penalty", &s.repetition_penalty, "above 1 discourages repetition"},
      {"--repeat-last-n", &s.repeat_last_n, "how far back the penalty looks"},
      {"-s,--seed", &flags.seed, "same seed, same text"},
      {"--stop", &flags.options.stops, "end the answer before this text"},
      {"--ignore-eos", &flags.options.ignore_eos, "do not stop at the end-of-text token"}};
  arguments.insert(arguments.end(), shared.begin(), shared.end());
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  localtime_r(&now, &date);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &date)};
}

Engine::Engine(const std::string& model_name)
    : pool(static_cast<int>(common_options().threads)), ctx(make_device(), pool) {
  const fs::path path = locate_model(model_name);
  model = load_model(ctx, path);
  log_info("model: " + path.string() + " (" + human_count(static_cast<double>(model.parameters)) +
           " parameters)");
}

}  // namespace lucie
