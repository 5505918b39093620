// Losses of many token sequences of different lengths, read in padded batches.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "model/decoder.h"
#include "tokenizer/token_id.h"

namespace lucie {

// ids[0] ... ids[n]: n predictions, of which the first `given` are not asked for.
struct TokenWindow {
  std::span<const TokenId> ids;
  std::size_t given = 0;
};

// Calls see(index of the window, losses in nats of its predictions from `given` on) once for each
// window that has any, longest first. A result does not depend on the other windows. A window
// longer than the model's is an Error{kInvalidArgument}.
using SeeLosses = std::function<void(std::size_t window, std::span<const float> losses)>;
void for_each_window(Context& ctx, const Decoder& model, const std::vector<TokenWindow>& windows,
                     const SeeLosses& see);

}  // namespace lucie
