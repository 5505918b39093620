#include "base/rng.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace lucie {
namespace {

// Constants of Salmon et al. 2011, section 4.3: two multipliers, and two Weyl increments (golden
// ratio, sqrt(3) - 1) that bump the key each round.
constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

std::uint32_t fnv1a_32(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::uint32_t high_word(std::uint64_t x) {
  return static_cast<std::uint32_t>(x >> 32);
}
std::uint32_t low_word(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}

// The finalizer of splitmix64 (Steele et al. 2014): every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t b = std::uint64_t{kMultiplier1} * counter[2];
    counter = {high_word(b) ^ counter[1] ^ key[0], low_word(b), high_word(a) ^ counter[3] ^ key[1],
               low_word(a)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

Rng::Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t index)
    : key_{low_word(seed), high_word(seed)},
      counter_{0, low_word(index), high_word(index), fnv1a_32(purpose)} {}

std::uint32_t Rng::next() {
  if (used_ == 4) {
    block_ = philox4x32({counter_[0], counter_[1], counter_[2], counter_[3]}, {key_[0], key_[1]});
    ++counter_[0];  // 2^34 words per index; whoever needs more takes another index
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

float Rng::uniform() {
  return static_cast<float>(next() >> 8) * 0x1p-24F;
}

double Rng::uniform53() {
  const std::uint64_t low = next();
  const std::uint64_t word = low | std::uint64_t{next()} << 32;
  return static_cast<double>(word >> 11) * 0x1p-53;
}

float Rng::normal() {
  // (0, 1], so that the logarithm is finite.
  const double radius = (static_cast<double>(next()) + 1.0) * 0x1p-32;
  const double angle = static_cast<double>(next()) * 0x1p-32;
  return static_cast<float>(std::sqrt(-2.0 * std::log(radius)) *
                            std::cos(2.0 * std::numbers::pi * angle));
}

std::uint64_t Rng::below(std::uint64_t n) {
  LUCIE_ASSERT(n > 0);
  // The lowest 2^64 mod n words are refused, so that each remainder is equally frequent.
  const std::uint64_t refused = (0 - n) % n;
  for (;;) {
    const std::uint64_t low = next();
    const std::uint64_t word = low | std::uint64_t{next()} << 32;
    if (word >= refused) return word % n;
  }
}

Permutation::Permutation(std::uint64_t n, std::uint64_t seed, std::string_view purpose) : n_(n) {
  // The smallest even number of bits that holds n - 1: at most 4 n values to walk among.
  half_bits_ = n <= 4 ? 1 : (static_cast<int>(std::bit_width(n - 1)) + 1) / 2;
  Rng rng(seed, purpose);
  for (std::uint64_t& key : keys_) {
    const std::uint64_t low = rng.next();
    key = low | std::uint64_t{rng.next()} << 32;
  }
}

std::uint64_t Permutation::operator()(std::uint64_t i) const {
  LUCIE_ASSERT(i < n_);
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {  // cycle walking: the bijection of 2^(2 half_bits), again until it falls below n
    std::uint64_t left = i >> half_bits_, right = i & mask;
    for (const std::uint64_t key : keys_) {
      const std::uint64_t next_right = left ^ (mix(right + key) & mask);
      left = right;
      right = next_right;
    }
    i = left << half_bits_ | right;
  } while (i >= n_);
  return i;
}

std::uint64_t Permutation::inverse(std::uint64_t i) const {
  LUCIE_ASSERT(i < n_);
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {  // the same walk backwards
    std::uint64_t left = i >> half_bits_, right = i & mask;
    for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) {
      const std::uint64_t before = right ^ (mix(left + *key) & mask);
      right = left;
      left = before;
    }
    i = left << half_bits_ | right;
  } while (i >= n_);
  return i;
}

}  // namespace lucie
