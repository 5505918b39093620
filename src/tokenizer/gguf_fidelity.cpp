#include "tokenizer/gguf_fidelity.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "tokenizer/gguf_import.h"
#include "tokenizer/normalizer.h"

namespace lucie {
namespace {

constexpr EncodeOptions kBare{.add_special = false, .parse_special = false};
constexpr std::size_t kExampleBytes = 80;

using Ids = std::vector<TokenId>;

// The steps of a normalizer without the nesting.
void flatten(const Json* step, std::vector<const Json*>& out) {
  if (step == nullptr || !step->is_object()) return;
  if (step->get("type", "") != "Sequence") return out.push_back(step);
  for (const Json& inner : step->at("normalizers").items()) flatten(&inner, out);
}

std::string name_of(const Json& step) {
  const std::string type = step.get("type", "");
  const Json* pattern = step.find("pattern");
  if (type != "Replace" || pattern == nullptr || !pattern->is_object() || pattern->size() != 1) {
    return "normalizer " + type;
  }
  return fmt::format("normalizer {} {} -> {}", type, pattern->members().front().second.dump(),
                     Json(step.get("content", "")).dump());
}

std::string shortened(const std::string& line) {
  if (line.size() <= kExampleBytes) return line;
  std::size_t end = kExampleBytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + "...";
}

// Tries what would have made llama.cpp's ids right.
class Explainer {
 public:
  Explainer(const Tokenizer& right, const Tokenizer& llama)
      : llama_(llama), unigram_(right.tokenizer_json().at("model").get("type", "") == "Unigram") {
    const Json& json = right.tokenizer_json();
    add_normalizers(json);
    const Json& other = llama.tokenizer_json();
    const auto differ = [&](const char* key) {
      const Json* mine = json.find(key);
      const Json* theirs = other.find(key);
      const bool none = mine == nullptr || mine->is_null();
      return none != (theirs == nullptr || theirs->is_null()) || (!none && !(*mine == *theirs));
    };
    Json changed = json;
    const auto try_with = [&](const char* key, std::string what) {
      if (!differ(key)) return;
      changed[key] = *other.find(key);
      variants_.emplace_back(std::move(what), Tokenizer::from_json(changed, Json::object(), key));
    };
    try_with("pre_tokenizer", "pre-tokenizer");
    try_with("added_tokens", "added tokens");
  }

  std::string reason(const std::string& line, const Ids& right, const Ids& llama) const {
    for (const auto& [what, normalizer] : normalizers_) {
      std::string text = line;
      normalizer->apply(text);
      if (text != line && llama_.encode(text, kBare) == right) return what;
    }
    for (const auto& [what, variant] : variants_) {
      if (variant.encode(line, kBare) == llama) return what;
    }
    const std::string model = unigram_ ? "scores or unknown characters" : "order of merges";
    return normalizers_.empty() && variants_.empty() ? model : "several of them, or " + model;
  }

 private:
  // What comes before the prefix and the mapping of spaces, which llama.cpp does too.
  void add_normalizers(const Json& json) {
    std::vector<const Json*> steps;
    flatten(json.find("normalizer"), steps);
    Json done(Json::Object{{"type", "Sequence"}, {"normalizers", Json::array()}});
    for (const Json* step : steps) {
      if (step->get("type", "") == "Prepend") return;
      done["normalizers"].push_back(*step);
      normalizers_.emplace_back(name_of(*step), make_normalizer(done, "normalizer"));
    }
  }

  const Tokenizer& llama_;
  bool unigram_;
  std::vector<std::pair<std::string, std::unique_ptr<Normalizer>>> normalizers_;
  std::vector<std::pair<std::string, Tokenizer>> variants_;
};

}  // namespace

GgufFidelity measure_gguf_fidelity(const Tokenizer& tokenizer, const GgufMetadata& metadata,
                                   std::span<const std::string> lines) {
  const TokenizerFiles files = gguf_tokenizer_as_llama_cpp(metadata, "GGUF tokenizer");
  const Tokenizer llama = Tokenizer::from_json(files.tokenizer, files.config, "GGUF tokenizer");
  GgufFidelity result;
  result.same_ends = tokenizer.encode("") == llama.encode("");
  std::optional<Explainer> explainer;
  for (const std::string& line : lines) {
    const Ids right = tokenizer.encode(line, kBare), other = llama.encode(line, kBare);
    ++result.lines;
    if (llama.decode(right) == tokenizer.decode(right)) ++result.same_texts;
    if (right == other) {
      ++result.same_ids;
      continue;
    }
    if (!explainer) explainer.emplace(tokenizer, llama);
    const std::string what = explainer->reason(line, right, other);
    const auto found = std::find_if(result.reasons.begin(), result.reasons.end(),
                                    [&](const auto& reason) { return reason.what == what; });
    if (found != result.reasons.end()) {
      ++found->lines;
    } else {
      result.reasons.push_back({what, 1, shortened(line)});
    }
  }
  std::stable_sort(result.reasons.begin(), result.reasons.end(),
                   [](const auto& a, const auto& b) { return a.lines > b.lines; });
  return result;
}

std::string describe(const GgufFidelity& fidelity) {
  const auto percent = [&](std::int64_t count) {
    return fidelity.lines == 0 ? 100.0 : 100.0 * double(count) / double(fidelity.lines);
  };
  std::string text = fmt::format(
      "llama.cpp tokenizes {:.2f} % of {} lines as tokenizer.json does, and decodes {:.2f} % of "
      "them right",
      percent(fidelity.same_ids), fidelity.lines, percent(fidelity.same_texts));
  if (!fidelity.same_ends) text += "; it puts other tokens at the ends of a text";
  for (const GgufFidelity::Reason& reason : fidelity.reasons) {
    text += fmt::format("\n  {:6.2f} %  {}: {}", percent(reason.lines), reason.what,
                        Json(reason.example).dump());
  }
  return text;
}

Json to_json(const GgufFidelity& fidelity) {
  Json::Array reasons;
  for (const GgufFidelity::Reason& reason : fidelity.reasons) {
    reasons.push_back(Json(Json::Object{
        {"reason", reason.what}, {"lines", reason.lines}, {"example", reason.example}}));
  }
  return Json(Json::Object{{"lines", fidelity.lines},
                           {"same_ids", fidelity.same_ids},
                           {"same_texts", fidelity.same_texts},
                           {"same_ends", fidelity.same_ends},
                           {"share", fidelity.share()},
                           {"reasons", Json(std::move(reasons))}});
}

}  // namespace lucie
