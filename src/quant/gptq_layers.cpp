#include "quant/gptq_layers.h"

#include <numeric>
#include <optional>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "quant/matrix_inputs.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

// One layer of a decoder as a decoder of its own. What enters it is a window's rows of the stream,
// which stand where its embedding would: token n of the window is row n.
class Layer {
 public:
  Layer(Context& ctx, const Decoder& whole, std::int64_t layer, std::int64_t window)
      : ctx_(ctx),
        config_(whole.config()),
        activations_(ctx, one_layer(window), window, DType::kF32, Activations::Keep::kOneLayer),
        weights_(family(config_.architecture).tensors(config_)) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const TensorSpec& spec = weights_.specs()[i];
      if (spec.slot == Slot::kEmbedding) continue;
      weights_.set(i, whole.weights().at(spec.slot, spec.layer < 0 ? -1 : layer));
    }
    std::vector<std::int32_t> rows(static_cast<std::size_t>(window));
    std::iota(rows.begin(), rows.end(), 0);
    batch_ = make_batch(ctx, rows, {}, 1);
    stream_ = ctx.empty(DType::kF32, {window, config_.hidden_size});
    weights_.set(weights_.position(Slot::kEmbedding, -1), stream_);
    decoder_.emplace(ctx_, config_, weights_);
  }

  const Tensor& weight(Slot slot) const { return weights_.at(slot, 0); }
  void set(Slot slot, const Tensor& weight) {
    weights_.set(weights_.position(slot, 0), weight);
    decoder_.emplace(ctx_, config_, weights_);
  }

  // The slots that a pass of these rows (T, C) leaves.
  LayerSlots run(const Tensor& stream) {
    ctx_.op().copy(ctx_, stream_, stream);
    decoder_->forward(ctx_, batch_, activations_);
    return activations_.layer(0, batch_.rows());
  }
  // What the last pass hands on (T, C).
  Tensor outgoing() const { return activations_.final_state(batch_.rows()).h; }

 private:
  const ModelConfig& one_layer(std::int64_t window) {
    config_.num_hidden_layers = 1;
    config_.vocab_size = window;
    config_.tie_word_embeddings = true;
    config_.embedding_multiplier = config_.logit_multiplier = 1;
    return config_;
  }

  Context& ctx_;
  ModelConfig config_;
  Activations activations_;
  Parameters weights_;
  Batch batch_;
  Tensor stream_;  // the embedding
  std::optional<Decoder> decoder_;
};

// What enters the first layer, a tensor (T, C) for each window.
std::vector<Tensor> embedded(Context& ctx, const Decoder& decoder,
                             std::span<const std::int32_t> ids, std::int64_t window) {
  std::vector<Tensor> streams;
  const auto length = static_cast<std::size_t>(window);
  for (std::size_t begin = 0; begin + length <= ids.size(); begin += length) {
    const Tensor stream = ctx.empty(DType::kF32, {window, decoder.config().hidden_size});
    ctx.op().gather_rows(ctx, stream, decoder.weights().at(Slot::kEmbedding),
                         ctx.upload({window}, ids.subspan(begin, length)));
    ctx.op().scale(ctx, stream, static_cast<float>(decoder.config().embedding_multiplier));
    streams.push_back(stream);
  }
  return streams;
}

}  // namespace

void gptq_layers(Context& ctx, const Decoder& decoder, const CalibrationIds& calibration,
                 const GptqSettings& settings, const GptqSink& sink) {
  const auto& [ids, window] = calibration;
  const std::vector<Tensor> streams = embedded(ctx, decoder, ids, window);
  if (streams.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "the calibration text has " + std::to_string(ids.size()) +
             " tokens, less than a window of " + std::to_string(window),
         "--calibrate", "give more text");
  }
  const std::int64_t layers = decoder.config().num_hidden_layers;
  Progress progress("round layers", static_cast<std::uint64_t>(layers), "layers");
  for (std::int64_t l = 0; l < layers; ++l) {
    Layer layer(ctx, decoder, l, window);
    for (const MatrixInput& step : matrix_inputs(decoder.config())) {
      Tensor hessian;
      for (const Tensor& stream : streams) {
        check_cancelled();
        const Tensor input = layer.run(stream).*step.input;
        if (!hessian.defined()) {
          hessian = ctx.zeros(DType::kF32, {input.shape().last(), input.shape().last()});
        }
        ctx.op().matmul_dw(ctx, hessian, input, input);
      }
      for (const Slot slot : step.slots) {
        if (!layer.weight(slot).defined()) continue;
        const Shape shape = layer.weight(slot).shape();
        GptqMatrix matrix = gptq(ctx, layer.weight(slot), hessian, settings);
        layer.set(slot, ctx.upload(DType::kF32, shape, matrix.values(settings.group_size)));
        sink(decoder.weights().position(slot, l), std::move(matrix));
      }
    }
    for (const Tensor& stream : streams) {
      layer.run(stream);
      ctx.op().copy(ctx, stream, layer.outgoing());
    }
    progress.add(1);
  }
}

}  // namespace lucie
