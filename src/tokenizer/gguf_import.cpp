#include "tokenizer/gguf_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_reader.h"
#include "tokenizer/gguf_pre.h"

namespace lucie {
namespace {

class Importer {
 public:
  Importer(const GgufMetadata& metadata, const std::string& place)
      : metadata_(metadata), place_(place), model_(text("tokenizer.ggml.model", "")) {
    read_pieces();
  }

  Json tokenizer() {
    if (model_ == "llama" || model_ == "t5") return with_ends(sentencepiece());
    if (model_ == "gpt2") return with_ends(gpt2());
    fail(ErrorCode::kUnsupported, fmt::format("GGUF tokenizer model '{}'", model_), place_,
         "known: llama, gpt2, t5; or give the model's tokenizer.json");
  }

  Json config() const {
    Json result = Json::object();
    const auto name = [&](const char* key, const char* source) {
      const std::int64_t id = special(source);
      if (id >= 0) result[key] = token(id);
    };
    name("bos_token", "bos");
    name("eos_token", "eos");
    name("unk_token", "unknown");
    name("pad_token", "padding");
    const std::string chat = text("tokenizer.chat_template", "");
    if (!chat.empty()) result["chat_template"] = chat;
    result["clean_up_tokenization_spaces"] = false;
    result["tokenizer_class"] = "PreTrainedTokenizerFast";
    return result;
  }

 private:
  const GgufValue* find(std::string_view key) const {
    for (const auto& [name, value] : metadata_) {
      if (name == key) return &value;
    }
    return nullptr;
  }
  const GgufValue* find(std::string_view key, bool (*fits)(const GgufValue&)) const {
    const GgufValue* value = find(key);
    if (value != nullptr && !fits(*value)) {
      fail(ErrorCode::kCorrupt, fmt::format("{} has the wrong type", key), place_);
    }
    return value;
  }
  static bool is_real(GgufType type) { return type == GgufType::kF32 || type == GgufType::kF64; }
  static bool is_integer(GgufType type) {
    return !is_real(type) && type != GgufType::kString && type != GgufType::kArray;
  }
  std::string text(std::string_view key, const char* fallback) const {
    const GgufValue* value =
        find(key, [](const GgufValue& v) { return v.type == GgufType::kString; });
    return value == nullptr ? fallback : value->text;
  }
  std::int64_t integer(std::string_view key, std::int64_t fallback) const {
    const GgufValue* value = find(key, [](const GgufValue& v) { return is_integer(v.type); });
    return value == nullptr ? fallback : value->integer;
  }
  bool flag(std::string_view key, bool fallback) const {
    return integer(key, fallback ? 1 : 0) != 0;
  }

  const std::string& token(std::int64_t id) const {
    return pieces_[static_cast<std::size_t>(id)].text;
  }
  // Id of "bos", "eos", "unknown" or "padding"; -1 without one.
  std::int64_t special(std::string_view name) const {
    std::int64_t id = integer(fmt::format("tokenizer.ggml.{}_token_id", name), -1);
    if (id < 0 && model_ == "llama") {  // llama.cpp's defaults
      id = name == "unknown" ? 0 : name == "bos" ? 1 : name == "eos" ? 2 : -1;
    }
    return id < static_cast<std::int64_t>(pieces_.size()) ? id : -1;
  }

  void read_pieces() {
    const GgufValue* tokens = find("tokenizer.ggml.tokens");
    if (tokens == nullptr || tokens->texts.empty()) {
      fail(ErrorCode::kNotFound, "the file holds no tokens (tokenizer.ggml.tokens)", place_,
           "give the model's tokenizer.json");
    }
    for (const std::string& token : tokens->texts) {
      pieces_.push_back({.text = token, .score = 0, .type = PieceType::kNormal});
    }
    if (const GgufValue* types = find("tokenizer.ggml.token_type")) {
      check_length("tokenizer.ggml.token_type", types->integers.size());
      for (std::size_t id = 0; id < pieces_.size(); ++id) {
        const std::int64_t type = types->integers[id];
        if (type >= 1 && type <= 6) pieces_[id].type = static_cast<PieceType>(type);
      }
    }
    if (const GgufValue* scores = find("tokenizer.ggml.scores")) {
      const bool whole = scores->reals.empty();
      check_length("tokenizer.ggml.scores", whole ? scores->integers.size() : scores->reals.size());
      for (std::size_t id = 0; id < pieces_.size(); ++id) {
        pieces_[id].score = whole ? static_cast<double>(scores->integers[id]) : scores->reals[id];
      }
    }
  }
  void check_length(const char* key, std::size_t length) const {
    if (length != pieces_.size()) {
      fail(ErrorCode::kCorrupt,
           fmt::format("{} has {} entries for {} tokens", key, length, pieces_.size()), place_);
    }
  }

  // The names that llama.cpp gives to tokens without one.
  void name_empty_pieces() {
    for (std::size_t id = 0; id < pieces_.size(); ++id) {
      if (pieces_[id].text.empty()) pieces_[id].text = fmt::format("[EMPTY_{}]", id);
    }
  }

  Json sentencepiece() {
    if (find("tokenizer.ggml.scores") == nullptr) {
      fail(ErrorCode::kCorrupt, fmt::format("a '{}' tokenizer needs tokenizer.ggml.scores", model_),
           place_);
    }
    name_empty_pieces();
    SentencePieceModel model;
    model.kind =
        model_ == "llama" ? SentencePieceModel::Kind::kBpe : SentencePieceModel::Kind::kUnigram;
    model.byte_fallback = model_ == "llama";
    model.add_dummy_prefix = flag("tokenizer.ggml.add_space_prefix", model_ == "llama");
    model.remove_extra_whitespaces =
        model_ == "t5" && flag("tokenizer.ggml.remove_extra_whitespaces", false);
    if (const GgufValue* charsmap = find("tokenizer.ggml.precompiled_charsmap")) {
      for (const std::int64_t byte : charsmap->integers) {
        model.charsmap += static_cast<char>(byte & 0xFF);
      }
    }
    const std::int64_t unknown = special("unknown");
    if (unknown >= 0) pieces_[static_cast<std::size_t>(unknown)].type = PieceType::kUnknown;
    model.pieces = pieces_;
    return tokenizer_json(model, PieceRules::kLlamaCpp, place_);
  }

  Json gpt2() {
    name_empty_pieces();
    const GgufPre pre = gguf_pre(text("tokenizer.ggml.pre", "default"), place_);
    const GgufValue* merges = find("tokenizer.ggml.merges");
    if (merges == nullptr) {
      fail(ErrorCode::kCorrupt, "a 'gpt2' tokenizer needs tokenizer.ggml.merges", place_);
    }
    Json::Array items(merges->texts.begin(), merges->texts.end());
    Json::Object vocabulary;
    Json::Array added;
    std::unordered_set<std::string_view> seen;
    for (std::size_t id = 0; id < pieces_.size(); ++id) {
      const auto& [token, score, type] = pieces_[id];
      if (!seen.insert(token).second) continue;  // the first holds: the later are never made
      const auto number = static_cast<std::int64_t>(id);
      vocabulary.emplace_back(token, Json(number));
      const bool special = type == PieceType::kControl || type == PieceType::kUnknown;
      if (!special && type != PieceType::kUserDefined) continue;
      added.push_back(Json(Json::Object{{"id", number},
                                        {"content", token},
                                        {"single_word", false},
                                        {"lstrip", false},
                                        {"rstrip", false},
                                        {"normalized", false},
                                        {"special", special}}));
    }
    const Json byte_level(Json::Object{{"type", "ByteLevel"},
                                       {"add_prefix_space", false},
                                       {"trim_offsets", true},
                                       {"use_regex", true}});
    Json model(Json::Object{{"type", "BPE"},
                            {"dropout", Json()},
                            {"unk_token", Json()},
                            {"continuing_subword_prefix", Json()},
                            {"end_of_word_suffix", Json()},
                            {"fuse_unk", false},
                            {"byte_fallback", false},
                            {"ignore_merges", pre.ignore_merges},
                            {"vocab", Json(std::move(vocabulary))},
                            {"merges", Json(std::move(items))}});
    adds_bos_ = pre.adds_bos;
    return Json(Json::Object{{"version", "1.0"},
                             {"truncation", Json()},
                             {"padding", Json()},
                             {"added_tokens", Json(std::move(added))},
                             {"normalizer", Json()},
                             {"pre_tokenizer", pre.pre_tokenizer},
                             {"post_processor", byte_level},
                             {"decoder", byte_level},
                             {"model", std::move(model)}});
  }

  Json with_ends(Json tokenizer) const {
    const std::int64_t bos = special("bos"), eos = special("eos");
    const bool first =
        bos >= 0 && flag("tokenizer.ggml.add_bos_token", model_ == "llama" || adds_bos_);
    const bool last = eos >= 0 && flag("tokenizer.ggml.add_eos_token", model_ == "t5");
    Json around = around_text(first ? token(bos) : "", bos, last ? token(eos) : "", eos);
    if (!around.is_null()) tokenizer["post_processor"] = std::move(around);
    return tokenizer;
  }

  const GgufMetadata& metadata_;
  std::string place_, model_;
  std::vector<ScoredPiece> pieces_;
  bool adds_bos_ = false;
};

}  // namespace

TokenizerFiles gguf_tokenizer_as_llama_cpp(const GgufMetadata& metadata, const std::string& place) {
  Importer importer(metadata, place);
  Json tokenizer = importer.tokenizer();
  return {std::move(tokenizer), importer.config()};
}

TokenizerFiles import_gguf_tokenizer(const GgufReader& gguf) {
  const std::string place = gguf.file()->path().string();
  const std::string whole = gguf.text("tokenizer.huggingface.json", "");
  if (whole.empty()) return gguf_tokenizer_as_llama_cpp(gguf.metadata(), place);
  return {JsonReader().read_whole(whole, place + ": tokenizer.huggingface.json"),
          Importer(gguf.metadata(), place).config()};
}

}  // namespace lucie
