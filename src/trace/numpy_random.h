// numpy.random.RandomState, bit for bit: MT19937 (Matsumoto and Nishimura 1998), which numpy seeds
// from an integer as the reference code does, and numpy's legacy shuffle. What Megatron-LM,
// Megatron-DeepSpeed and GPT-NeoX order their data with.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace lucie {

class NumpyRandomState {
 public:
  explicit NumpyRandomState(std::uint32_t seed) : engine_(seed) {}

  // RandomState.shuffle of one dimension: Fisher and Yates from the end.
  template <typename T>
  void shuffle(std::vector<T>& values, std::size_t begin, std::size_t end) {
    for (std::size_t i = end - begin; i-- > 1;) {
      std::swap(values[begin + i], values[begin + interval(i)]);
    }
  }

 private:
  // Uniform in [0, max]: bits under the smallest mask, drawn again while above.
  std::uint64_t interval(std::uint64_t max);

  std::mt19937 engine_;
};

// numpy.sum of float64: pairwise, so that the last bits agree.
double numpy_sum(const double* values, std::size_t count);

}  // namespace lucie
