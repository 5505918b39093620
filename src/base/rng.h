// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). A value is a pure function of (seed, purpose, index, position): no state is
// saved, and nothing depends on the order in which things are drawn.
//
//   Rng rng(seed, "init/model.embed_tokens.weight", row);  float x = rng.normal();
//
// Layout, repeated by tools/philox.py: key = (seed low, seed high); counter = (block, index low,
// index high, FNV-1a-32 of the purpose); each block gives four words, used in order.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lucie {

// One block of the generator: ten rounds.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

  std::uint32_t next();
  float uniform();     // [0, 1), 24 bits
  double uniform53();  // [0, 1), 53 bits, takes two words
  float normal();      // Box-Muller in double, two words a value, cosine branch only
  std::uint64_t below(std::uint64_t n);  // [0, n), unbiased; n > 0

 private:
  std::uint32_t key_[2];
  std::uint32_t counter_[4];
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

// A keyed bijection of [0, n): a shuffle that needs no table, so that element i of a shuffled
// order is found without drawing those before it. Feistel network with cycle walking.
class Permutation {
 public:
  Permutation(std::uint64_t n, std::uint64_t seed, std::string_view purpose);
  std::uint64_t operator()(std::uint64_t i) const;  // i < n
  std::uint64_t inverse(std::uint64_t i) const;     // of which i is the image

 private:
  std::uint64_t n_;
  int half_bits_;
  std::array<std::uint64_t, 6> keys_{};
};

}  // namespace lucie
