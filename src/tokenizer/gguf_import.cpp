#include "tokenizer/gguf_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tokenizer/unicode.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/word_scanner.h"

namespace lucie {
namespace {

constexpr const char* kMetaspace = "\xE2\x96\x81";

// tokenizer.ggml.token_type
constexpr std::int64_t kUnknown = 2, kControl = 3, kUserDefined = 4;

class Importer {
 public:
  explicit Importer(const GgufReader& gguf) : gguf_(gguf), place_(gguf.file()->path().string()) {}

  GgufTokenizer run() {
    read_tokens();
    const std::string model = gguf_.text("tokenizer.ggml.model", "");
    Json tokenizer = Json::object();
    tokenizer["version"] = "1.0";
    tokenizer["truncation"] = Json();
    tokenizer["padding"] = Json();
    tokenizer["added_tokens"] = added_tokens();
    if (model == "llama") {
      fill_llama(tokenizer);
    } else if (model == "gpt2") {
      fill_gpt2(tokenizer);
    } else {
      fail(ErrorCode::kUnsupported, fmt::format("GGUF tokenizer model '{}'", model), place_);
    }
    tokenizer["post_processor"] = post_processor(model == "llama");
    return {std::move(tokenizer), config()};
  }

  Json config() const {
    Json result = Json::object();
    const auto name = [&](const char* key, const char* source) {
      if (const std::string token = special_token(source); !token.empty()) result[key] = token;
    };
    name("bos_token", "tokenizer.ggml.bos_token_id");
    name("eos_token", "tokenizer.ggml.eos_token_id");
    name("unk_token", "tokenizer.ggml.unknown_token_id");
    name("pad_token", "tokenizer.ggml.padding_token_id");
    const std::string chat = gguf_.text("tokenizer.chat_template", "");
    if (!chat.empty()) result["chat_template"] = chat;
    result["clean_up_tokenization_spaces"] = false;
    result["tokenizer_class"] = "PreTrainedTokenizerFast";
    return result;
  }

  void read_tokens() {
    const GgufValue* tokens = gguf_.find_value("tokenizer.ggml.tokens");
    if (tokens == nullptr || tokens->texts.empty()) {
      fail(ErrorCode::kNotFound, "the file holds no tokens (tokenizer.ggml.tokens)", place_,
           "give the model's tokenizer.json");
    }
    tokens_ = &tokens->texts;
    const GgufValue* types = gguf_.find_value("tokenizer.ggml.token_type");
    if (types != nullptr) types_ = &types->integers;
    check_length("tokenizer.ggml.token_type", types_ == nullptr ? 0 : types_->size());
  }

 private:
  bool flag(const char* key, bool fallback) const {
    return gguf_.integer(key, fallback ? 1 : 0) != 0;
  }
  void check_length(const char* key, std::size_t length) const {
    if (length != 0 && length != tokens_->size()) {
      fail(ErrorCode::kCorrupt,
           fmt::format("{} has {} entries for {} tokens", key, length, tokens_->size()), place_);
    }
  }
  std::int64_t type(std::size_t id) const {
    return types_ == nullptr || types_->empty() ? 1 : (*types_)[id];
  }
  std::string special_token(const char* key) const {
    const std::int64_t id = gguf_.integer(key, -1);
    return tokens_ != nullptr && id >= 0 && id < static_cast<std::int64_t>(tokens_->size())
               ? (*tokens_)[static_cast<std::size_t>(id)]
               : std::string();
  }

  Json added_tokens() const {
    Json result = Json::array();
    for (std::size_t id = 0; id < tokens_->size(); ++id) {
      const bool special = type(id) == kControl || type(id) == kUnknown;
      if ((!special && type(id) != kUserDefined) || (*tokens_)[id].empty()) continue;
      Json token = Json::object();
      token["id"] = static_cast<std::int64_t>(id);
      token["content"] = (*tokens_)[id];
      for (const char* off : {"single_word", "lstrip", "rstrip", "normalized"}) token[off] = false;
      token["special"] = special;
      result.push_back(std::move(token));
    }
    return result;
  }

  // Padding tokens may repeat a name; the first holds, as the later are never produced.
  Json vocabulary() {
    Json::Object members;
    for (std::size_t id = 0; id < tokens_->size(); ++id) {
      const auto value = static_cast<std::int64_t>(id);
      if (ids_.emplace((*tokens_)[id], id).second)
        members.emplace_back((*tokens_)[id], Json(value));
    }
    return Json(std::move(members));
  }

  // SentencePiece joins the neighbours whose joined piece has the best score, leftmost first: every
  // way to write a piece as two pieces is a merge, ranked by the piece's score.
  Json merges_from_scores() const {
    const GgufValue* scores = gguf_.find_value("tokenizer.ggml.scores");
    if (scores == nullptr || scores->reals.empty()) {
      fail(ErrorCode::kCorrupt, "a 'llama' tokenizer needs tokenizer.ggml.scores", place_);
    }
    check_length("tokenizer.ggml.scores", scores->reals.size());
    std::vector<std::size_t> order;
    for (std::size_t id = 0; id < tokens_->size(); ++id) {
      const auto found = ids_.find((*tokens_)[id]);
      const bool usable = type(id) == 1 || type(id) == kUserDefined;
      if (usable && found != ids_.end() && found->second == id) order.push_back(id);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return scores->reals[a] > scores->reals[b];
    });
    Json merges = Json::array();
    for (const std::size_t id : order) add_merges((*tokens_)[id], merges);
    return merges;
  }

  void add_merges(const std::string& token, Json& merges) const {
    if (token.find(' ') != std::string::npos || unicode::valid_prefix(token) != token.size())
      return;
    for (std::size_t at = 0; at < token.size();) {
      at += unicode::char_length(static_cast<unsigned char>(token[at]));
      if (at >= token.size()) return;
      const std::string left = token.substr(0, at), right = token.substr(at);
      if (ids_.contains(left) && ids_.contains(right)) {
        merges.push_back(Json(Json::Array{Json(left), Json(right)}));
      }
    }
  }

  void fill_llama(Json& tokenizer) {
    const bool prefix = flag("tokenizer.ggml.add_space_prefix", true);
    Json::Array normalizers;
    if (prefix) {
      normalizers.push_back(object({{"type", "Prepend"}, {"prepend", kMetaspace}}));
    }
    normalizers.push_back(replace(" ", kMetaspace));
    tokenizer["normalizer"] =
        object({{"type", "Sequence"}, {"normalizers", Json(std::move(normalizers))}});
    tokenizer["pre_tokenizer"] = Json();
    Json::Array decoders{replace(kMetaspace, " "), object({{"type", "ByteFallback"}}),
                         object({{"type", "Fuse"}})};
    if (prefix) {
      decoders.push_back(object({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}));
    }
    tokenizer["decoder"] = object({{"type", "Sequence"}, {"decoders", Json(std::move(decoders))}});
    Json vocab = vocabulary();
    const std::string unknown = special_token("tokenizer.ggml.unknown_token_id");
    tokenizer["model"] = object({{"type", "BPE"},
                                 {"unk_token", unknown.empty() ? Json() : Json(unknown)},
                                 {"fuse_unk", true},
                                 {"byte_fallback", true},
                                 {"vocab", std::move(vocab)},
                                 {"merges", merges_from_scores()}});
  }

  void fill_gpt2(Json& tokenizer) {
    const std::string pre = gguf_.text("tokenizer.ggml.pre", "default");
    tokenizer["normalizer"] = Json();
    tokenizer["pre_tokenizer"] = pre_tokenizer(pre);
    tokenizer["decoder"] = byte_level(true);
    const GgufValue* merges = gguf_.find_value("tokenizer.ggml.merges");
    if (merges == nullptr) {
      fail(ErrorCode::kCorrupt, "a 'gpt2' tokenizer needs tokenizer.ggml.merges", place_);
    }
    Json::Array items;
    for (const std::string& merge : merges->texts) items.emplace_back(merge);
    tokenizer["model"] = object({{"type", "BPE"},
                                 {"unk_token", Json()},
                                 {"fuse_unk", false},
                                 {"byte_fallback", false},
                                 {"ignore_merges", pre == "llama-bpe"},
                                 {"vocab", vocabulary()},
                                 {"merges", Json(std::move(items))}});
  }

  Json pre_tokenizer(const std::string& pre) const {
    if (pre == "gpt-2" || pre == "olmo" || pre == "default") return byte_level(true);
    if (pre == "smollm") {
      return sequence(object({{"type", "Digits"}, {"individual_digits", true}}), byte_level(true));
    }
    if (pre == "llama-bpe" || pre == "dbrx") {
      return sequence(object({{"type", "Split"},
                              {"pattern", object({{"Regex", Json(kCl100kRegex)}})},
                              {"behavior", "Isolated"},
                              {"invert", false}}),
                      byte_level(false));
    }
    fail(ErrorCode::kUnsupported, fmt::format("GGUF pre-tokenizer '{}'", pre), place_,
         "known: gpt-2, olmo, default, smollm, llama-bpe, dbrx");
  }

  Json post_processor(bool llama) const {
    Json::Array single;
    Json specials = Json::object();
    const auto add = [&](const char* id_key, const char* flag_key, bool fallback) {
      const std::string token = special_token(id_key);
      if (token.empty() || !flag(flag_key, fallback)) return;
      specials[token] = object({{"id", token},
                                {"ids", Json(Json::Array{Json(gguf_.integer(id_key, 0))})},
                                {"tokens", Json(Json::Array{Json(token)})}});
      single.push_back(object({{"SpecialToken", object({{"id", token}, {"type_id", 0}})}}));
    };
    add("tokenizer.ggml.bos_token_id", "tokenizer.ggml.add_bos_token", llama);
    single.push_back(object({{"Sequence", object({{"id", "A"}, {"type_id", 0}})}}));
    add("tokenizer.ggml.eos_token_id", "tokenizer.ggml.add_eos_token", false);
    if (single.size() == 1) return llama ? Json() : byte_level(true);
    return object({{"type", "TemplateProcessing"},
                   {"single", Json(single)},
                   {"pair", Json(single)},
                   {"special_tokens", std::move(specials)}});
  }

  static Json object(Json::Object members) { return Json(std::move(members)); }
  static Json sequence(Json first, Json second) {
    return object({{"type", "Sequence"},
                   {"pretokenizers", Json(Json::Array{std::move(first), std::move(second)})}});
  }
  static Json replace(const char* from, const char* to) {
    return object({{"type", "Replace"}, {"pattern", object({{"String", from}})}, {"content", to}});
  }
  static Json byte_level(bool use_regex) {
    return object({{"type", "ByteLevel"},
                   {"add_prefix_space", false},
                   {"trim_offsets", true},
                   {"use_regex", use_regex}});
  }

  const GgufReader& gguf_;
  std::string place_;
  const std::vector<std::string>* tokens_ = nullptr;
  const std::vector<std::int64_t>* types_ = nullptr;
  std::unordered_map<std::string, std::size_t> ids_;
};

}  // namespace

GgufTokenizer import_gguf_tokenizer(const GgufReader& gguf) {
  Importer importer(gguf);
  const std::string whole = gguf.text("tokenizer.huggingface.json", "");
  if (whole.empty()) return importer.run();
  importer.read_tokens();
  return {parse_json(whole, gguf.file()->path().string() + ": tokenizer.huggingface.json"),
          importer.config()};
}

}  // namespace lucie
