#include "tokenizer/tokenizer_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace lucie {
namespace {

std::pair<std::string_view, std::string_view> merge_parts(const Json& merge, std::size_t rank,
                                                          const std::string& place) {
  if (merge.is_array() && merge.size() == 2) {
    return {merge.at(std::size_t{0}).as_string(), merge.at(std::size_t{1}).as_string()};
  }
  if (merge.is_string()) {
    const std::string_view text = merge.as_string();
    const std::size_t space = text.find(' ');
    if (space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  fail(ErrorCode::kCorrupt, "a merge is two tokens",
       fmt::format("{}: model.merges[{}]", place, rank));
}

// Rank of each merge: its index, unless "merge_ranks" (ours) has some share one.
std::vector<std::uint32_t> parse_ranks(const Json* ranks, std::size_t merges,
                                       const std::string& place) {
  std::vector<std::uint32_t> result(merges);
  std::iota(result.begin(), result.end(), 0U);
  if (ranks == nullptr || ranks->is_null()) return result;
  const auto corrupt = [&] {
    fail(ErrorCode::kCorrupt, "merge_ranks are not one rising number a merge", place + ": model");
  };
  if (ranks->items().size() != merges) corrupt();
  std::int64_t last = 0;
  for (std::size_t i = 0; i < merges; ++i) {
    const std::int64_t rank = ranks->items()[i].as_int();
    if (rank < last || rank > static_cast<std::int64_t>(i)) corrupt();
    last = rank;
    result[i] = static_cast<std::uint32_t>(rank);
  }
  return result;
}

// The token behind a merge: the right part goes without the prefix of parts that begin no word.
void join_parts(std::string_view left, std::string_view right, std::string_view inner_prefix,
                std::string& joined) {
  joined.assign(left).append(right.substr(std::min(inner_prefix.size(), right.size())));
}

void parse_merges(const Json& model, const std::string& place, BpeFile& file) {
  const auto id = [&](std::string_view token, std::size_t rank) {
    const auto found = file.vocabulary.find(token);
    if (!found) {
      fail(ErrorCode::kCorrupt,
           fmt::format("merge {} needs '{}', which is not in the vocabulary", rank, token),
           place + ": model.merges");
    }
    return *found;
  };
  const Json::Array& items = model.at("merges").items();
  if (items.size() >= MergeTable::kNone) fail(ErrorCode::kCorrupt, "too many merges", place);
  const std::vector<std::uint32_t> ranks =
      parse_ranks(model.find("merge_ranks"), items.size(), place);
  file.merges.reserve(items.size());
  std::string joined;
  for (std::size_t rank = 0; rank < items.size(); ++rank) {
    const auto [left, right] = merge_parts(items[rank], rank, place);
    join_parts(left, right, file.options.inner_prefix, joined);
    file.merges.push_back({id(left, rank), id(right, rank), id(joined, rank), ranks[rank]});
  }
}

}  // namespace

bool is_unigram(const Json& model, const std::string& place) {
  const Json* type = model.find("type");
  if (type == nullptr || type->is_null()) return model.at("vocab").is_array();
  if (type->as_string() == "Unigram") return true;
  if (type->as_string() == "BPE") return false;
  fail(ErrorCode::kUnsupported, "tokenizer model " + type->as_string(), place + ": model.type",
       "BPE and Unigram models are read");
}

BpeFile parse_bpe(const Json& model, const std::string& place) {
  const Json* dropout = model.find("dropout");
  if (dropout != nullptr && dropout->is_number() && dropout->as_double() != 0) {
    fail(ErrorCode::kUnsupported, "BPE with dropout", place + ": model.dropout",
         "set it to null: encoding at random is for training tokenizers only");
  }
  BpeFile file;
  file.options.inner_prefix = model.get("continuing_subword_prefix", "");
  file.options.end_suffix = model.get("end_of_word_suffix", "");
  const Json::Object& tokens = model.at("vocab").members();
  const std::string where = place + ": model.vocab";
  file.vocabulary.reserve(tokens.size());
  for (const auto& [token, id] : tokens) file.vocabulary.add(token, id.as_int(), where);
  if (file.vocabulary.size() == 0) fail(ErrorCode::kCorrupt, "vocabulary is empty", place);
  parse_merges(model, place, file);
  file.options.byte_fallback = model.get("byte_fallback", false);
  file.options.fuse_unknown = model.get("fuse_unk", false);
  file.options.ignore_merges = model.get("ignore_merges", false);
  if (const std::string unknown = model.get("unk_token", ""); !unknown.empty()) {
    file.options.unknown = file.vocabulary.find(unknown);
    if (!file.options.unknown) {
      fail(ErrorCode::kCorrupt, fmt::format("unk_token '{}' is not in the vocabulary", unknown),
           place);
    }
  }
  return file;
}

UnigramFile parse_unigram(const Json& model, const std::string& place) {
  UnigramFile file;
  const Json::Array& pieces = model.at("vocab").items();
  if (pieces.empty()) fail(ErrorCode::kCorrupt, "vocabulary is empty", place);
  double lowest = std::numeric_limits<double>::infinity();
  for (const Json& piece : pieces) {
    const double score = piece.at(std::size_t{1}).as_double();
    if (!std::isfinite(score)) {
      fail(ErrorCode::kCorrupt, "a score is not finite", place + ": model.vocab");
    }
    file.vocabulary.add(piece.at(std::size_t{0}).as_string(), file.vocabulary.size(),
                        place + ": model.vocab");
    file.scores.push_back(score);
    lowest = std::min(lowest, score);
  }
  const auto known_id = [&](const Json& id) {
    const std::int64_t value = id.as_int();
    if (value < 0 || value >= file.vocabulary.size()) {
      fail(ErrorCode::kCorrupt, fmt::format("id {} is not in the vocabulary", value),
           place + ": model");
    }
    return static_cast<TokenId>(value);
  };
  constexpr double kUnknownPenalty = 10;  // the reference's
  const Json* unknown = model.find("unk_id");
  if (unknown != nullptr && !unknown->is_null()) file.options.unknown = known_id(*unknown);
  file.options.unknown_score = model.get("unk_score", lowest - kUnknownPenalty);
  file.options.byte_fallback = model.get("byte_fallback", false);
  file.options.single_precision = model.get("single_precision", false);
  file.options.hidden.resize(file.scores.size());
  if (const Json* hidden = model.find("hidden"); hidden != nullptr) {
    for (const Json& id : hidden->items()) {
      file.options.hidden[static_cast<std::size_t>(known_id(id))] = true;
    }
  }
  return file;
}

std::vector<AddedToken> parse_added_tokens(const Json& tokenizer, const Vocabulary& vocabulary,
                                           const std::string& place) {
  std::vector<AddedToken> result;
  const Json* added = tokenizer.find("added_tokens");
  if (added == nullptr || added->is_null()) return result;
  std::unordered_map<std::int64_t, std::string> owners;
  for (const Json& json : added->items()) {
    AddedToken token;
    token.content = json.at("content").as_string();
    const std::int64_t id = json.at("id").as_int();
    const std::string where = fmt::format("{}: added token '{}'", place, token.content);
    if (id < 0 || id >= Vocabulary::kIdLimit) {
      fail(ErrorCode::kCorrupt, fmt::format("token id {} is out of range", id), where);
    }
    token.id = static_cast<TokenId>(id);
    const auto known = vocabulary.find(token.content);
    if (known ? *known != token.id : vocabulary.contains(token.id)) {
      fail(ErrorCode::kCorrupt, fmt::format("id {} disagrees with the vocabulary", id), where);
    }
    if (!owners.emplace(id, token.content).second) {
      fail(ErrorCode::kCorrupt, fmt::format("token id {} is given twice", id), where);
    }
    token.special = json.get("special", false);
    token.normalized = json.get("normalized", !token.special);
    token.lstrip = json.get("lstrip", false);
    token.rstrip = json.get("rstrip", false);
    token.single_word = json.get("single_word", false);
    token.verbatim = json.get("verbatim", false);
    result.push_back(std::move(token));
  }
  return result;
}

std::string config_token(const Json& config, std::string_view key) {
  const Json* token = config.find(key);
  if (token == nullptr || token->is_null()) return {};
  return token->is_object() ? token->get("content", "") : token->as_string();
}

std::string config_chat_template(const Json& config) {
  const Json* entry = config.find("chat_template");
  if (entry == nullptr || entry->is_null()) return {};
  if (entry->is_string()) return entry->as_string();
  std::string first;
  for (const Json& named : entry->items()) {
    const std::string& source = named.at("template").as_string();
    if (named.at("name").as_string() == "default") return source;
    if (first.empty()) first = source;
  }
  return first;
}

}  // namespace lucie
