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
  std::string order, blend, split, indices;
  std::vector<std::string> data;
  std::int64_t seed = 1234, sequence_length = 0, batch = 0, samples = 0, end_of_document = 0;
  std::int64_t token_bytes = 4;
};

// Of data without a run of ours: by Megatron's, Pythia's or OLMo's order.
bool is_foreign_order(const TraceOptions& options);
int trace_foreign_order(const TraceOptions& options);

// Lines of text, or JSON with --json. `pieces` have sample, begin and end, and what is known of id,
// source, licence, language, url and data.
void print_pieces(const std::string& headline, const Json& head, const Json& pieces);

}  // namespace lucie
