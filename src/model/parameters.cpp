#include "model/parameters.h"

#include "base/rng.h"

namespace lucie {
namespace {

std::size_t key(Slot slot, std::int64_t layer) {
  return static_cast<std::size_t>(layer + 1) * kSlots + static_cast<std::size_t>(slot);
}

}  // namespace

Parameters::Parameters(std::vector<TensorSpec> specs)
    : specs_(std::move(specs)), tensors_(specs_.size()) {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const std::size_t k = key(specs_[i].slot, specs_[i].layer);
    if (index_.size() <= k) index_.resize(k + 1, -1);
    index_[k] = static_cast<std::int32_t>(i);
  }
}

const Tensor& Parameters::at(Slot slot, std::int64_t layer) const {
  static const Tensor undefined;
  const std::size_t k = key(slot, layer);
  if (k >= index_.size() || index_[k] < 0) return undefined;
  return tensors_[static_cast<std::size_t>(index_[k])];
}

Affine Parameters::affine(Slot slot, std::int64_t layer) const {
  return {at(slot, layer), at(bias_of(slot), layer)};
}

const Tensor& Parameters::head() const {
  const Tensor& own = at(Slot::kHead);
  return own.defined() ? own : at(Slot::kEmbedding);
}

Parameters make_zeros(Context& ctx, const std::vector<TensorSpec>& specs, DType dtype) {
  Parameters result(specs);
  for (std::size_t i = 0; i < specs.size(); ++i) result.set(i, ctx.zeros(dtype, specs[i].shape));
  return result;
}

std::vector<float> initial_values(const TensorSpec& spec, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(spec.shape.numel()),
                            spec.is_bias() ? 0.0f : 1.0f);
  if (!spec.is_matrix()) return values;
  const std::int64_t width = spec.shape.last();
  for (std::int64_t row = 0; row < spec.shape.rows(); ++row) {
    Rng rng(seed, "init/" + spec.name, static_cast<std::uint64_t>(row));
    for (std::int64_t i = 0; i < width; ++i) {
      values[static_cast<std::size_t>(row * width + i)] =
          rng.normal() * static_cast<float>(spec.init_std);
    }
  }
  return values;
}

Parameters make_initial(Context& ctx, const ModelConfig& config, std::uint64_t seed, DType dtype) {
  Parameters result(family(config.architecture).tensors(config));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const TensorSpec& spec = result.specs()[i];
    const DType type = spec.is_matrix() ? dtype : DType::kF32;
    result.set(i, ctx.upload(type, spec.shape, initial_values(spec, seed)));
  }
  return result;
}

Parameters make_working_copy(Context& ctx, const Parameters& master, DType dtype) {
  Parameters result(master.specs());
  for (std::size_t i = 0; i < master.size(); ++i) {
    const TensorSpec& spec = master.specs()[i];
    if (!spec.is_matrix() || dtype == DType::kF32) {
      result.set(i, master[i]);  // shared: norms and biases are read in f32
      continue;
    }
    Tensor copy = ctx.empty(dtype, spec.shape);
    ctx.op().copy(ctx, copy, master[i]);
    result.set(i, copy);
  }
  return result;
}

}  // namespace lucie
