#include "corpus/decontamination.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/stream.h"
#include "corpus/plain_words.h"

namespace lucie {

namespace {

EvaluationSet set_from_json(const Json& entry) {
  refuse_unknown_keys(entry, {"name", "path", "fields"}, "corpus.decontaminate");
  EvaluationSet set;
  set.name = entry.at("name").as_string();
  set.path = entry.at("path").as_string();
  if (const Json* fields = entry.find("fields")) {
    for (const Json& field : fields->items()) set.fields.push_back(field.as_string());
  }
  return set;
}

// Every string in a value, however deep: lists of choices, turns of a dialogue.
template <typename Visit>
void for_each_string(const Json& value, const Visit& visit) {
  if (value.is_string()) visit(value.as_string());
  if (value.is_array()) {
    for (const Json& item : value.items()) for_each_string(item, visit);
  }
  if (value.is_object()) {
    for (const auto& [key, member] : value.members()) for_each_string(member, visit);
  }
}

// Calls visit(hash, begin, end) for each n-gram with the bytes of `text` that it comes from, up to
// the word behind it.
template <typename Visit>
void for_each_gram(std::string_view text, std::size_t ngram, const Visit& visit) {
  PlainWords words;
  PlainWordReader reader(text);
  bool more = reader.read(&words);
  while (more) {
    // The word behind the last n-gram of a block is known when the next block is there.
    more = reader.read(&words);
    for (std::size_t i = 0; i + ngram + (more ? 1 : 0) <= words.size(); ++i) {
      const std::size_t end = i + ngram < words.size() ? words.read_at[i + ngram] : text.size();
      visit(hash64(words.range(i, ngram)), words.read_at[i], end);
    }
    words.keep_last(ngram);
  }
}

}  // namespace

DecontaminationSettings DecontaminationSettings::from_json(const Json& decontaminate) {
  DecontaminationSettings settings;
  const Json* sets = &decontaminate;
  if (!decontaminate.is_array()) {
    refuse_unknown_keys(decontaminate, {"sets", "ngram", "remove"}, "corpus.decontaminate");
    sets = &decontaminate.at("sets");
    const std::int64_t ngram = decontaminate.get("ngram", settings.ngram);
    const std::string remove = decontaminate.get("remove", "document");
    if (ngram < 1 || ngram > 1000) {
      fail(ErrorCode::kInvalidArgument,
           "corpus.decontaminate.ngram is " + std::to_string(ngram) + " words",
           decontaminate.place(), "8 to 13 is usual");
    }
    if (remove != "document" && remove != "span") {
      fail(ErrorCode::kInvalidArgument, "corpus.decontaminate.remove is '" + remove + "'",
           decontaminate.place(), "document or span");
    }
    settings.ngram = static_cast<int>(ngram);
    settings.spans = remove == "span";
  }
  for (const Json& entry : sets->items()) settings.sets.push_back(set_from_json(entry));
  return settings;
}

std::string Contamination::without_spans(std::string_view text) const {
  std::string kept;
  std::size_t at = 0;
  for (const Span& span : spans) {
    kept.append(text.substr(at, span.begin - at));
    at = span.end;
  }
  return kept.append(text.substr(at));
}

EvaluationIndex::EvaluationIndex(const DecontaminationSettings& settings, const fs::path& data_dir)
    : settings_(settings) {
  for (const EvaluationSet& set : settings.sets) read_set(set, data_dir / set.path);
  std::sort(grams_.begin(), grams_.end());
  grams_.erase(std::unique(grams_.begin(), grams_.end()), grams_.end());
  filter_.resize(std::bit_ceil(grams_.size() / 4 + 1));  // 16 bits and more for each
  for (const Gram& gram : grams_) {
    filter_[gram.hash >> 6 & (filter_.size() - 1)] |= std::uint64_t{1} << (gram.hash & 63);
  }
}

void EvaluationIndex::read_set(const EvaluationSet& set, const fs::path& path) {
  SetCounts counts{.name = set.name};
  LineReader lines(path);
  for (std::string line; lines.next(line);) {
    const Json item = parse_json(line, lines.place());
    if (counts.items == std::numeric_limits<std::uint32_t>::max()) {
      fail(ErrorCode::kUnsupported, "an evaluation set of over 4 billion lines", lines.place());
    }
    const Contamination::Hit hit{static_cast<std::uint32_t>(sets_.size()),
                                 static_cast<std::uint32_t>(counts.items)};
    bool any_text = false, any_gram = false;
    const auto take = [&](const std::string& text) {
      any_text = true;
      any_gram |= add_text(text, hit);
    };
    if (set.fields.empty()) for_each_string(item, take);
    for (const std::string& field : set.fields) {
      if (const Json* value = item.find(field)) for_each_string(*value, take);
    }
    if (!any_text) {
      fail(ErrorCode::kCorrupt, "a line of evaluation set '" + set.name + "' has no text",
           lines.place(), "corpus.decontaminate: fields names those that hold texts");
    }
    ++counts.items;
    counts.too_short += !any_gram;
  }
  sets_.push_back(std::move(counts));
}

bool EvaluationIndex::add_text(std::string_view text, Contamination::Hit hit) {
  const std::size_t before = grams_.size();
  for_each_gram(text, static_cast<std::size_t>(settings_.ngram),
                [&](std::uint64_t hash, std::size_t, std::size_t) {
                  grams_.push_back({hash, hit});
                });
  return grams_.size() > before;
}

bool EvaluationIndex::may_have(std::uint64_t hash) const {
  return (filter_[hash >> 6 & (filter_.size() - 1)] >> (hash & 63) & 1) != 0;
}

Contamination EvaluationIndex::find(std::string_view text) const {
  Contamination found;
  // The first of each n-gram. Its hits are listed once at the end: many items may share a phrase
  // that a text repeats many times.
  std::vector<std::vector<Gram>::const_iterator> grams;
  const auto visit = [&](std::uint64_t hash, std::size_t begin, std::size_t end) {
    if (!may_have(hash)) return;
    const auto gram = std::lower_bound(grams_.begin(), grams_.end(), Gram{hash, {}});
    if (gram == grams_.end() || gram->hash != hash) return;
    grams.push_back(gram);
    if (!found.spans.empty() && begin <= found.spans.back().end) {
      found.spans.back().end = end;
    } else {
      found.spans.push_back({begin, end});
    }
  };
  for_each_gram(text, static_cast<std::size_t>(settings_.ngram), visit);
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  for (auto gram : grams) {
    const std::uint64_t hash = gram->hash;
    for (; gram != grams_.end() && gram->hash == hash; ++gram) found.hits.push_back(gram->hit);
  }
  std::sort(found.hits.begin(), found.hits.end());
  found.hits.erase(std::unique(found.hits.begin(), found.hits.end()), found.hits.end());
  return found;
}

Json EvaluationIndex::record(std::string_view document_id, const Contamination& contamination) {
  Json hits = Json::array();
  for (const Contamination::Hit& hit : contamination.hits) {
    Json pair = Json::array();
    pair.push_back(std::uint64_t{hit.set});
    pair.push_back(std::uint64_t{hit.item});
    hits.push_back(std::move(pair));
  }
  Json record = Json::object();
  record["document"] = document_id;
  record["hits"] = std::move(hits);
  return record;
}

Json EvaluationIndex::report(const std::vector<Json>& records) const {
  std::vector<std::set<std::int64_t>> items(sets_.size());
  std::vector<std::uint64_t> documents(sets_.size());
  Json found = Json::array();
  for (const Json& record : records) {
    std::vector<Json> items_of(sets_.size(), Json::array());
    for (const Json& hit : record.at("hits").items()) {
      const auto set = static_cast<std::size_t>(hit.at(0).as_int());
      items[set].insert(hit.at(1).as_int());
      items_of[set].push_back(hit.at(1));
    }
    Json line = Json::object();
    line["document"] = record.at("document");
    for (std::size_t set = 0; set < sets_.size(); ++set) {
      if (items_of[set].size() == 0) continue;
      ++documents[set];
      line["items"][sets_[set].name] = std::move(items_of[set]);
    }
    found.push_back(std::move(line));
  }
  Json report = Json::object();
  report["version"] = 1;
  report["ngram"] = settings_.ngram;
  report["remove"] = settings_.spans ? "span" : "document";
  for (std::size_t set = 0; set < sets_.size(); ++set) {
    Json& counts = report["sets"][sets_[set].name];
    counts["items"] = sets_[set].items;
    counts["too_short"] = sets_[set].too_short;
    counts["found"] = std::uint64_t{items[set].size()};
    counts["documents"] = documents[set];
  }
  report["documents"] = std::move(found);
  return report;
}

}  // namespace lucie
