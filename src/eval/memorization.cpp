#include "eval/memorization.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/cancel.h"
#include "base/hash.h"
#include "infer/generator.h"

namespace lucie {
namespace {

struct Span {
  std::uint64_t rank = 0;
  std::vector<TokenId> ids;  // prefix, then what follows it
  bool operator<(const Span& other) const {
    return std::tie(rank, ids) < std::tie(other.rank, other.ids);
  }
};
using SpansBySource = std::map<std::string, std::vector<Span>>;

// Keeps the spans with the smallest ranks, in a heap whose top is the largest of them.
void keep_smallest(std::vector<Span>* kept, Span span, std::size_t limit) {
  if (kept->size() == limit) {
    if (!(span < kept->front())) return;
    std::pop_heap(kept->begin(), kept->end());
    kept->pop_back();
  }
  kept->push_back(std::move(span));
  std::push_heap(kept->begin(), kept->end());
}

// Spans stand side by side in a document; which are taken is decided by hash, so that long
// documents count by their length.
SpansBySource draw_spans(const Tokenizer& tokenizer, const DocumentSource& next,
                         std::int64_t length, const MemorizationSettings& settings) {
  SpansBySource spans;
  EncodeOptions plain;
  plain.add_special = false;
  while (const std::optional<Document> document = next()) {
    check_cancelled();
    const std::vector<TokenId> ids = tokenizer.encode(document->text, plain);
    const auto count = static_cast<std::int64_t>(ids.size()) / length;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto begin = ids.begin() + i * length;
      const std::string name = document->id + "#" + std::to_string(i);
      keep_smallest(&spans[document->source],
                    {hash64(name, settings.seed), std::vector<TokenId>(begin, begin + length)},
                    settings.spans);
    }
  }
  for (auto& [source, list] : spans) std::sort(list.begin(), list.end());
  return spans;
}

std::int64_t leading_matches(std::span<const TokenId> expected, std::span<const TokenId> found) {
  const auto pair = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
  return pair.first - expected.begin();
}

void count_span(Generator& generator, const Span& span, std::int64_t prefix,
                MemorizationTally* tally) {
  GenerateOptions options;
  options.sampling.temperature = 0;
  options.ignore_eos = true;
  const std::span<const TokenId> ids(span.ids);
  const auto expected = ids.subspan(static_cast<std::size_t>(prefix));
  options.max_tokens = static_cast<std::int64_t>(expected.size());
  const Generated answer = generator.run(ids.first(static_cast<std::size_t>(prefix)), options);
  const std::int64_t matches = leading_matches(expected, answer.ids);
  ++tally->spans;
  tally->tokens += options.max_tokens;
  tally->tokens_reproduced += matches;
  if (matches == options.max_tokens) ++tally->reproduced;
}

double share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

MemorizationReport measure_memorization(Context& ctx, const Decoder& model,
                                        const Tokenizer& tokenizer, const DocumentSource& next,
                                        const MemorizationSettings& settings) {
  Generator generator(ctx, model, tokenizer, {});
  MemorizationReport report;
  report.prefix_tokens = settings.prefix_tokens;
  report.continued_tokens = settings.continued_tokens;
  while (report.prefix_tokens + report.continued_tokens > generator.window() &&
         report.prefix_tokens > 1 && report.continued_tokens > 1) {
    report.prefix_tokens /= 2;
    report.continued_tokens /= 2;
  }
  const SpansBySource spans =
      draw_spans(tokenizer, next, report.prefix_tokens + report.continued_tokens, settings);
  for (const auto& [source, list] : spans) {
    MemorizationTally& tally = report.by_source[source];
    for (const Span& span : list) {
      check_cancelled();
      count_span(generator, span, report.prefix_tokens, &tally);
    }
  }
  return report;
}

Json to_json(const MemorizationReport& report) {
  Json json = Json::object();
  json["prefix_tokens"] = report.prefix_tokens;
  json["continued_tokens"] = report.continued_tokens;
  json["by_source"] = Json::object();
  for (const auto& [source, tally] : report.by_source) {
    Json& entry = json["by_source"][source];
    entry["spans"] = tally.spans;
    entry["reproduced"] = tally.reproduced;
    entry["share"] = share_of(tally.reproduced, tally.spans);
    entry["tokens"] = tally.tokens;
    entry["tokens_reproduced"] = tally.tokens_reproduced;
  }
  return json;
}

}  // namespace lucie
