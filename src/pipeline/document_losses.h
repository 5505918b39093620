// How well a model knew a document as it was trained: its loss at each checkpoint that the run
// kept.
#pragma once

#include "base/json.h"
#include "eval/held_out.h"
#include "tensor/context.h"

namespace lucie {

// [{step, tokens, loss, bits_per_byte}], from the first checkpoint of RUN/checkpoints to the last:
// `tokens` read by then in training, `loss` in nats a token of the document, which is read alone,
// in windows of the model's. kNotFound without checkpoints.
Json document_losses(Context& ctx, const fs::path& run, const HeldOutDocument& document);

}  // namespace lucie
