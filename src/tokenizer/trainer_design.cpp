#include "tokenizer/trainer_design.h"

#include <fmt/format.h>

#include <array>

namespace lucie::training {
namespace {

constexpr std::array kChatTokens = {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"};

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

Json added_token(const SpecialToken& token) {
  return Json::Object{{"id", token.id},  {"content", token.text}, {"single_word", false},
                      {"lstrip", false}, {"rstrip", false},       {"normalized", false},
                      {"special", true}};
}

Json template_part(const char* kind, const char* id, int type) {
  return Json::Object{{kind, Json::Object{{"id", id}, {"type_id", type}}}};
}

Json post_processor() {
  const Json begin = Json::Object{
      {"id", kBegin}, {"ids", Json::Array{Json(0)}}, {"tokens", Json::Array{Json(kBegin)}}};
  return Json::Object{
      {"type", "TemplateProcessing"},
      {"single",
       Json::Array{template_part("SpecialToken", kBegin, 0), template_part("Sequence", "A", 0)}},
      {"pair",
       Json::Array{template_part("SpecialToken", kBegin, 0), template_part("Sequence", "A", 0),
                   template_part("SpecialToken", kBegin, 1), template_part("Sequence", "B", 1)}},
      {"special_tokens", Json::Object{{kBegin, begin}}}};
}

}  // namespace

void split_words(const PreTokenizer& pre_tokenizer, std::string& text,
                 const std::function<void(std::string_view)>& word) {
  Pieces pieces;
  pieces.text = std::move(text);
  pieces.spans.push_back({0, pieces.text.size()});
  pre_tokenizer.apply(pieces);
  const std::string_view all = pieces.text;
  for (const Span& span : pieces.spans) word(all.substr(span.begin, span.end - span.begin));
}

std::span<const char* const> chat_tokens() {
  return kChatTokens;
}

std::string byte_token(int byte) {
  return fmt::format("<0x{:02X}>", byte);
}

Json replace_rule(const char* kind, std::string pattern, std::string content) {
  return Json::Object{{"type", "Replace"},
                      {"pattern", Json::Object{{kind, std::move(pattern)}}},
                      {"content", std::move(content)}};
}

Json sequence(const char* key, Json::Array steps) {
  return Json::Object{{"type", "Sequence"}, {key, std::move(steps)}};
}

Json tokenizer_json(Parts parts) {
  Json::Array added;
  for (const SpecialToken& token : parts.special) added.push_back(added_token(token));
  return Json::Object{{"version", "1.0"},
                      {"truncation", Json()},
                      {"padding", Json()},
                      {"added_tokens", std::move(added)},
                      {"normalizer", std::move(parts.normalizer)},
                      {"pre_tokenizer", std::move(parts.pre_tokenizer)},
                      {"post_processor", post_processor()},
                      {"decoder", std::move(parts.decoder)},
                      {"model", std::move(parts.model)}};
}

Json tokenizer_config(bool unknown) {
  Json config = Json::Object{{"add_bos_token", true},
                             {"add_eos_token", false},
                             {"bos_token", kBegin},
                             {"chat_template", kChatTemplate},
                             {"clean_up_tokenization_spaces", false},
                             {"eos_token", kEnd},
                             {"pad_token", kPadding},
                             {"tokenizer_class", "PreTrainedTokenizerFast"}};
  if (unknown) config["unk_token"] = kUnknown;
  return config;
}

}  // namespace lucie::training
