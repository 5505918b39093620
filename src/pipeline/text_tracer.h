// Where the words of a text come from: its longest spans that stand word for word in the training
// tokens of a run, with the documents that hold them, what those ask of whoever passes them on, and
// the steps that read them.
#pragma once

#include <memory>

#include "base/thread_pool.h"
#include "pipeline/traced_run.h"
#include "tokenizer/tokenizer.h"
#include "trace/verbatim_spans.h"

namespace lucie {

struct TextTraceSettings {
  std::uint64_t shortest = 8;  // tokens of a span
  std::size_t spans = 10;      // at most, the longest
  std::size_t documents = 3;   // at most for a span
  bool probabilities = false;  // of each token, by counting
};

class TextTracer {
 public:
  // RUN/index/TOKENS.index, named by the tokens' stage.
  static fs::path index_of(const TracedRun& run);
  // Opens the index of the run; where there is none it is made first, with `memory` bytes.
  TextTracer(const TracedRun& run, std::uint64_t memory, ThreadPool& pool);

  // {tokens, covered, spans_found, spans: [{begin, end, tokens, occurrences, documents: [{id,
  // source, licence, language, url, duties, token_of_document, steps}], in_documents, text}],
  // attribution: [{id, source, licence, url, duties, tokens}], probabilities: [{token, text,
  // context, seen, followed, probability}]}. Spans stand from the longest to the shortest. Text
  // that stands in unshareable documents only is left out: such spans are told by their length.
  Json trace(std::span<const TokenId> ids, const TextTraceSettings& settings) const;
  Json trace(std::string_view text, const TextTraceSettings& settings) const;

  const Tokenizer& tokenizer() const { return tokenizer_; }
  const SuffixIndex& index() const { return *index_; }

 private:
  struct Place {
    std::size_t group = 0;
    std::int64_t document = 0;  // of the group's shard, as the token
    std::uint64_t token = 0;
  };
  std::vector<Place> places_of(const VerbatimSpan& span, std::span<const TokenId> ids) const;
  Json describe(const Place& place, std::uint64_t tokens) const;
  Json describe(const VerbatimSpan& span, std::span<const TokenId> ids,
                const TextTraceSettings& settings) const;
  Json probabilities(std::span<const TokenId> ids, std::span<const std::uint64_t> lengths) const;

  const TracedRun* run_;
  Tokenizer tokenizer_;
  std::unique_ptr<TokenText> text_;
  std::unique_ptr<SuffixIndex> index_;
};

}  // namespace lucie
