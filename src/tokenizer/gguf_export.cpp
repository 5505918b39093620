#include "tokenizer/gguf_export.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/error.h"
#include "tokenizer/gguf_pre.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/tokenizer_file.h"

namespace lucie {
namespace {

bool is_byte_token(std::string_view token) {
  const auto hex = [&](std::size_t i) {
    return std::isxdigit(static_cast<unsigned char>(token[i])) != 0;
  };
  return token.size() == 6 && token.starts_with("<0x") && token.ends_with('>') && hex(3) && hex(4);
}

// Whether the step, or some step of the sequence, is of this type; `use` gets it.
template <typename Use>
bool for_step(const Json* json, std::string_view list, std::string_view type, const Use& use) {
  if (json == nullptr || !json->is_object()) return false;
  if (json->get("type", "") == type) return use(*json);
  const Json* steps = json->find(list);
  if (steps == nullptr) return false;
  for (const Json& step : steps->items()) {
    if (for_step(&step, list, type, use)) return true;
  }
  return false;
}

class Exporter {
 public:
  Exporter(const Tokenizer& tokenizer, std::int64_t rows)
      : tokenizer_(tokenizer),
        rows_(std::max(rows, tokenizer.vocab_size())),
        json_(tokenizer.tokenizer_json()),
        unigram_(json_.at("model").get("type", "") == "Unigram") {
    if (!unigram_) file_ = parse_bpe(json_.at("model"), "tokenizer");
    unknown_ = unigram_ ? unigram_unknown() : file_.options.unknown;
    byte_fallback_ = json_.at("model").get("byte_fallback", false);
  }

  GgufMetadata run() {
    if (unigram_) {
      add("tokenizer.ggml.model", GgufValue::string("t5"));
      add_tokens();
      add_unigram();
      return finish();
    }
    const bool byte_level = for_step(json_.find("pre_tokenizer"), "pretokenizers", "ByteLevel",
                                     [](const Json&) { return true; });
    if (!byte_level && !byte_fallback_) {
      fail(ErrorCode::kUnsupported, "GGUF has a place for byte-level and byte-fallback BPE only",
           "tokenizer.json");
    }
    add("tokenizer.ggml.model", GgufValue::string(byte_level ? "gpt2" : "llama"));
    if (byte_level) {
      add("tokenizer.ggml.pre", GgufValue::string(gguf_pre_name(json_)));
    }
    add_tokens();
    if (byte_level) {
      add_merges();
    } else {
      add_scores();
      add("tokenizer.ggml.add_space_prefix", GgufValue::boolean(prefixes_space()));
    }
    return finish();
  }

 private:
  GgufMetadata finish() {
    add_special();
    add("tokenizer.huggingface.json", GgufValue::string(json_.dump()));
    return std::move(metadata_);
  }

  std::optional<TokenId> unigram_unknown() const {
    const std::int64_t id = json_.at("model").get("unk_id", -1);
    if (id < 0) return std::nullopt;
    return static_cast<TokenId>(id);
  }

  void add_unigram() {
    std::vector<double> scores(static_cast<std::size_t>(rows_));
    const Json::Array& vocabulary = json_.at("model").at("vocab").items();
    for (std::size_t id = 0; id < vocabulary.size() && id < scores.size(); ++id) {
      scores[id] = vocabulary[id].at(std::size_t{1}).as_double();
    }
    add("tokenizer.ggml.scores", GgufValue::f32s(std::move(scores)));
    const Json* normalizer = json_.find("normalizer");
    add("tokenizer.ggml.add_space_prefix", GgufValue::boolean(prefixes_space()));
    const bool collapses = for_step(normalizer, "normalizers", "Replace", [](const Json& step) {
      const Json* regex = step.at("pattern").find("Regex");
      return regex != nullptr && *regex == Json(" {2,}");
    });
    add("tokenizer.ggml.remove_extra_whitespaces", GgufValue::boolean(collapses));
    for_step(normalizer, "normalizers", "Precompiled", [&](const Json& step) {
      GgufValue bytes = GgufValue::i32s({});
      bytes.element = GgufType::kU8;
      for (const char c : from_base64(step.at("precompiled_charsmap").as_string(), "normalizer")) {
        bytes.integers.push_back(static_cast<unsigned char>(c));
      }
      if (!bytes.integers.empty()) add("tokenizer.ggml.precompiled_charsmap", std::move(bytes));
      return true;
    });
  }

  void add(const char* key, GgufValue value) { metadata_.emplace_back(key, std::move(value)); }

  void add_tokens() {
    std::vector<std::string> tokens;
    std::vector<std::int64_t> types;
    const auto add_type = [&](PieceType type) { types.push_back(static_cast<std::int64_t>(type)); };
    std::unordered_map<TokenId, bool> added;
    for (const AddedToken& token : parse_added_tokens(json_, vocabulary(), "tokenizer")) {
      added.emplace(token.id, token.special);
    }
    for (TokenId id = 0; id < rows_; ++id) {
      const bool known = id < tokenizer_.vocab_size();
      const std::string_view token = known ? tokenizer_.token(id) : std::string_view();
      // Readers refuse empty and repeated names.
      tokens.push_back(token.empty() ? "[PAD" + std::to_string(id) + "]" : std::string(token));
      const auto found = added.find(id);
      if (token.empty()) {
        add_type(PieceType::kUnused);
      } else if (unknown_ == id) {
        add_type(PieceType::kUnknown);
      } else if (found != added.end()) {
        add_type(found->second ? PieceType::kControl : PieceType::kUserDefined);
      } else {
        const bool byte = byte_fallback_ && is_byte_token(token);
        add_type(byte ? PieceType::kByte : PieceType::kNormal);
      }
    }
    add("tokenizer.ggml.tokens", GgufValue::strings(std::move(tokens)));
    add("tokenizer.ggml.token_type", GgufValue::i32s(std::move(types)));
  }

  Vocabulary vocabulary() const {
    Vocabulary result;
    for (TokenId id = 0; id < tokenizer_.vocab_size(); ++id) {
      const std::string token(tokenizer_.token(id));
      if (!token.empty()) result.add(token, id, "tokenizer");
    }
    return result;
  }

  void add_scores() {
    const double lowest = -static_cast<double>(file_.merges.size()) - 1;
    std::vector<double> scores(static_cast<std::size_t>(rows_), lowest);
    std::vector<bool> made(scores.size());
    for (const Merge& merge : file_.merges) {
      const auto id = static_cast<std::size_t>(merge.result);
      if (!made[id]) scores[id] = -static_cast<double>(merge.rank);
      made[id] = true;
    }
    add("tokenizer.ggml.scores", GgufValue::f32s(std::move(scores)));
  }

  void add_merges() {
    std::vector<std::string> merges;
    merges.reserve(file_.merges.size());
    for (const Merge& merge : file_.merges) {
      merges.push_back(std::string(file_.vocabulary.token(merge.left)) + " " +
                       std::string(file_.vocabulary.token(merge.right)));
    }
    add("tokenizer.ggml.merges", GgufValue::strings(std::move(merges)));
  }

  bool prefixes_space() const {
    const bool prepends =
        for_step(json_.find("normalizer"), "normalizers", "Prepend", [](const Json& step) {
          const std::string text = step.get("prepend", "");
          return text == " " || text == "\xE2\x96\x81";
        });
    return prepends ||
           for_step(json_.find("pre_tokenizer"), "pretokenizers", "Metaspace",
                    [](const Json& step) {
                      const bool legacy = step.get("add_prefix_space", true);
                      return step.get("prepend_scheme", legacy ? "always" : "never") != "never";
                    });
  }

  void add_special() {
    const auto add_id = [&](const char* key, std::optional<TokenId> id) {
      if (id) add(key, GgufValue::u32(static_cast<std::uint32_t>(*id)));
    };
    const auto named = [&](const char* key) {
      return tokenizer_.id(config_token(tokenizer_.config_json(), key));
    };
    add_id("tokenizer.ggml.bos_token_id", tokenizer_.bos());
    add_id("tokenizer.ggml.eos_token_id", tokenizer_.eos());
    add_id("tokenizer.ggml.unknown_token_id", unknown_);
    add_id("tokenizer.ggml.padding_token_id", named("pad_token"));
    const std::vector<TokenId> around = tokenizer_.encode("");
    add("tokenizer.ggml.add_bos_token", GgufValue::boolean(tokenizer_.bos() && !around.empty() &&
                                                           around.front() == *tokenizer_.bos()));
    add("tokenizer.ggml.add_eos_token", GgufValue::boolean(tokenizer_.eos() && !around.empty() &&
                                                           around.back() == *tokenizer_.eos()));
    if (!tokenizer_.chat_template().empty()) {
      add("tokenizer.chat_template", GgufValue::string(tokenizer_.chat_template()));
    }
  }

  const Tokenizer& tokenizer_;
  std::int64_t rows_;
  const Json& json_;
  bool unigram_, byte_fallback_ = false;
  BpeFile file_;  // of a BPE model
  std::optional<TokenId> unknown_;
  GgufMetadata metadata_;
};

}  // namespace

GgufMetadata gguf_metadata(const Tokenizer& tokenizer, std::int64_t rows) {
  return Exporter(tokenizer, rows).run();
}

}  // namespace lucie
