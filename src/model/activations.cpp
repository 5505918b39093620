// Shapes of what the forward pass keeps, in one list that both allocation and planning read.
#include "base/error.h"
#include "model/decoder.h"

namespace lucie {
namespace {

struct SlotShape {
  Tensor LayerSlots::* slot;
  bool wide;  // f32 whatever the activations' type
  Shape shape;
};

std::vector<SlotShape> layer_shapes(const ModelConfig& c, std::int64_t rows) {
  const std::int64_t C = c.hidden_size, F = c.intermediate_size, D = c.head_dim;
  const std::int64_t H = c.num_attention_heads, K = c.num_key_value_heads;
  return {
      {&LayerSlots::residual1, true, {rows, C}},
      {&LayerSlots::rstd1, true, {rows}},
      {&LayerSlots::norm1, false, {rows, C}},
      {&LayerSlots::q, false, {rows, H, D}},
      {&LayerSlots::k, false, {rows, K, D}},
      {&LayerSlots::v, false, {rows, K, D}},
      {&LayerSlots::attention, false, {rows, H * D}},
      {&LayerSlots::lse, true, {rows, H}},
      {&LayerSlots::residual2, true, {rows, C}},
      {&LayerSlots::rstd2, true, {rows}},
      {&LayerSlots::norm2, false, {rows, C}},
      {&LayerSlots::gate, false, {rows, F}},
      {&LayerSlots::up, false, {rows, F}},
      {&LayerSlots::hidden, false, {rows, F}},
  };
}

}  // namespace

Activations::Activations(Context& ctx, const ModelConfig& config, std::int64_t rows, DType dtype,
                         Keep keep)
    : dtype_(dtype), rows_(rows) {
  const std::int64_t sets = keep == Keep::kAllLayers ? config.num_hidden_layers : 1;
  for (std::int64_t i = 0; i < sets; ++i) {
    LayerSlots slots;
    for (const SlotShape& s : layer_shapes(config, rows)) {
      slots.*s.slot = ctx.empty(s.wide ? DType::kF32 : dtype, s.shape);
    }
    layers_.push_back(std::move(slots));
  }
  const std::int64_t C = config.hidden_size;
  embedding_ = ctx.empty(DType::kF32, {rows, C});
  branch_ = ctx.empty(dtype, {rows, C});
  final_residual_ = ctx.empty(DType::kF32, {rows, C});
  final_rstd_ = ctx.empty(DType::kF32, {rows});
  final_norm_ = ctx.empty(dtype, {rows, C});
}

LayerSlots Activations::layer(std::int64_t layer, std::int64_t rows) const {
  LUCIE_ASSERT(rows <= rows_);
  LayerSlots window = layers_[static_cast<std::size_t>(layer) % layers_.size()];
  for (Tensor LayerSlots::* slot :
       {&LayerSlots::residual1, &LayerSlots::rstd1, &LayerSlots::norm1, &LayerSlots::q,
        &LayerSlots::k, &LayerSlots::v, &LayerSlots::attention, &LayerSlots::lse,
        &LayerSlots::residual2, &LayerSlots::rstd2, &LayerSlots::norm2, &LayerSlots::gate,
        &LayerSlots::up, &LayerSlots::hidden}) {
    window.*slot = (window.*slot).rows(0, rows);
  }
  return window;
}

std::size_t Activations::bytes(const ModelConfig& config, std::int64_t rows, DType dtype,
                               Keep keep) {
  std::size_t per_layer = 0;
  for (const SlotShape& s : layer_shapes(config, rows)) {
    per_layer += row_bytes(s.wide ? DType::kF32 : dtype, s.shape.numel());
  }
  const std::size_t sets =
      keep == Keep::kAllLayers ? static_cast<std::size_t>(config.num_hidden_layers) : 1;
  const std::int64_t stream = rows * config.hidden_size;
  return sets * per_layer + 2 * row_bytes(dtype, stream) + 2 * row_bytes(DType::kF32, stream) +
         row_bytes(DType::kF32, rows);
}

}  // namespace lucie
