#include "tokenizer/tokenizer_file.h"

#include <fmt/format.h>

#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace lucie {
namespace {

std::pair<std::string_view, std::string_view> merge_parts(const Json& merge,
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
  fail(ErrorCode::kCorrupt, "a merge is two tokens", place);
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
    const auto [left, right] =
        merge_parts(items[rank], fmt::format("{}: model.merges[{}]", place, rank));
    joined.assign(left).append(right);
    file.merges.push_back({id(left, rank), id(right, rank), id(joined, rank), ranks[rank]});
  }
}

void refuse(bool condition, const char* what, const std::string& place) {
  if (condition) fail(ErrorCode::kUnsupported, fmt::format("BPE with {}", what), place);
}

}  // namespace

BpeFile parse_bpe(const Json& model, const std::string& place) {
  const std::string type = model.get("type", "BPE");
  if (type != "BPE") fail(ErrorCode::kUnsupported, "tokenizer model " + type, place);
  const Json* dropout = model.find("dropout");
  refuse(dropout != nullptr && dropout->is_number() && dropout->as_double() != 0, "dropout", place);
  refuse(!model.get("continuing_subword_prefix", "").empty(), "continuing_subword_prefix", place);
  refuse(!model.get("end_of_word_suffix", "").empty(), "end_of_word_suffix", place);
  BpeFile file;
  for (const auto& [token, id] : model.at("vocab").members()) {
    file.vocabulary.add(token, id.as_int(), place + ": model.vocab");
  }
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
