#include "pipeline/text_tracer.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "corpus/licence.h"
#include "trace/index_build.h"

namespace lucie {
namespace {

// Looked at of what stands in more places: in the order of what follows the span.
constexpr std::uint64_t kMostPlaces = 1000;

std::vector<fs::path> prefixes_of(const TracedRun& run) {
  std::vector<fs::path> prefixes;
  for (const TokenGroup& group : run.groups()) {
    prefixes.push_back(run.path() / "tokens" / "train" / group.name);
  }
  return prefixes;
}

Json words_of(const std::vector<std::string>& words) {
  Json list = Json::array();
  for (const std::string& word : words) list.push_back(word);
  return list;
}

// What the documents named ask of whoever passes their words on: one entry for each that asks
// anything, with the most tokens of it in a span.
Json attribution_of(const Json& spans) {
  Json list = Json::array();
  std::map<std::string, std::size_t> known;
  for (const Json& span : spans.items()) {
    for (const Json& document : span.at("documents").items()) {
      if (document.at("duties").size() == 0) continue;
      const std::string id = document.at("id").as_string();
      if (!known.emplace(id, list.size()).second) continue;
      Json entry = Json::object();
      for (const char* key : {"id", "source", "licence", "url", "described", "duties"}) {
        if (const Json* value = document.find(key)) entry[key] = *value;
      }
      entry["tokens"] = span.at("tokens");
      list.push_back(std::move(entry));
    }
  }
  return list;
}

std::uint64_t covered_by(const std::vector<VerbatimSpan>& spans) {
  std::uint64_t covered = 0, reached = 0;
  for (const VerbatimSpan& span : spans) {
    covered += span.end - std::max(span.begin, reached);
    reached = span.end;
  }
  return covered;
}

}  // namespace

fs::path TextTracer::index_of(const TracedRun& run) {
  const fs::path stage = fs::canonical(run.path() / "tokens").filename();
  return run.path() / "index" / (stage.string() + ".index");
}

TextTracer::TextTracer(const TracedRun& run, std::uint64_t memory, ThreadPool& pool)
    : run_(&run),
      tokenizer_(Tokenizer::load(run.path() / "tokenizer")),
      text_(std::make_unique<TokenText>(prefixes_of(run))) {
  const fs::path file = index_of(run);
  if (!fs::exists(file)) {
    log_info("making the index of " + human_count(static_cast<double>(text_->tokens())) +
             " tokens, once; cut short, the next call goes on");
    build_suffix_index(*text_, file, memory, pool);
  }
  index_ = std::make_unique<SuffixIndex>(file, *text_);
}

std::vector<TextTracer::Place> TextTracer::places_of(const VerbatimSpan& span,
                                                     std::span<const TokenId> ids) const {
  std::vector<Place> places;
  const std::uint64_t end = std::min(span.ranks.end, span.ranks.begin + kMostPlaces);
  const auto wanted = ids.subspan(span.begin, span.end - span.begin);
  std::vector<TokenId> found(wanted.size());
  for (std::uint64_t rank = span.ranks.begin; rank < end; ++rank) {
    const TokenText::Place at = text_->place_of(index_->position(rank));
    const TokenShard& shard = run_->groups()[at.shard].shard;
    const std::int64_t document = shard.tokens().document_of(at.token);
    const bool is_whole = shard.tokens().begin(document + 1) - at.token >= found.size();
    if (is_whole) shard.tokens().read(at.token, found);
    if (!is_whole || !std::equal(found.begin(), found.end(), wanted.begin())) {
      fail(ErrorCode::kCorrupt, "the index leads to other words", index_of(*run_).string(),
           "delete it; it is made again");
    }
    places.push_back({at.shard, document, at.token});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.group, a.token) < std::tie(b.group, b.token);
  });
  return places;
}

Json TextTracer::describe(const Place& place, std::uint64_t tokens) const {
  const TokenSpan document = run_->groups()[place.group].shard.document(place.document);
  Json entry = run_->describe(document);
  entry["duties"] = words_of(licence_terms_of(document.licence).duties.names());
  entry["token_of_document"] = place.token - document.begin;
  const auto steps = run_->steps_that_read(place.group, place.token, place.token + tokens);
  entry["steps"] = Json::array();
  for (const StepReading& step : steps) entry["steps"].push_back(step.step);
  return entry;
}

Json TextTracer::describe(const VerbatimSpan& span, std::span<const TokenId> ids,
                          const TextTraceSettings& settings) const {
  const std::uint64_t tokens = span.end - span.begin;
  Json entry = Json::object();
  entry["begin"] = span.begin;
  entry["end"] = span.end;
  entry["tokens"] = tokens;
  entry["occurrences"] = span.ranks.count();
  entry["documents"] = Json::array();
  std::set<std::pair<std::size_t, std::int64_t>> known;  // group and document
  bool may_be_told = false;
  for (const Place& place : places_of(span, ids)) {
    if (!known.emplace(place.group, place.document).second) continue;
    const TokenShard& shard = run_->groups()[place.group].shard;
    may_be_told = may_be_told || !run_->is_hidden(shard.document(place.document).source);
    if (known.size() <= settings.documents) {
      entry["documents"].push_back(describe(place, tokens));
    }
  }
  entry["in_documents"] = known.size();  // of the places looked at
  if (may_be_told) entry["text"] = tokenizer_.decode(ids.subspan(span.begin, tokens), false);
  return entry;
}

Json TextTracer::probabilities(std::span<const TokenId> ids,
                               std::span<const std::uint64_t> lengths) const {
  Json list = Json::array();
  const std::vector<NextToken> grams = infinite_grams(*index_, ids, lengths);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Json entry = Json::object();
    entry["token"] = static_cast<std::int64_t>(ids[i]);
    entry["text"] = tokenizer_.decode(ids.subspan(i, 1), false);
    entry["context"] = grams[i].context;
    entry["seen"] = grams[i].seen;
    entry["followed"] = grams[i].followed;
    entry["probability"] = grams[i].probability();
    list.push_back(std::move(entry));
  }
  return list;
}

Json TextTracer::trace(std::span<const TokenId> ids, const TextTraceSettings& settings) const {
  const std::vector<std::uint64_t> lengths = matching_lengths(*index_, ids);
  std::vector<VerbatimSpan> spans = maximal_spans(*index_, ids, lengths, settings.shortest);
  Json answer = Json::object();
  answer["tokens"] = ids.size();
  answer["covered"] = covered_by(spans);
  std::stable_sort(spans.begin(), spans.end(), [](const VerbatimSpan& a, const VerbatimSpan& b) {
    return a.end - a.begin > b.end - b.begin;
  });
  answer["spans_found"] = spans.size();
  if (spans.size() > settings.spans) spans.resize(settings.spans);
  answer["spans"] = Json::array();
  for (const VerbatimSpan& span : spans) {
    answer["spans"].push_back(describe(span, ids, settings));
  }
  answer["attribution"] = attribution_of(answer.at("spans"));
  if (settings.probabilities) answer["probabilities"] = probabilities(ids, lengths);
  return answer;
}

Json TextTracer::trace(std::string_view text, const TextTraceSettings& settings) const {
  EncodeOptions plain;
  plain.add_special = false;
  return trace(tokenizer_.encode(text, plain), settings);
}

}  // namespace lucie
