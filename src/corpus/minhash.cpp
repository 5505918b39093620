#include "corpus/minhash.h"

#include <cstring>
#include <random>

#include "base/hash.h"

namespace lucie {

namespace {

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
constexpr std::size_t kLanes = 8, kStep = 2 * kLanes;  // functions the kernel takes at once

typedef std::uint64_t Lanes [[gnu::vector_size(kLanes * 8)]];

// minima[i] = min over grams x of (a[i] x + b[i]) mod 2^61 - 1, for a multiple of kStep functions.
// The compiler makes the wide variants and the program picks one when it starts; integers give the
// same result in all of them.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]]
#endif
void lower_minima(std::span<const std::uint64_t> grams, const std::uint64_t* a,
                  const std::uint64_t* b, std::span<std::uint64_t> minima) {
  for (std::size_t i = 0; i < minima.size(); i += kStep) {
    Lanes factor[2], term[2], lowest[2];
    std::memcpy(factor, a + i, sizeof factor);
    std::memcpy(term, b + i, sizeof term);
    std::memcpy(lowest, minima.data() + i, sizeof lowest);
    for (const std::uint64_t gram : grams) {
      for (int half = 0; half < 2; ++half) {
        Lanes x = factor[half] * gram + term[half];
        x = (x & kPrime) + (x >> 61);  // below 2^61 + 7: at most one prime too much
        const Lanes less = x - kPrime;
        x = x < less ? x : less;  // unsigned: `less` wraps around where x is below the prime
        lowest[half] = lowest[half] < x ? lowest[half] : x;
      }
    }
    std::memcpy(minima.data() + i, lowest, sizeof lowest);
  }
}

// A number below `bound` from numpy's legacy generator: 61 bits of two words, the first one high,
// drawn again while they are too large.
std::uint64_t draw_below(std::mt19937& random, std::uint64_t bound) {
  for (;;) {
    const std::uint64_t high = random();
    const std::uint64_t value = (high << 32 | random()) & kPrime;
    if (value < bound) return value;
  }
}

}  // namespace

bool GramReader::read(std::vector<std::uint64_t>* grams) {
  grams->clear();
  words_.keep_last(ngram_ - 1);
  while (words_.size() < ngram_) {
    if (!reader_.read(&words_)) return false;
  }
  grams->reserve(words_.size() - ngram_ + 1);
  for (std::size_t i = 0; i + ngram_ <= words_.size(); ++i) {
    const std::string_view gram = words_.range(i, ngram_);
    grams->push_back(hash_ == GramHash::kXxh64 ? xxh64(gram) : sha1_start(gram));
  }
  return true;
}

MinHasher::MinHasher(const MinHashSettings& settings) : settings_(settings) {
  const auto functions = static_cast<std::size_t>(settings.bands * settings.rows);
  const std::size_t padded = (functions + kStep - 1) / kStep * kStep;
  a_.resize(padded);
  b_.resize(padded);
  std::mt19937 random(settings.seed);
  for (std::size_t i = 0; i < functions; ++i) a_[i] = 1 + draw_below(random, kPrime - 1);
  for (std::size_t i = 0; i < functions; ++i) b_[i] = draw_below(random, kPrime);
}

std::vector<std::uint64_t> MinHasher::signature(std::string_view text) const {
  std::vector<std::uint64_t> grams, minima(a_.size(), ~std::uint64_t{0});
  GramReader reader(text, settings_.ngram, settings_.hash);
  bool any = false;
  while (reader.read(&grams)) {
    lower_minima(grams, a_.data(), b_.data(), minima);
    any = true;
  }
  minima.resize(any ? static_cast<std::size_t>(settings_.bands * settings_.rows) : 0);
  return minima;
}

std::vector<std::uint64_t> MinHasher::band_keys(std::span<const std::uint64_t> signature) const {
  std::vector<std::uint64_t> keys;
  if (signature.empty()) return keys;
  const auto rows = static_cast<std::size_t>(settings_.rows);
  for (std::size_t band = 0; band < static_cast<std::size_t>(settings_.bands); ++band) {
    const auto* bytes = reinterpret_cast<const char*>(signature.data() + band * rows);
    keys.push_back(hash64({bytes, rows * sizeof(std::uint64_t)}, band));
  }
  return keys;
}

}  // namespace lucie
