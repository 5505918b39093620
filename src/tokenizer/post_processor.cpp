#include "tokenizer/post_processor.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lucie {
namespace {

constexpr int kDeepest = 16;

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
      const std::int64_t value = id.as_int();
      if (value < 0 || value >= vocabulary.size() ||
          !vocabulary.contains(static_cast<TokenId>(value))) {
        fail(ErrorCode::kCorrupt, fmt::format("template names id {} that no token has", value),
             place);
      }
      (seen_text ? after : before).push_back(static_cast<TokenId>(value));
    }
  }
  if (!seen_text) fail(ErrorCode::kUnsupported, "template has no sequence", place);
  out.before.insert(out.before.begin(), before.begin(), before.end());
  out.after.insert(out.after.end(), after.begin(), after.end());
}

void add(const Json& json, const Vocabulary& vocabulary, const std::string& place, int depth,
         PostProcessor& out) {
  if (depth > kDeepest) fail(ErrorCode::kCorrupt, "post-processors are nested too deeply", place);
  const std::string& type = json.at("type").as_string();
  if (type == "TemplateProcessing") {
    add_template(json, vocabulary, place, out);
  } else if (type == "Sequence") {
    for (const Json& step : json.at("processors").items()) {
      add(step, vocabulary, place, depth + 1, out);
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
