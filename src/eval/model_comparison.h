// What a model lost on its way into smaller types: both are run over the same text, and their
// matrices are compared.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/decoder.h"

namespace lucie {

struct TensorLoss {
  std::string name;
  DType dtype = DType::kF32;  // that it has now
  std::int64_t bytes = 0;
  double error = 0;  // root of the mean square of what changed over that of the values
};

struct ModelComparison {
  std::int64_t positions = 0;                    // predictions compared
  double nats_before = 0, nats_after = 0;        // of the text's own tokens, in all
  double divergence = 0;                         // KL(before || after) in nats, mean
  std::vector<double> divergence_by_share;       // the 50, 90, 99, 100 % of positions lie below
  double agreement = 0;                          // share with the same likeliest token
  double seconds_before = 0, seconds_after = 0;  // of the forward passes
  std::vector<TensorLoss> tensors;               // matrices, in the order of the table

  double perplexity_before() const;
  double perplexity_after() const;
};

// `ids` are cut to whole windows of `window` tokens; each but the first of a window is predicted.
// Error{kInvalidArgument} where there is none. The models must be of one shape.
ModelComparison compare_models(Context& ctx, const Decoder& before, const Decoder& after,
                               std::span<const std::int32_t> ids, std::int64_t window);
Json to_json(const ModelComparison& comparison);

}  // namespace lucie
