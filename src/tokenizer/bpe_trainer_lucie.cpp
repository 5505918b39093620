#include "tokenizer/bpe_trainer_lucie.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>

namespace lucie::bpe {
namespace {

constexpr const char* kSpaceMark = "\u2581";
constexpr int kFirstReserved = 260, kReserved = 5;
constexpr std::array kSpecialTokens = {"<s>", "</s>", "<unk>", "<pad>"};
constexpr std::array kChatTokens = {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"};
constexpr int kFirstChatToken = kFirstReserved + kReserved;

struct Run {
  const char* character;
  int longest;
};
constexpr std::array<Run, 3> kRuns = {Run{kSpaceMark, 8}, Run{"\t", 4}, Run{"\n", 2}};

struct Opening {
  const char* character;
  const char* regex;  // escaped as Lucie's own file has it
};
constexpr std::array<Opening, 18> kOpenings = {{{"\n", "\\\n"},
                                                {"\t", "\\\t"},
                                                {"(", "\\("},
                                                {"[", "\\["},
                                                {"{", "\\{"},
                                                {"/", "/"},
                                                {"<", "<"},
                                                {"'", "'"},
                                                {"\u2019", "\u2019"},
                                                {"\"", "\""},
                                                {"\u00AB", "\u00AB"},
                                                {"\u201C", "\u201C"},
                                                {"\u2018", "\u2018"},
                                                {"\u201A", "\u201A"},
                                                {"\u2039", "\u2039"},
                                                {"\u2014", "\u2014"},
                                                {"\u2013", "\u2013"},
                                                {"\u2015", "\u2015"}}};

// As Lucie-Instruct's template renders: every message between its role's header and <|eot_id|>.
constexpr const char* kChatTemplate =
    "{{- bos_token -}}\n"
    "{%- for turn in messages -%}\n"
    "  {{- '<|start_header_id|>' ~ turn.role ~ '<|end_header_id|>\\n\\n' -}}\n"
    "  {{- turn.content | trim ~ '<|eot_id|>' -}}\n"
    "{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}\n"
    "  {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}\n"
    "{%- endif -%}\n";

std::string repeated(const char* text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

Json replace_rule(const char* pattern_kind, std::string pattern, std::string content) {
  return Json::Object{{"type", "Replace"},
                      {"pattern", Json::Object{{pattern_kind, std::move(pattern)}}},
                      {"content", std::move(content)}};
}

Json added_token(int id, const char* content) {
  return Json::Object{{"id", id},        {"content", content}, {"single_word", false},
                      {"lstrip", false}, {"rstrip", false},    {"normalized", false},
                      {"special", true}};
}

Json added_tokens() {
  Json::Array tokens;
  int id = 0;
  for (const char* token : kSpecialTokens) tokens.push_back(added_token(id++, token));
  id = kFirstChatToken;
  for (const char* token : kChatTokens) tokens.push_back(added_token(id++, token));
  return tokens;
}

Json template_part(const char* kind, const char* id, int type) {
  return Json::Object{{kind, Json::Object{{"id", id}, {"type_id", type}}}};
}

Json post_processor() {
  const Json bos = Json::Object{
      {"id", "<s>"}, {"ids", Json::Array{Json(0)}}, {"tokens", Json::Array{Json("<s>")}}};
  return Json::Object{
      {"type", "TemplateProcessing"},
      {"single",
       Json::Array{template_part("SpecialToken", "<s>", 0), template_part("Sequence", "A", 0)}},
      {"pair",
       Json::Array{template_part("SpecialToken", "<s>", 0), template_part("Sequence", "A", 0),
                   template_part("SpecialToken", "<s>", 1), template_part("Sequence", "B", 1)}},
      {"special_tokens", Json::Object{{"<s>", bos}}}};
}

Json decoder() {
  Json::Array steps;
  steps.push_back(Json::Object{{"type", "ByteFallback"}});
  steps.push_back(Json::Object{{"type", "Metaspace"},
                               {"replacement", kSpaceMark},
                               {"prepend_scheme", "always"},
                               {"split", true}});
  steps.push_back(Json::Object{{"type", "Fuse"}});
  for (const char* token : kChatTokens) {
    steps.push_back(replace_rule("String", std::string(token) + ' ', token));
  }
  for (const Opening& opening : kOpenings) {
    steps.push_back(
        replace_rule("String", std::string(opening.character) + ' ', opening.character));
  }
  return Json::Object{{"type", "Sequence"}, {"decoders", std::move(steps)}};
}

Json model(const Learned& learned) {
  Json::Object vocabulary;
  vocabulary.reserve(learned.vocabulary.size());
  for (std::size_t id = 0; id < learned.vocabulary.size(); ++id) {
    vocabulary.emplace_back(learned.vocabulary[id], static_cast<std::int64_t>(id));
  }
  auto merges = learned.merges;
  for (const auto& merge : lucie_space_merges(learned.vocabulary)) merges.push_back(merge);
  Json::Array rows;
  rows.reserve(merges.size());
  for (const auto& [left, right] : merges) {
    rows.push_back(Json::Array{Json(learned.vocabulary[left]), Json(learned.vocabulary[right])});
  }
  return Json::Object{{"type", "BPE"},
                      {"dropout", Json()},
                      {"unk_token", "<unk>"},
                      {"continuing_subword_prefix", Json()},
                      {"end_of_word_suffix", Json()},
                      {"fuse_unk", true},
                      {"byte_fallback", true},
                      {"ignore_merges", false},
                      {"vocab", std::move(vocabulary)},
                      {"merges", std::move(rows)}};
}

}  // namespace

std::vector<std::string> lucie_initial_tokens() {
  std::vector<std::string> tokens(kSpecialTokens.begin(), kSpecialTokens.end());
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(fmt::format("<0x{:02X}>", byte));
  for (int slot = 0; slot < kReserved; ++slot) tokens.push_back(fmt::format("<unused{}>", slot));
  tokens.insert(tokens.end(), kChatTokens.begin(), kChatTokens.end());
  for (const Run& run : kRuns) {
    for (int n = 1; n <= run.longest; ++n) tokens.push_back(repeated(run.character, n));
  }
  for (int digit = 0; digit < 10; ++digit) tokens.push_back(std::to_string(digit));
  return tokens;
}

Json lucie_normalizer() {
  Json::Array steps;
  steps.push_back(Json::Object{{"type", "NFC"}});
  steps.push_back(replace_rule("Regex", "[\\r\\x00]", ""));
  for (const Opening& opening : kOpenings) {
    steps.push_back(replace_rule("Regex", std::string(opening.regex) + "(?=[ \\w])",
                                 std::string(opening.character) + ' '));
  }
  steps.push_back(Json::Object{{"type", "Prepend"}, {"prepend", " "}});
  steps.push_back(replace_rule("Regex", "[ \\u00A0]", kSpaceMark));
  return Json::Object{{"type", "Sequence"}, {"normalizers", std::move(steps)}};
}

std::vector<std::pair<Symbol, Symbol>> lucie_space_merges(
    const std::vector<std::string>& vocabulary) {
  std::unordered_map<std::string_view, Symbol> ids;
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    ids.emplace(vocabulary[id], static_cast<Symbol>(id));
  }
  std::vector<std::pair<Symbol, Symbol>> merges;
  for (const Run& run : kRuns) {
    for (int left = run.longest - 1; left > 0; --left) {
      for (int right = run.longest - left; right > 0; --right) {
        merges.emplace_back(ids.at(repeated(run.character, left)),
                            ids.at(repeated(run.character, right)));
      }
    }
  }
  return merges;
}

Json lucie_tokenizer_json(const Learned& learned) {
  return Json::Object{{"version", "1.0"},
                      {"truncation", Json()},
                      {"padding", Json()},
                      {"added_tokens", added_tokens()},
                      {"normalizer", lucie_normalizer()},
                      {"pre_tokenizer", Json()},
                      {"post_processor", post_processor()},
                      {"decoder", decoder()},
                      {"model", model(learned)}};
}

Json lucie_tokenizer_config() {
  return Json::Object{{"add_bos_token", true},
                      {"add_eos_token", false},
                      {"bos_token", "<s>"},
                      {"chat_template", kChatTemplate},
                      {"clean_up_tokenization_spaces", false},
                      {"eos_token", "</s>"},
                      {"pad_token", "<pad>"},
                      {"tokenizer_class", "PreTrainedTokenizerFast"},
                      {"unk_token", "<unk>"}};
}

}  // namespace lucie::bpe
