#include "model/parameters.h"

#include <algorithm>

#include "base/error.h"
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

std::size_t Parameters::position(Slot slot, std::int64_t layer) const {
  const std::size_t k = key(slot, layer);
  LUCIE_ASSERT(k < index_.size() && index_[k] >= 0);
  return static_cast<std::size_t>(index_[k]);
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

void initial_rows(const TensorSpec& spec, std::uint64_t seed, std::int64_t first,
                  std::span<float> values) {
  if (!spec.is_matrix()) return std::fill(values.begin(), values.end(), spec.is_bias() ? 0.f : 1.f);
  const auto width = static_cast<std::size_t>(spec.shape.last());
  for (std::size_t at = 0; at < values.size(); at += width, ++first) {
    Rng rng(seed, "init/" + spec.name, static_cast<std::uint64_t>(first));
    for (float& value : values.subspan(at, width)) {
      value = rng.normal() * static_cast<float>(spec.init_std);
    }
  }
}

std::vector<float> initial_values(const TensorSpec& spec, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(spec.shape.numel()));
  initial_rows(spec, seed, 0, values);
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
