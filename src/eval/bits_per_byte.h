// Bits per byte on held-out text: comparable across tokenizers, models and compressors.
//
// Each document stands alone: `<s> text </s>` is cut into windows of `window` predictions that
// share one token, and each window is read as a sequence of its own. Every token but `<s>` is
// predicted once, `</s>` included. bits_per_byte = sum of nats / ln 2 / bytes of the text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/held_out.h"
#include "model/decoder.h"

namespace lucie {

struct LanguageScore {
  std::int64_t documents = 0, tokens = 0, bytes = 0;
  double nats = 0;
  double bits_per_byte() const;
  double perplexity() const;  // per token
};
using LanguageScores = std::map<std::string, LanguageScore>;  // with an entry "all"

// `window` 0: the model's own.
LanguageScores score(Context& ctx, const Decoder& model,
                     const std::vector<HeldOutDocument>& documents, std::int64_t window = 0,
                     bool show_progress = false);
Json to_json(const LanguageScores& scores);

// Mean loss in nats by position, in buckets of `bucket` positions, over windows of `window` tokens
// cut from documents that are longer: what context extension changes. Empty when none is long
// enough.
std::vector<double> loss_by_position(Context& ctx, const Decoder& model,
                                     const std::vector<HeldOutDocument>& documents,
                                     std::int64_t window, std::int64_t bucket);

}  // namespace lucie
