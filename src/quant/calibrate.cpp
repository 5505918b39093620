#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "quant/importance.h"
#include "quant/matrix_inputs.h"

namespace lucie {
namespace {

// Sums of squares by column, in double until all is seen.
class Sums {
 public:
  explicit Sums(const Decoder& decoder) : inputs_(matrix_inputs(decoder.config())) {
    for (const TensorSpec& spec : decoder.weights().specs()) {
      if (spec.layer >= 0 && spec.is_matrix()) names_[{spec.layer, spec.slot}] = spec.gguf.name;
    }
  }

  void add(Context& ctx, std::int64_t layer, const LayerSlots& slots) {
    for (const MatrixInput& input : inputs_) {
      const Tensor& value = slots.*input.input;
      const std::vector<float> x = ctx.download(value);
      const auto width = static_cast<std::size_t>(value.numel() / value.shape()[0]);
      std::vector<double>& sums = sums_[{layer, input.slots.front()}];
      sums.resize(width);
      constexpr std::size_t kColumns = 256;
      ctx.pool().run(static_cast<std::int64_t>((width - 1) / kColumns + 1),
                     [&](std::int64_t task, int) {
                       const std::size_t begin = static_cast<std::size_t>(task) * kColumns;
                       const std::size_t end = std::min(begin + kColumns, width);
                       for (std::size_t row = 0; row < x.size(); row += width) {
                         for (std::size_t c = begin; c < end; ++c) {
                           sums[c] += double{x[row + c]} * double{x[row + c]};
                         }
                       }
                     });
    }
  }

  void put(ImportanceMatrix& matrix, std::int64_t rows) const {
    for (const auto& [key, sums] : sums_) {
      for (const MatrixInput& input : inputs_) {
        if (input.slots.front() != key.second) continue;
        for (const Slot slot : input.slots) {
          const auto name = names_.find({key.first, slot});
          if (name == names_.end()) continue;
          matrix.entries[name->second] = {{sums.begin(), sums.end()}, static_cast<float>(rows)};
        }
      }
    }
  }

 private:
  using Key = std::pair<std::int64_t, Slot>;
  std::vector<MatrixInput> inputs_;
  std::map<Key, std::string> names_;
  std::map<Key, std::vector<double>> sums_;
};

}  // namespace

ImportanceMatrix calibrate(Context& ctx, const Decoder& decoder, std::span<const std::int32_t> ids,
                           std::int64_t window, std::int32_t bos) {
  const auto length = static_cast<std::size_t>(window);
  const std::size_t chunks = ids.size() / length;
  if (chunks == 0) {
    fail(ErrorCode::kInvalidArgument,
         "the calibration text has " + std::to_string(ids.size()) +
             " tokens, less than a window of " + std::to_string(window),
         "--calibrate", "give more text");
  }
  Activations activations(ctx, decoder.config(), window, DType::kF32, Activations::Keep::kOneLayer);
  Sums sums(decoder);
  Progress progress("calibrate", chunks * length, "tok");
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    check_cancelled();
    std::vector<std::int32_t> tokens(
        ids.begin() + static_cast<std::ptrdiff_t>(chunk * length),
        ids.begin() + static_cast<std::ptrdiff_t>((chunk + 1) * length));
    if (bos >= 0) tokens.front() = bos;
    std::int64_t layer = 0;
    // The last that a layer shows; all its slots stand until the next begins.
    decoder.forward(ctx, make_batch(ctx, tokens, {}, 1), activations,
                    [&](const std::string& name, const Tensor&) {
                      if (!name.ends_with(".mlp_out")) return;
                      sums.add(ctx, layer, activations.layer(layer, window));
                      ++layer;
                    });
    progress.add(length);
  }
  ImportanceMatrix matrix;
  matrix.chunks = static_cast<std::int64_t>(chunks);
  matrix.chunk_size = window;
  sums.put(matrix, matrix.chunks * window);
  return matrix;
}

}  // namespace lucie
