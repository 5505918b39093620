#include "tokenizer/sentencepiece_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr const char* kMetaspace = "\xE2\x96\x81";
constexpr float kUnknownPenalty = 10;  // of a Unigram model, below its lowest score

Json object(Json::Object members) {
  return Json(std::move(members));
}

Json replace(const char* kind, const std::string& from, const std::string& to) {
  return object({{"type", "Replace"}, {"pattern", object({{kind, from}})}, {"content", to}});
}

class Converter {
 public:
  Converter(const SentencePieceModel& model, PieceRules rules, const std::string& place)
      : model_(model), rules_(rules), place_(place) {
    // Of pieces that repeat a text the first holds: the later are never made.
    for (std::size_t id = 0; id < model.pieces.size(); ++id) ids_.emplace(text(id), id);
  }

  Json run() {
    return object({{"version", "1.0"},
                   {"truncation", Json()},
                   {"padding", Json()},
                   {"added_tokens", added_tokens()},
                   {"normalizer", normalizer()},
                   {"pre_tokenizer", Json()},
                   {"post_processor", Json()},
                   {"decoder", decoder()},
                   {"model", is_bpe() ? bpe() : unigram()}});
  }

 private:
  bool is_bpe() const { return model_.kind == SentencePieceModel::Kind::kBpe; }
  bool as_llama_cpp() const { return rules_ == PieceRules::kLlamaCpp; }
  const std::string& text(std::size_t id) const { return model_.pieces[id].text; }
  PieceType type(std::size_t id) const { return model_.pieces[id].type; }
  bool holds(std::size_t id) const { return ids_.at(text(id)) == id; }

  Json added_tokens() const {
    Json result = Json::array();
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      const bool special = type(id) == PieceType::kControl || type(id) == PieceType::kUnknown;
      // A Unigram model takes its user-defined pieces by score.
      const bool found_in_text = type(id) == PieceType::kUserDefined &&
                                 (is_bpe() || as_llama_cpp()) && text(id) != kMetaspace;
      if (!special && !found_in_text) continue;
      const bool in_normalized = !special && !as_llama_cpp();
      Json token = object({{"id", static_cast<std::int64_t>(id)},
                           {"content", text(id)},
                           {"single_word", false},
                           {"lstrip", false},
                           {"rstrip", false},
                           {"normalized", in_normalized},
                           {"special", special}});
      if (in_normalized) token["verbatim"] = true;
      result.push_back(std::move(token));
    }
    return result;
  }

  Json normalizer() const {
    const std::string space = model_.escape_whitespaces ? kMetaspace : " ";
    Json::Array steps;
    if (!model_.charsmap.empty()) {
      Json::Array kept;
      for (const ScoredPiece& piece : model_.pieces) {
        if (piece.type == PieceType::kUserDefined) kept.push_back(Json(piece.text));
      }
      steps.push_back(object({{"type", "Precompiled"},
                              {"precompiled_charsmap", to_base64(model_.charsmap)},
                              {"longest_match", true},
                              {"keep", Json(std::move(kept))}}));
    }
    if (model_.remove_extra_whitespaces) {
      steps.push_back(replace("Regex", R"(\A +)", ""));
      steps.push_back(replace("Regex", " {2,}", " "));
    }
    if (model_.add_dummy_prefix) {
      steps.push_back(object({{"type", "Prepend"}, {"prepend", space}}));
    }
    if (model_.escape_whitespaces) steps.push_back(replace("String", " ", kMetaspace));
    if (model_.remove_extra_whitespaces) {
      // Looking back keeps a long run within the text from being tried from each of its characters.
      steps.push_back(replace("Regex", fmt::format(R"((?<!{0}){0}+\z)", space), ""));
    }
    if (steps.empty()) return {};
    return object({{"type", "Sequence"}, {"normalizers", Json(std::move(steps))}});
  }

  Json decoder() const {
    Json::Array steps{replace("String", kMetaspace, " ")};
    if (model_.byte_fallback) steps.push_back(object({{"type", "ByteFallback"}}));
    steps.push_back(object({{"type", "Fuse"}}));
    if (model_.add_dummy_prefix || model_.remove_extra_whitespaces) {
      steps.push_back(object({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}));
    }
    return object({{"type", "Sequence"}, {"decoders", Json(std::move(steps))}});
  }

  std::optional<std::size_t> unknown() const {
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      if (type(id) == PieceType::kUnknown) return id;
    }
    if (model_.byte_fallback) return std::nullopt;  // every text is bytes
    fail(ErrorCode::kCorrupt, "the vocabulary has no unknown piece", place_);
  }

  Json bpe() {
    Json::Object vocabulary;
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      if (holds(id)) vocabulary.emplace_back(text(id), Json(static_cast<std::int64_t>(id)));
    }
    auto [merges, ranks] = scored_merges();
    const auto none = unknown();
    return object({{"type", "BPE"},
                   {"dropout", Json()},
                   {"unk_token", none ? Json(text(*none)) : Json()},
                   {"continuing_subword_prefix", Json()},
                   {"end_of_word_suffix", Json()},
                   {"fuse_unk", true},
                   {"byte_fallback", model_.byte_fallback},
                   {"ignore_merges", false},
                   {"vocab", Json(std::move(vocabulary))},
                   {"merges", std::move(merges)},
                   {"merge_ranks", std::move(ranks)}});
  }

  // Whether text may come to be this piece.
  bool made_of_text(std::size_t id) const {
    if (!holds(id)) return false;
    return as_llama_cpp() || type(id) == PieceType::kNormal || type(id) == PieceType::kUnused;
  }

  std::pair<Json, Json> scored_merges() const {
    std::vector<std::size_t> order;
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      if (made_of_text(id)) order.push_back(id);
    }
    const auto score = [&](std::size_t id) { return model_.pieces[id].score; };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return score(a) > score(b); });
    Json::Array merges, ranks;
    std::int64_t rank = -1;
    double last = 0;
    for (const std::size_t id : order) {
      if (rank < 0 || score(id) != last) rank = static_cast<std::int64_t>(merges.size());
      last = score(id);
      add_merges(id, merges);
      ranks.resize(merges.size(), Json(rank));
    }
    return {Json(std::move(merges)), Json(std::move(ranks))};
  }

  void add_merges(std::size_t id, Json::Array& merges) const {
    const std::string& whole = text(id);
    if (unicode::valid_prefix(whole) != whole.size()) return;
    const auto usable = [&](const std::string& part) {
      const auto found = ids_.find(part);
      return found != ids_.end() && made_of_text(found->second);
    };
    for (std::size_t at = 0; at < whole.size();) {
      at += unicode::char_length(static_cast<unsigned char>(whole[at]));
      if (at >= whole.size()) return;
      std::string left = whole.substr(0, at), right = whole.substr(at);
      if (!usable(left) || !usable(right)) continue;
      if (type(id) == PieceType::kUnused && !as_llama_cpp()) {
        // SentencePiece would merge to it and in the end take it apart again.
        fail(ErrorCode::kUnsupported, fmt::format("the unused piece '{}'", whole), place_);
      }
      merges.push_back(Json(Json::Array{Json(std::move(left)), Json(std::move(right))}));
    }
  }

  Json unigram() const {
    double highest = 0, lowest = 0;
    bool any = false;
    for (const ScoredPiece& piece : model_.pieces) {
      if (piece.type != PieceType::kNormal) continue;
      highest = any ? std::max(highest, piece.score) : piece.score;
      lowest = any ? std::min(lowest, piece.score) : piece.score;
      any = true;
    }
    Json::Array vocabulary, hidden;
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      const ScoredPiece& piece = model_.pieces[id];
      double score = piece.score;
      const bool shown = piece.type == PieceType::kNormal ||
                         piece.type == PieceType::kUserDefined ||
                         (piece.type == PieceType::kUnused && as_llama_cpp());
      if (!shown) hidden.push_back(Json(static_cast<std::int64_t>(id)));
      if (piece.type == PieceType::kUserDefined) {
        // Scored so that they nearly always win; llama.cpp gives them 0.
        const float bytes = static_cast<float>(piece.text.size());
        score = as_llama_cpp() ? 0 : double{bytes * static_cast<float>(highest)} - 0.1;
      }
      vocabulary.push_back(Json(Json::Array{Json(piece.text), Json(score)}));
    }
    const auto none = unknown();
    const double unknown_score = double{static_cast<float>(lowest) - kUnknownPenalty};
    return object({{"type", "Unigram"},
                   {"unk_id", none ? Json(static_cast<std::int64_t>(*none)) : Json()},
                   {"vocab", Json(std::move(vocabulary))},
                   {"byte_fallback", model_.byte_fallback},
                   {"hidden", Json(std::move(hidden))},
                   {"unk_score", unknown_score},
                   {"single_precision", !as_llama_cpp()}});
  }

  const SentencePieceModel& model_;
  PieceRules rules_;
  const std::string& place_;
  std::unordered_map<std::string, std::size_t> ids_;
};

}  // namespace

Json tokenizer_json(const SentencePieceModel& model, PieceRules rules, const std::string& place) {
  for (const ScoredPiece& piece : model.pieces) {
    if (!is_valid_utf8(piece.text) && rules == PieceRules::kSentencePiece) {
      fail(ErrorCode::kCorrupt, "a piece is not UTF-8", place);
    }
  }
  return Converter(model, rules, place).run();
}

Json around_text(const std::string& before, std::int64_t before_id, const std::string& after,
                 std::int64_t after_id) {
  if (before.empty() && after.empty()) return {};
  Json::Array single;
  Json::Object specials;
  const auto add = [&](const std::string& token, std::int64_t id) {
    if (token.empty()) return;
    single.push_back(
        object({{"SpecialToken", object({{"id", token}, {"type_id", std::int64_t{0}}})}}));
    if (!specials.empty() && specials.front().first == token) return;
    specials.emplace_back(token, object({{"id", token},
                                         {"ids", Json(Json::Array{Json(id)})},
                                         {"tokens", Json(Json::Array{Json(token)})}}));
  };
  add(before, before_id);
  single.push_back(object({{"Sequence", object({{"id", "A"}, {"type_id", std::int64_t{0}}})}}));
  add(after, after_id);
  return object({{"type", "TemplateProcessing"},
                 {"single", Json(single)},
                 {"pair", Json(single)},
                 {"special_tokens", Json(std::move(specials))}});
}

namespace {

// Tokens that were added to the model's own ones.
void add_listed_tokens(const Json& config, std::size_t pieces, Json& added,
                       const std::string& place) {
  const Json* listed = config.find("added_tokens_decoder");
  if (listed == nullptr || listed->is_null()) return;
  for (const auto& [id, token] : listed->members()) {
    const auto number = parse_int(id);
    if (!number) fail(ErrorCode::kCorrupt, fmt::format("token id '{}'", id), place);
    if (*number < static_cast<std::int64_t>(pieces)) continue;
    Json entry = object({{"id", *number}, {"content", token.at("content")}});
    for (const char* key : {"single_word", "lstrip", "rstrip", "normalized", "special"}) {
      entry[key] = token.get(key, false);
    }
    added.push_back(std::move(entry));
  }
}

}  // namespace

TokenizerFiles import_sentencepiece(const fs::path& path, const Json& config) {
  const std::string place = path.string();
  const SentencePieceModel model = parse_sentencepiece(read_file(path), place);
  TokenizerFiles files{tokenizer_json(model, PieceRules::kSentencePiece, place), config};
  const auto default_token = [&](const char* key, const std::string& piece) {
    if (config.find(key) == nullptr) files.config[key] = piece;
  };
  std::int64_t bos = -1, eos = -1;
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const ScoredPiece& piece = model.pieces[id];
    if (piece.type == PieceType::kUnknown) default_token("unk_token", piece.text);
    if (piece.type != PieceType::kControl) continue;
    if (piece.text == model.pad) default_token("pad_token", piece.text);
    if (piece.text == model.bos) bos = static_cast<std::int64_t>(id);
    if (piece.text == model.eos) eos = static_cast<std::int64_t>(id);
  }
  if (bos >= 0) default_token("bos_token", model.bos);
  if (eos >= 0) default_token("eos_token", model.eos);
  files.config["clean_up_tokenization_spaces"] = false;
  files.config["tokenizer_class"] = "PreTrainedTokenizerFast";
  const bool first = bos >= 0 && config.get("add_bos_token", true);
  const bool last = eos >= 0 && config.get("add_eos_token", false);
  Json around = around_text(first ? model.bos : "", bos, last ? model.eos : "", eos);
  if (!around.is_null()) files.tokenizer["post_processor"] = std::move(around);
  add_listed_tokens(config, model.pieces.size(), files.tokenizer["added_tokens"], place);
  return files;
}

}  // namespace lucie
