#include "eval/windows.h"

#include <algorithm>

namespace lucie {
namespace {

// Rows read at once. Windows of like length go together, so that little is padding.
constexpr std::size_t kRows = 2048;

std::size_t predictions(const TokenWindow& window) {
  return window.ids.size() - 1;
}

std::vector<std::size_t> longest_first(const std::vector<TokenWindow>& windows) {
  std::vector<std::size_t> order;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    if (predictions(windows[w]) > 0) order.push_back(w);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return predictions(windows[a]) > predictions(windows[b]);
  });
  return order;
}

}  // namespace

void for_each_window(Context& ctx, const Decoder& model, const std::vector<TokenWindow>& windows,
                     const SeeLosses& see) {
  const std::vector<std::size_t> order = longest_first(windows);
  if (order.empty()) return;
  const std::size_t longest = predictions(windows[order.front()]);
  // As the model was made to run: bf16 products for bf16 weights, f32 for all others.
  const bool narrow = model.weights().at(Slot::kEmbedding).dtype() == DType::kBF16;
  Activations activations(ctx, model.config(), static_cast<std::int64_t>(std::max(longest, kRows)),
                          narrow ? DType::kBF16 : DType::kF32, Activations::Keep::kOneLayer);
  for (std::size_t first = 0; first < order.size();) {
    const std::size_t T = predictions(windows[order[first]]);
    const std::size_t B = std::min(order.size() - first, std::max<std::size_t>(1, kRows / T));
    std::vector<std::int32_t> ids(B * T, 0), targets(B * T, -1);
    for (std::size_t b = 0; b < B; ++b) {
      const TokenWindow& window = windows[order[first + b]];
      for (std::size_t t = 0; t < predictions(window); ++t) {
        ids[b * T + t] = window.ids[t];
        if (t >= window.given) targets[b * T + t] = window.ids[t + 1];
      }
    }
    const Batch batch = make_batch(ctx, ids, targets, static_cast<std::int64_t>(B));
    model.forward(ctx, batch, activations);
    const std::vector<float> losses = ctx.download(model.losses(ctx, batch, activations));
    for (std::size_t b = 0; b < B; ++b) {
      const TokenWindow& window = windows[order[first + b]];
      const std::size_t given = std::min(window.given, predictions(window));
      see(order[first + b], std::span(losses).subspan(b * T + given, predictions(window) - given));
    }
    first += B;
  }
}

}  // namespace lucie
