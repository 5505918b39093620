#include "eval/tensor_effects.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "eval/divergence.h"
#include "model/placement.h"
#include "quant/rounding.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

// What the model says of a text, to compare with what others of its shape say.
class Predictions {
 public:
  Predictions(Context& ctx, const Decoder& decoder, std::span<const std::int32_t> ids)
      : ctx_(ctx),
        rows_(std::ssize(ids)),
        activations_(ctx, decoder.config(), rows_, DType::kF32, Activations::Keep::kOneLayer),
        batch_(make_batch(ctx, ids, {}, 1)) {
    std::vector<std::int32_t> all(ids.size());
    std::iota(all.begin(), all.end(), 0);
    chosen_ = ctx.upload({rows_}, all);
    exact_ = logits(decoder);
    vocabulary_ = exact_.size() / ids.size();
    for (std::size_t row = 0; row < ids.size(); ++row) {
      exact_sums_.push_back(log_of_sum(row_of(exact_, row)));
    }
  }

  // Mean over the rows.
  double divergence_of(const Decoder& other) {
    const std::vector<float> found = logits(other);
    std::vector<double> rows(exact_sums_.size());
    ctx_.pool().run(rows_, [&](std::int64_t n, int) {
      const auto row = static_cast<std::size_t>(n);
      const std::span<const float> q = row_of(found, row);
      rows[row] = divergence(row_of(exact_, row), exact_sums_[row], q, log_of_sum(q));
    });
    return std::accumulate(rows.begin(), rows.end(), 0.0) / static_cast<double>(rows_);
  }

 private:
  std::vector<float> logits(const Decoder& decoder) {
    decoder.forward(ctx_, batch_, activations_);
    return ctx_.download(decoder.logits(ctx_, activations_, rows_, chosen_));
  }
  std::span<const float> row_of(const std::vector<float>& all, std::size_t row) const {
    return std::span(all).subspan(row * vocabulary_, vocabulary_);
  }

  Context& ctx_;
  std::int64_t rows_;
  Activations activations_;
  Batch batch_;
  Tensor chosen_;
  std::vector<float> exact_;
  std::vector<double> exact_sums_;
  std::size_t vocabulary_ = 0;
};

// Four bits, but not those that the tensor has.
DType probe_of(DType held) {
  return held == DType::kQ4_0 ? DType::kIQ4_NL : DType::kQ4_0;
}

// The tensor as four bits hold it, and what that lost.
Tensor rounded(Context& ctx, const Tensor& exact, std::span<const float> importance,
               SquaredError& error) {
  const DType type = probe_of(exact.dtype());
  const std::int64_t width = exact.shape().last();
  const std::vector<float> values = ctx.download(exact);
  std::vector<std::byte> bytes(tensor_bytes(type, exact.shape()));
  std::vector<float> row(static_cast<std::size_t>(width));
  for (std::int64_t r = 0; r < exact.shape().rows(); ++r) {
    std::byte* const to = bytes.data() + row_bytes(type, r * width);
    const std::span own =
        std::span(values).subspan(static_cast<std::size_t>(r * width), row.size());
    encode_row(type, own.data(), to, width, importance.empty() ? nullptr : importance.data());
    decode_row(type, to, row.data(), width);
    error.add(own, row, importance);
  }
  const Tensor tensor = ctx.empty(type, exact.shape());
  ctx.op().copy_from_host(ctx, tensor, bytes.data());
  return tensor;
}

}  // namespace

std::vector<double> tensor_effects(Context& ctx, const Decoder& decoder,
                                   std::span<const std::int32_t> ids,
                                   std::span<const std::vector<float>> importance) {
  LUCIE_ASSERT(ids.size() >= 2);
  const std::int64_t most = std::min(kEffectTokens, decoder.config().max_position_embeddings);
  Predictions exact(ctx, decoder, ids.first(std::min(ids.size(), static_cast<std::size_t>(most))));
  const std::vector<TensorSpec>& table = decoder.weights().specs();
  const std::vector<FileTensor> files = file_tensors(table, &TensorSpec::gguf);
  std::vector<double> effects(files.size());
  Progress progress("effects", files.size(), "tensors");
  for (std::size_t i = 0; i < files.size(); ++i) {
    check_cancelled();
    progress.add(1);
    const std::int64_t width = files[i].shape.last();
    if (!table[files[i].parts.front()].is_matrix() || width % dtype_info(DType::kQ4_0).block != 0) {
      continue;
    }
    SquaredError error;
    Parameters weights = decoder.weights();
    for (const std::size_t part : files[i].parts) {
      weights.set(part,
                  rounded(ctx, weights[part],
                          importance.empty() ? std::span<const float>() : importance[i], error));
    }
    if (error.relative() == 0) continue;
    effects[i] =
        exact.divergence_of(Decoder(ctx, decoder.config(), std::move(weights))) / error.relative();
    if (!std::isfinite(effects[i])) {
      fail(ErrorCode::kInvalidArgument, "the model's predictions are no numbers", files[i].name);
    }
  }
  return effects;
}

}  // namespace lucie
