// Shapes of what the forward pass keeps, in one list that both allocation and planning read.
#include "base/error.h"
#include "model/decoder.h"

namespace lucie {
namespace {

// How a slot can be had again in the backward pass.
enum class Origin {
  kStream,   // not at all: the layer starts from it
  kProduct,  // by matrix products or attention
  kCheap,    // from the others, without a product
};

struct SlotShape {
  Tensor LayerSlots::*slot;
  bool wide;  // f32 whatever the activations' type
  Shape shape;
  Origin origin = Origin::kProduct;

  DType type(DType narrow) const { return wide ? DType::kF32 : narrow; }
};

bool is_kept(const SlotShape& slot, Activations::Keep keep) {
  switch (keep) {
    case Activations::Keep::kAllLayers:
      return true;
    case Activations::Keep::kProducts:
      return slot.origin != Origin::kCheap;
    case Activations::Keep::kStreams:
      return slot.origin == Origin::kStream;
    case Activations::Keep::kOneLayer:
      break;
  }
  return false;
}

// Of the norms before the branches, or of the stream that they read.
void add_stream(std::vector<SlotShape>& shapes, const ModelConfig& c, std::int64_t rows) {
  const Shape stream{rows, c.hidden_size};
  const bool before = c.norm_site == NormSite::kBefore;
  const bool layer_norm = c.norm == NormKind::kLayer;
  shapes.push_back({&LayerSlots::residual1, true, stream, Origin::kStream});
  shapes.push_back({&LayerSlots::norm1, false, stream, Origin::kCheap});
  shapes.push_back({&LayerSlots::rstd1, true, {rows}});
  if (layer_norm) shapes.push_back({&LayerSlots::mean1, true, {rows}});
  if (!c.parallel_residual) shapes.push_back({&LayerSlots::residual2, true, stream});
  if (!c.shared_norm) {
    shapes.push_back({&LayerSlots::norm2, false, stream, Origin::kCheap});
    shapes.push_back({&LayerSlots::rstd2, true, {rows}});
    if (layer_norm) shapes.push_back({&LayerSlots::mean2, true, {rows}});
  }
  if (before) return;
  shapes.push_back({&LayerSlots::raw1, true, stream});
  shapes.push_back({&LayerSlots::raw2, true, stream});
}

std::vector<SlotShape> layer_shapes(const ModelConfig& c, std::int64_t rows) {
  const std::int64_t F = c.intermediate_size, D = c.head_dim;
  const std::int64_t H = c.num_attention_heads, K = c.num_key_value_heads;
  std::vector<SlotShape> shapes{
      {&LayerSlots::q, false, {rows, H, D}},
      {&LayerSlots::k, false, {rows, K, D}},
      {&LayerSlots::v, false, {rows, K, D}},
      {&LayerSlots::attention, false, {rows, H * D}},
      {&LayerSlots::lse, true, {rows, H}},
      {&LayerSlots::up, false, {rows, F}},
      {&LayerSlots::hidden, false, {rows, F}, Origin::kCheap},
  };
  if (c.gated_mlp()) shapes.push_back({&LayerSlots::gate, false, {rows, F}});
  if (c.query_key_norm) {
    shapes.push_back({&LayerSlots::raw_q, true, {rows, H * D}});
    shapes.push_back({&LayerSlots::rstd_q, true, {rows}});
    shapes.push_back({&LayerSlots::raw_k, true, {rows, K * D}});
    shapes.push_back({&LayerSlots::rstd_k, true, {rows}});
  }
  add_stream(shapes, c, rows);
  return shapes;
}

constexpr Tensor LayerSlots::*kAllSlots[] = {
    &LayerSlots::residual1, &LayerSlots::mean1,     &LayerSlots::rstd1,  &LayerSlots::norm1,
    &LayerSlots::q,         &LayerSlots::k,         &LayerSlots::v,      &LayerSlots::attention,
    &LayerSlots::lse,       &LayerSlots::raw_q,     &LayerSlots::rstd_q, &LayerSlots::raw_k,
    &LayerSlots::rstd_k,    &LayerSlots::residual2, &LayerSlots::mean2,  &LayerSlots::rstd2,
    &LayerSlots::norm2,     &LayerSlots::gate,      &LayerSlots::up,     &LayerSlots::hidden,
    &LayerSlots::raw1,      &LayerSlots::raw2};

}  // namespace

Activations::Activations(Context& ctx, const ModelConfig& config, std::int64_t rows, DType dtype,
                         Keep keep)
    : dtype_(dtype), keep_(keep), rows_(rows) {
  Arena arena(ctx, bytes(config, rows, dtype, keep));
  const std::vector<SlotShape> shapes = layer_shapes(config, rows);
  LayerSlots shared;
  for (const SlotShape& s : shapes) {
    if (!is_kept(s, keep)) shared.*s.slot = arena.take(s.type(dtype), s.shape);
  }
  layers_.assign(keep == Keep::kOneLayer ? 1 : static_cast<std::size_t>(config.num_hidden_layers),
                 shared);
  for (LayerSlots& slots : layers_) {
    for (const SlotShape& s : shapes) {
      if (is_kept(s, keep)) slots.*s.slot = arena.take(s.type(dtype), s.shape);
    }
  }
  const std::int64_t C = config.hidden_size;
  embedding_ = arena.take(DType::kF32, {rows, C});
  branch_ = arena.take(dtype, {rows, C});
  final_residual_ = arena.take(DType::kF32, {rows, C});
  if (config.norm == NormKind::kLayer) final_mean_ = arena.take(DType::kF32, {rows});
  final_rstd_ = arena.take(DType::kF32, {rows});
  final_norm_ = arena.take(dtype, {rows, C});
}

LayerSlots Activations::layer(std::int64_t layer, std::int64_t rows) const {
  LUCIE_ASSERT(rows <= rows_);
  LayerSlots window = layers_[static_cast<std::size_t>(layer) % layers_.size()];
  for (Tensor LayerSlots::*slot : kAllSlots) {
    if ((window.*slot).defined()) window.*slot = (window.*slot).rows(0, rows);
  }
  return window;
}

NormState Activations::final_state(std::int64_t rows) const {
  return {final_residual_.rows(0, rows),
          final_mean_.defined() ? final_mean_.rows(0, rows) : Tensor(), final_rstd_.rows(0, rows)};
}

std::size_t Activations::bytes(const ModelConfig& config, std::int64_t rows, DType dtype,
                               Keep keep) {
  std::size_t bytes = 0;
  for (const SlotShape& s : layer_shapes(config, rows)) {
    const std::int64_t sets = is_kept(s, keep) ? config.num_hidden_layers : 1;
    bytes += static_cast<std::size_t>(sets) * Arena::room(s.type(dtype), s.shape);
  }
  const Shape stream{rows, config.hidden_size};
  const std::size_t states = config.norm == NormKind::kLayer ? 2 : 1;
  return bytes + 2 * Arena::room(dtype, stream) + 2 * Arena::room(DType::kF32, stream) +
         states * Arena::room(DType::kF32, {rows});
}

}  // namespace lucie
