// A set of tensors laid out by a family's table: the weights of a model, their gradients, or an
// optimizer moment. Found by slot and layer, never by name, once built.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/family.h"
#include "tensor/context.h"

namespace lucie {

// A projection y = x weight^T + bias, or a norm's gain and bias. bias may be undefined.
struct Affine {
  Tensor weight, bias;
};

class Parameters {
 public:
  Parameters() = default;
  // All tensors undefined; set() them, or use one of the makers below.
  explicit Parameters(std::vector<TensorSpec> specs);

  const std::vector<TensorSpec>& specs() const { return specs_; }
  std::size_t size() const { return specs_.size(); }
  const Tensor& operator[](std::size_t i) const { return tensors_[i]; }
  void set(std::size_t i, Tensor tensor) { tensors_[i] = std::move(tensor); }
  // Undefined when the family has no such tensor.
  const Tensor& at(Slot slot, std::int64_t layer = -1) const;
  // In the table; the family has the tensor.
  std::size_t position(Slot slot, std::int64_t layer = -1) const;
  // A slot that may have a bias, with it.
  Affine affine(Slot slot, std::int64_t layer = -1) const;
  // The projection onto the vocabulary: the embedding where they are tied.
  const Tensor& head() const;

 private:
  std::vector<TensorSpec> specs_;
  std::vector<Tensor> tensors_;
  std::vector<std::int32_t> index_;  // (layer + 1) * slots + slot -> position, -1 when absent
};

// Zeros of the table's shapes: gradients, moments.
Parameters make_zeros(Context& ctx, const std::vector<TensorSpec>& specs, DType dtype);
// Initial weights: a pure function of (seed, tensor name, element), independent of layout.
Parameters make_initial(Context& ctx, const ModelConfig& config, std::uint64_t seed, DType dtype);
// A copy in another type: the working weights of bf16 training. Norms and biases stay f32.
Parameters make_working_copy(Context& ctx, const Parameters& master, DType dtype);

// Host values of one initial tensor, in f32; and of its rows from `first` on.
std::vector<float> initial_values(const TensorSpec& spec, std::uint64_t seed);
void initial_rows(const TensorSpec& spec, std::uint64_t seed, std::int64_t first,
                  std::span<float> values);

}  // namespace lucie
