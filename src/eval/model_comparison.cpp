#include "eval/model_comparison.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "eval/divergence.h"
#include "model/placement.h"

namespace lucie {
namespace {

constexpr std::int64_t kRows = 64;  // positions whose logits are held at once

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One of the two models, with the state of its last window.
class Run {
 public:
  Run(Context& ctx, const Decoder& decoder, std::int64_t window)
      : ctx_(ctx),
        decoder_(decoder),
        activations_(ctx, decoder.config(), window, DType::kF32, Activations::Keep::kOneLayer) {}

  void forward(const Batch& batch) {
    const auto start = std::chrono::steady_clock::now();
    decoder_.forward(ctx_, batch, activations_);
    seconds_ += seconds_since(start);
  }
  // Logits (count, V) of positions first, first + 1, ... of a window of `rows`.
  std::vector<float> logits(std::int64_t rows, std::int64_t first, std::int64_t count) {
    std::vector<std::int32_t> chosen(static_cast<std::size_t>(count));
    std::iota(chosen.begin(), chosen.end(), static_cast<std::int32_t>(first));
    const auto start = std::chrono::steady_clock::now();
    std::vector<float> all =
        ctx_.download(decoder_.logits(ctx_, activations_, rows, ctx_.upload({count}, chosen)));
    seconds_ += seconds_since(start);
    return all;
  }
  double seconds() const { return seconds_; }

 private:
  Context& ctx_;
  const Decoder& decoder_;
  Activations activations_;
  double seconds_ = 0;
};

struct Position {
  double nats_before, nats_after, divergence;
  bool agrees;
};

Position compare(std::span<const float> p, std::span<const float> q, std::size_t target) {
  const double log_p = log_of_sum(p), log_q = log_of_sum(q);
  return {log_p - static_cast<double>(p[target]), log_q - static_cast<double>(q[target]),
          divergence(p, log_p, q, log_q),
          std::max_element(p.begin(), p.end()) - p.begin() ==
              std::max_element(q.begin(), q.end()) - q.begin()};
}

// Root of the mean square of what changed over that of the values. Rotary rows of the two may be
// held in other orders: they are compared in Hugging Face's.
double tensor_error(Context& ctx, const Decoder& before, const Decoder& after, std::size_t i) {
  const TensorSpec& spec = before.weights().specs()[i];
  const std::vector<float> a = ctx.download(before.weights()[i]);
  const std::vector<float> b = ctx.download(after.weights()[i]);
  const std::int64_t width = spec.shape[1];
  const auto row_of = [&](const Decoder& model, const std::vector<float>& values, std::int64_t r) {
    return values.data() + held_row(spec, &TensorSpec::hf, model.config().rope.style, r) * width;
  };
  double off = 0, all = 0;
  for (std::int64_t r = 0; r < spec.shape[0]; ++r) {
    const float* const own = row_of(before, a, r);
    const float* const other = row_of(after, b, r);
    for (std::int64_t c = 0; c < width; ++c) {
      const double x = static_cast<double>(own[c]), difference = static_cast<double>(other[c]) - x;
      off += difference * difference;
      all += x * x;
    }
  }
  return all > 0 ? std::sqrt(off / all) : 0;
}

std::vector<TensorLoss> tensor_losses(Context& ctx, const Decoder& before, const Decoder& after) {
  std::vector<TensorLoss> losses;
  for (std::size_t i = 0; i < before.weights().size(); ++i) {
    const TensorSpec& spec = before.weights().specs()[i];
    if (!spec.is_matrix()) continue;
    check_cancelled();
    const Tensor& now = after.weights()[i];
    losses.push_back({spec.gguf.name.empty() ? spec.name : spec.gguf.name, now.dtype(),
                      static_cast<std::int64_t>(now.bytes()), tensor_error(ctx, before, after, i)});
  }
  return losses;
}

}  // namespace

double ModelComparison::perplexity_before() const {
  return std::exp(nats_before / static_cast<double>(positions));
}
double ModelComparison::perplexity_after() const {
  return std::exp(nats_after / static_cast<double>(positions));
}

ModelComparison compare_models(Context& ctx, const Decoder& before, const Decoder& after,
                               std::span<const std::int32_t> ids, std::int64_t window) {
  const auto windows = static_cast<std::int64_t>(ids.size()) / std::max<std::int64_t>(window, 1);
  if (window < 2 || windows == 0) {
    fail(ErrorCode::kInvalidArgument,
         "a text of " + std::to_string(ids.size()) + " tokens has no window of " +
             std::to_string(window),
         {}, "give more text, or a smaller window");
  }
  if (before.weights().size() != after.weights().size() ||
      before.config().vocab_size != after.config().vocab_size) {
    fail(ErrorCode::kMismatch, "the two models are not of one shape");
  }
  Run first(ctx, before, window), second(ctx, after, window);
  ModelComparison result;
  std::vector<double> divergences;
  std::int64_t agreed = 0;
  const auto vocab = static_cast<std::size_t>(before.config().vocab_size);
  Progress progress("compare", static_cast<std::uint64_t>(windows * window), "tok");
  for (std::int64_t w = 0; w < windows; ++w) {
    check_cancelled();
    const auto tokens =
        ids.subspan(static_cast<std::size_t>(w * window), static_cast<std::size_t>(window));
    const Batch batch = make_batch(ctx, tokens, {}, 1);
    first.forward(batch);
    second.forward(batch);
    for (std::int64_t at = 0; at + 1 < window; at += kRows) {
      const std::int64_t count = std::min(kRows, window - 1 - at);
      const std::vector<float> p = first.logits(window, at, count);
      const std::vector<float> q = second.logits(window, at, count);
      std::vector<Position> positions(static_cast<std::size_t>(count));
      ctx.pool().run(count, [&](std::int64_t n, int) {
        const auto row = static_cast<std::size_t>(n);
        positions[row] = compare(
            std::span(p).subspan(row * vocab, vocab), std::span(q).subspan(row * vocab, vocab),
            static_cast<std::size_t>(tokens[static_cast<std::size_t>(at + n + 1)]));
      });
      for (const Position& position : positions) {
        result.nats_before += position.nats_before;
        result.nats_after += position.nats_after;
        result.divergence += position.divergence;
        divergences.push_back(position.divergence);
        agreed += position.agrees ? 1 : 0;
      }
    }
    progress.add(static_cast<std::uint64_t>(window));
  }
  result.positions = static_cast<std::int64_t>(divergences.size());
  result.divergence /= static_cast<double>(result.positions);
  result.agreement = static_cast<double>(agreed) / static_cast<double>(result.positions);
  std::sort(divergences.begin(), divergences.end());
  for (const double share : {0.5, 0.9, 0.99, 1.0}) {
    const auto last = static_cast<double>(divergences.size() - 1);
    result.divergence_by_share.push_back(
        divergences[static_cast<std::size_t>(std::floor(share * last))]);
  }
  result.seconds_before = first.seconds();
  result.seconds_after = second.seconds();
  result.tensors = tensor_losses(ctx, before, after);
  return result;
}

Json to_json(const ModelComparison& c) {
  Json json = Json::object();
  json["positions"] = c.positions;
  json["perplexity_before"] = c.perplexity_before();
  json["perplexity_after"] = c.perplexity_after();
  json["kl_divergence"] = c.divergence;
  for (const double value : c.divergence_by_share) {
    json["kl_divergence_below_50_90_99_100"].push_back(value);
  }
  json["top_1_agreement"] = c.agreement;
  json["tokens_per_second_before"] = static_cast<double>(c.positions) / c.seconds_before;
  json["tokens_per_second_after"] = static_cast<double>(c.positions) / c.seconds_after;
  for (const TensorLoss& tensor : c.tensors) {
    Json entry = Json::object();
    entry["name"] = tensor.name;
    entry["type"] = dtype_info(tensor.dtype).name;
    entry["bytes"] = tensor.bytes;
    entry["error"] = tensor.error;
    json["tensors"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace lucie
