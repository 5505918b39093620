#include "tokenizer/post_processor.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lucie {
namespace {

constexpr int kDeepest = 16;

TokenId known_id(const Json& id, const Vocabulary& vocabulary, const std::string& place) {
  const std::int64_t value = id.as_int();
  if (value < 0 || value >= vocabulary.size() ||
      !vocabulary.contains(static_cast<TokenId>(value))) {
    fail(ErrorCode::kCorrupt, fmt::format("the post-processor adds id {} that no token has", value),
         place);
  }
  return static_cast<TokenId>(value);
}

void add_template(const Json& json, const Vocabulary& vocabulary, const std::string& place,
                  PostProcessor& out) {
  bool seen_text = false;
  std::vector<TokenId> before, after;
  for (const Json& part : json.at("single").items()) {
    if (part.find("Sequence") != nullptr) {
      if (seen_text) fail(ErrorCode::kUnsupported, "template repeats its sequence", place);
      seen_text = true;
      continue;
    }
    const std::string& name = part.at("SpecialToken").at("id").as_string();
    for (const Json& id : json.at("special_tokens").at(name).at("ids").items()) {
      (seen_text ? after : before).push_back(known_id(id, vocabulary, place));
    }
  }
  if (!seen_text) fail(ErrorCode::kUnsupported, "template has no sequence", place);
  out.before.insert(out.before.begin(), before.begin(), before.end());
  out.after.insert(out.after.end(), after.begin(), after.end());
}

// BertProcessing and RobertaProcessing: "cls" in front, "sep" behind, each [token, id].
void add_pair(const Json& json, const Vocabulary& vocabulary, const std::string& place,
              PostProcessor& out) {
  out.before.insert(out.before.begin(),
                    known_id(json.at("cls").at(std::size_t{1}), vocabulary, place));
  out.after.push_back(known_id(json.at("sep").at(std::size_t{1}), vocabulary, place));
}

void add(const Json& json, const Vocabulary& vocabulary, const std::string& place, int depth,
         PostProcessor& out) {
  if (depth > kDeepest) fail(ErrorCode::kCorrupt, "post-processors are nested too deeply", place);
  const std::string& type = json.at("type").as_string();
  // Behind a template the reference's processors see its parts as several texts.
  if (out.by_template && type != "ByteLevel") {
    fail(ErrorCode::kUnsupported, fmt::format("post-processor {} behind a template", type), place);
  }
  if (type == "TemplateProcessing") {
    out.by_template = true;
    add_template(json, vocabulary, place, out);
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    add_pair(json, vocabulary, place, out);
  } else if (type == "Sequence") {
    const Json::Array& steps = json.at("processors").items();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      add(steps[i], vocabulary, fmt::format("{}.processors[{}]", place, i), depth + 1, out);
    }
  } else if (type != "ByteLevel") {
    fail(ErrorCode::kUnsupported, fmt::format("post-processor {}", type), place);
  }
}

}  // namespace

PostProcessor PostProcessor::parse(const Json& json, const Vocabulary& vocabulary,
                                   const std::string& place) {
  PostProcessor result;
  if (!json.is_null()) add(json, vocabulary, place, 0, result);
  return result;
}

}  // namespace lucie
