#include "tokenizer/gguf_pre.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tokenizer/word_scanner.h"

namespace lucie {
namespace {

struct Rule {
  std::vector<std::string_view> names;  // the first is the one we write
  std::vector<std::string_view> regexes;
  bool ignore_merges = false;
  bool adds_bos = false;
};

constexpr std::string_view kDigit = R"(\p{N})";
constexpr std::string_view kThreeDigits = "[0-9][0-9][0-9]";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kMiniCpm5 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kSeedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kBailing =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
// Where the originals ask for upper and lower case letters, llama.cpp asks for letters that are not
// a-z or not A-Z: all others count as both.
constexpr std::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])*((?=\p{L})[^A-Z])+|[^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])+((?=\p{L})[^A-Z])*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])*((?=\p{L})[^A-Z])+(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])+((?=\p{L})[^A-Z])*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kDeepseekCjk = R"([\x{4e00}-\x{9fa5}\x{3040}-\x{30ff}]+)";
// Spaces beyond ASCII are hidden from expressions without categories, such as this.
constexpr std::string_view kDeepseekCoderCjk = R"((?:(?!\s)[\x{800}-\x{9fa5}\x{ac00}-\x{d7ff}])+)";
constexpr std::string_view kDeepseekV3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kBloom =
    R"( ?[^(\s|.,!?\x{2026}\x{3002}\x{ff0c}\x{3001}\x{964}\x{6d4}\x{60c})]+)";

std::span<const Rule> rules() {
  static const std::vector<Rule> all = {
      {{"gpt-2", "olmo", "mpt", "jais", "phi-2", "trillion", "exaone4", "gigachat", "mellum",
        "a.x-4.0", "granite-docling", "roberta-bpe", "modern-bert", "jina-es", "jina-de",
        "jina-v1-en", "jina-v2-code", "jina-v2-es", "jina-v2-de"},
       {kGpt2Regex}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b",
        "mellum2"},
       {kDigit, kGpt2Regex}},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
        "jina-v5-nano"},
       {kCl100kRegex},
       true,
       true},
      {{"dbrx", "smaug-bpe", "glm4", "chatglm-bpe"}, {kCl100kRegex}},
      {{"qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "hunyuan", "solar-open", "grok-2",
        "kormo", "f2llmv2"},
       {kQwen2}},
      {{"qwen35"}, {kQwen35}},
      {{"falcon"}, {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2Regex, kThreeDigits}},
      {{"tekken"}, {kTekken}, true, true},
      {{"gpt-4o", "llama4", "kanana2", "minimax-m2"}, {kGpt4o}},
      {{"deepseek-v3", "hunyuan-dense", "joyai-llm"}, {R"(\p{N}{1,3})", kDeepseekCjk, kDeepseekV3}},
      {{"deepseek-coder"},
       {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", kDeepseekCoderCjk, kDigit}},
      {{"bailingmoe", "bailingmoe2", "llada-moe"}, {kBailing}},
      {{"seed-coder"}, {kSeedCoder}},
      {{"minicpm5"}, {R"(\p{N}{1,3})", kMiniCpm5}, true},
      {{"bloom", "poro-chat", "gpt3-finnish"}, {kBloom}},
      {{"viking"}, {kBloom, kDigit}},
      {{"default"}, {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2Regex, R"(\p{N}+)", kThreeDigits}},
  };
  return all;
}

Json split_step(std::string_view regex) {
  if (regex == kDigit) {  // the same, without a regular expression
    return Json(Json::Object{{"type", "Digits"}, {"individual_digits", true}});
  }
  return Json(Json::Object{{"type", "Split"},
                           {"pattern", Json(Json::Object{{"Regex", regex}})},
                           {"behavior", "Isolated"},
                           {"invert", false}});
}

// The steps of a pre-tokenizer without the nesting.
void flatten(const Json& step, std::vector<const Json*>& out, int depth = 0) {
  if (!step.is_object() || depth > 16) return;
  if (step.get("type", "") != "Sequence") return out.push_back(&step);
  for (const Json& inner : step.at("pretokenizers").items()) flatten(inner, out, depth + 1);
}

// What a step cuts at, as a regular expression; empty for steps that have none.
std::string regex_of(const Json& step) {
  const std::string type = step.get("type", "");
  if (type == "ByteLevel") return step.get("use_regex", true) ? std::string(kGpt2Regex) : "";
  if (type == "Digits") return step.get("individual_digits", false) ? std::string(kDigit) : type;
  if (type != "Split") return type;
  const Json* pattern = step.find("pattern");
  const Json* regex = pattern == nullptr ? nullptr : pattern->find("Regex");
  const std::string behavior = step.get("behavior", "");
  const bool cuts = step.get("invert", false) ? behavior == "Removed" : behavior == "Isolated";
  return regex != nullptr && regex->is_string() && cuts ? regex->as_string() : type;
}

}  // namespace

GgufPre gguf_pre(std::string_view name, const std::string& place) {
  std::string known;
  for (const Rule& rule : rules()) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", rule.names.front());
    if (std::find(rule.names.begin(), rule.names.end(), name) == rule.names.end()) continue;
    Json::Array steps;
    for (const std::string_view regex : rule.regexes) steps.push_back(split_step(regex));
    steps.push_back(Json(Json::Object{{"type", "ByteLevel"},
                                      {"add_prefix_space", false},
                                      {"trim_offsets", true},
                                      {"use_regex", false}}));
    Json sequence(Json::Object{{"type", "Sequence"}, {"pretokenizers", Json(std::move(steps))}});
    return {rule.ignore_merges, rule.adds_bos, std::move(sequence)};
  }
  fail(ErrorCode::kUnsupported, fmt::format("GGUF pre-tokenizer '{}'", name), place,
       "known, among others: " + known);
}

std::string gguf_pre_name(const Json& tokenizer) {
  std::vector<const Json*> steps;
  if (const Json* pre = tokenizer.find("pre_tokenizer")) flatten(*pre, steps);
  std::vector<std::string> regexes;
  for (const Json* step : steps) {
    std::string regex = regex_of(*step);
    if (!regex.empty()) regexes.push_back(std::move(regex));
  }
  const Json* model = tokenizer.find("model");
  const bool whole = model != nullptr && model->get("ignore_merges", false);
  const Rule* nearest = nullptr;
  for (const Rule& rule : rules()) {
    if (!std::equal(rule.regexes.begin(), rule.regexes.end(), regexes.begin(), regexes.end())) {
      continue;
    }
    if (rule.ignore_merges == whole) return std::string(rule.names.front());
    if (nearest == nullptr) nearest = &rule;
  }
  if (nearest != nullptr) return std::string(nearest->names.front());
  // Falcon's own steps, of which llama.cpp's are an approximation.
  const std::vector<std::string> falcon = {"Punctuation", std::string(kGpt2Regex), "Digits",
                                           std::string(kThreeDigits)};
  return regexes == falcon ? "falcon" : "default";
}

}  // namespace lucie
