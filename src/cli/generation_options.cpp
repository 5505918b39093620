#include "cli/generation_options.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/idle_flags.h"
#include "infer/grammar.h"
#include "infer/json_schema.h"
#include "model/locate.h"

namespace lucie {
namespace {

// "15043+1.5", "15043-2", and "15043-inf" to forbid it.
std::pair<TokenId, double> parse_bias(const std::string& text) {
  const std::size_t sign = text.find_first_of("+-", 1);
  TokenId id = -1;
  double bias = 0;
  if (sign != std::string::npos) {
    const char* end = text.data() + sign;
    const char* number = end + (*end == '+' ? 1 : 0);
    const auto [id_end, id_error] = std::from_chars(text.data(), end, id);
    const auto [bias_end, bias_error] = std::from_chars(number, text.data() + text.size(), bias);
    if (id_error == std::errc() && id_end == end && bias_error == std::errc() &&
        bias_end == text.data() + text.size() && !std::isnan(bias)) {
      return {id, bias};
    }
  }
  fail(ErrorCode::kInvalidArgument, "no bias: " + text, "--logit-bias",
       "a token's id, a sign and a number: 15043+1.5, or 15043-inf to forbid it");
}

std::shared_ptr<const Grammar> read_grammar(const GenerationFlags& flags) {
  const std::pair<const std::string*, const char*> given[] = {
      {&flags.grammar, "--grammar"},
      {&flags.grammar_file, "--grammar-file"},
      {&flags.schema, "--json-schema"},
      {&flags.schema_file, "--json-schema-file"}};
  const char* flag = nullptr;
  for (const auto& [text, name] : given) {
    if (text->empty()) continue;
    if (flag) {
      fail(ErrorCode::kInvalidArgument, std::string("give ") + flag + " or " + name + ", not both",
           name);
    }
    flag = name;
  }
  if (!flag) return nullptr;
  const auto compiled = [](const std::string& text, const std::string& place) {
    return std::make_shared<const Grammar>(Grammar::parse(text, place));
  };
  if (!flags.grammar.empty()) return compiled(flags.grammar, flag);
  if (!flags.grammar_file.empty())
    return compiled(read_file(flags.grammar_file), flags.grammar_file);
  const Json schema =
      flags.schema.empty() ? read_json(flags.schema_file) : parse_json(flags.schema, flag);
  return compiled(grammar_of_schema(schema), "schema");
}

}  // namespace

GenerateOptions GenerationFlags::checked() const {
  GenerateOptions result = options;
  result.sampling.seed = static_cast<std::uint64_t>(seed);
  if (!breakers.empty()) result.sampling.dry_breakers = breakers;
  for (const std::string& bias : biases) result.sampling.logit_bias.push_back(parse_bias(bias));
  check_options(result);
  result.grammar = read_grammar(*this);
  return result;
}

EngineSettings GenerationFlags::checked_engine() const {
  if (!cache_of_values.empty() && cache_of_values != engine.cache_type) {
    fail(ErrorCode::kInvalidArgument, "keys and values are kept in one type", "--cache-type-v",
         "give --cache-type for both");
  }
  if (lookup && !draft.empty()) {
    fail(ErrorCode::kInvalidArgument, "give --draft or --lookup, not both", "--lookup");
  }
  const bool guesses = lookup || !draft.empty();
  refuse_idle_flags({{!guesses && engine.most_drafted != EngineSettings().most_drafted,
                      "--draft-max", "--draft or --lookup"}});
  if (engine.most_drafted < 1) {
    fail(ErrorCode::kInvalidArgument, "must be at least 1", "--draft-max");
  }
  return engine;
}

void add_generation_arguments(std::vector<Argument>& arguments, GenerationFlags& flags) {
  SamplingSettings& s = flags.options.sampling;
  arguments.insert(arguments.begin(),
                   {"MODEL,-m,--model", &flags.model,
                    "Hugging Face directory, .gguf file, run directory or org/name", true});
  const std::vector<Argument> shared{
      {"-c,--ctx-size,--ctx", &flags.engine.window, "positions of the window (0: the model's own)"},
      {"--cache-type,--cache-type-k", &flags.engine.cache_type,
       "keys and values in f32, f16, bf16, q8_0 or q4_0"},
      {"--cache-type-v", &flags.cache_of_values, "as --cache-type, which it must equal"},
      {"--exact", &flags.exact, "never round activations, at several times the time"},
      {"-n,--max-tokens,--n-predict", &flags.options.max_tokens,
       "longest answer in tokens (-1: all that fits)"},
      {"--temp,--temperature", &s.temperature, "0 takes the likeliest token"},
      {"--top-k", &s.top_k, "choose among the k likeliest (0: off)"},
      {"--typical", &s.typical_p, "choose among the least surprising that make up this share"},
      {"--top-p", &s.top_p, "choose among the likeliest that make up this share"},
      {"--min-p", &s.min_p, "drop tokens below this share of the likeliest"},
      {"--repeat-penalty", &s.repetition_penalty, "above 1 discourages repetition"},
      {"--frequency-penalty", &s.frequency_penalty, "taken off for each time that a token stood"},
      {"--presence-penalty", &s.presence_penalty, "taken off a token that stood before"},
      {"--repeat-last-n", &s.repeat_last_n, "how far back these three look (-1: everything)"},
      {"--dry-multiplier", &s.dry_multiplier,
       "DRY: taken off what goes on with a repeated run (0: off)"},
      {"--dry-base", &s.dry_base, "DRY: times this for each further token of the run"},
      {"--dry-allowed-length", &s.dry_allowed_length, "DRY: shortest run that counts"},
      {"--dry-penalty-last-n", &s.dry_last_n, "DRY: how far back it looks (-1: everything)"},
      {"--dry-sequence-breaker", &flags.breakers, "DRY: text that ends runs"},
      {"--logit-bias", &flags.biases, "token id and what is added: 15043+1.5, 15043-inf"},
      {"-s,--seed", &flags.seed, "same seed, same text"},
      {"--stop", &flags.options.stops, "end the answer before this text"},
      {"--ignore-eos", &flags.options.ignore_eos, "do not stop at the end-of-text token"},
      {"--grammar", &flags.grammar, "GBNF that the answer must meet"},
      {"--grammar-file", &flags.grammar_file, "the same from a file"},
      {"-j,--json-schema", &flags.schema, "JSON schema that the answer must meet"},
      {"--json-schema-file", &flags.schema_file, "the same from a file"},
      {"--draft", &flags.draft, "small model of the same vocabulary that guesses ahead"},
      {"--lookup", &flags.lookup, "guess ahead from the text so far"},
      {"--draft-max", &flags.engine.most_drafted, "tokens guessed at once"}};
  arguments.insert(arguments.end(), shared.begin(), shared.end());
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  localtime_r(&now, &date);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &date)};
}

Engine::Engine(const std::string& model_name, Products products)
    : pool(static_cast<int>(common_options().threads)), ctx(make_device(), pool) {
  ctx.set_products(products);
  const fs::path path = locate_model(model_name);
  model = load_model(ctx, path);
  log_info("model: " + path.string() + " (" + human_count(static_cast<double>(model.parameters)) +
           " parameters)");
}

LoadedModel add_drafter(Engine& engine, const GenerationFlags& flags, BatchEngine& batch) {
  LoadedModel draft;
  if (flags.lookup) batch.set_drafter(make_lookup_drafter());
  if (flags.draft.empty()) return draft;
  draft = load_model(engine.ctx, locate_model(flags.draft));
  batch.set_drafter(make_model_drafter(engine.ctx, {*draft.decoder, *draft.tokenizer},
                                       *engine.model.tokenizer, batch.window(),
                                       flags.engine.sequences));
  return draft;
}

std::string speculation_line(const Generated& answer) {
  if (answer.drafted == 0) return "";
  const auto share =
      100.0 * static_cast<double>(answer.accepted) / static_cast<double>(answer.drafted);
  return "accepted " + std::to_string(answer.accepted) + " of " + std::to_string(answer.drafted) +
         " drafted tokens (" + human_count(share) + " %)";
}

}  // namespace lucie
