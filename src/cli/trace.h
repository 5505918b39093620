// What the two halves of `lucie trace` share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace lucie {

struct TraceOptions {
  std::string path;                   // a run, or data of others
  std::int64_t step = 0, token = -1;  // one of these, or a document
  std::string document;
  bool losses = false, with_text = false;
  std::string order, blend, split, indices;
  std::vector<std::string> data;
  std::int64_t seed = 1234, sequence_length = 0, batch = 0, samples = 0, end_of_document = 0;
  std::int64_t token_bytes = 4;
  // Of a text:
  std::string text;
  bool index = false, probabilities = false;
  std::string memory = "2GB";
  std::int64_t shortest = 8, spans = 10, documents = 3, generations = 0;
};

// The run that a model is of; one of another origin is kNotFound.
fs::path run_of_model(const std::string& model);
std::uint64_t index_memory(const TraceOptions& options);  // bytes

// Where the words of a text come from; --index alone makes what that needs.
int trace_text(const TraceOptions& options);
// How much of texts that the model writes stands in the training tokens.
int trace_generations(const TraceOptions& options);
// What TextTracer::trace() answers, in lines.
void print_spans(const Json& answer);

// Of data without a run of ours: by Megatron's, Pythia's or OLMo's order.
bool is_foreign_order(const TraceOptions& options);
int trace_foreign_order(const TraceOptions& options);

// Lines of text, or JSON with --json. `pieces` have sample, begin and end, and what is known of id,
// source, licence, language, url and data.
void print_pieces(const std::string& headline, const Json& head, const Json& pieces);

}  // namespace lucie
