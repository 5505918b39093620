// How text models lie in their file, for the two sides of text_model.h.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "corpus/quality/text_scan.h"
#include "tokenizer/unicode.h"

namespace lucie::text_model {

inline constexpr std::string_view kMagic = "LUCITEXT";
inline constexpr std::uint32_t kVersion = 1;

struct Header {  // little-endian, 128 bytes; tables follow, shortest n-grams first, words last
  char magic[8];
  std::uint32_t version, order;
  std::uint64_t slots[5];  // of the n-grams of each length; powers of two, or 0
  std::uint64_t word_slots;
  double head, middle;
  char language[8];                // zeros at its end
  std::uint64_t documents, bytes;  // trained on
  double unseen_bits;              // of a byte that was never seen
  std::uint64_t reserved[2];
};
static_assert(sizeof(Header) == 128);

// A slot: 40 bits of n-gram (first byte on top), 12 bits of -log2 of the probability and 12 of the
// backoff, in steps of 1/128 bit.
inline constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
inline constexpr double kSteps = 128;

inline std::uint64_t quantized(double probability) {
  const double steps = probability > 0 ? std::round(-std::log2(probability) * kSteps) : 4095;
  return static_cast<std::uint64_t>(std::clamp(steps, 0.0, 4095.0));
}

inline std::size_t slot_of(std::uint64_t key, std::size_t slots) {
  key ^= key >> 29;
  key *= 0x9E3779B97F4A7C15;
  return static_cast<std::size_t>(key >> 32) & (slots - 1);
}

// At least a quarter of the slots stays empty, so that a look-up ends soon.
inline std::uint64_t slots_for(std::uint64_t entries) {
  return std::bit_ceil(entries + entries / 3 + 1);
}

// Bytes as the model sees them: figures are all alike, and so is white space of any length.
template <typename Work>
void for_each_symbol(std::string_view text, const Work& work) {
  bool after_space = true;
  for (const char c : text) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (is_space && after_space) continue;
    after_space = is_space;
    const bool is_digit = c >= '0' && c <= '9';
    work(static_cast<unsigned char>(is_space ? ' ' : is_digit ? '0' : c));
  }
}

// Hashes of the words of letters, in lower case; never 0.
template <typename Work>
void for_each_word(std::string_view text, const Work& work) {
  std::string lower;
  for (const quality::Word& word : quality::scan_text(text).words) {
    if ((word.kinds & quality::kLetter) == 0) continue;
    lower.clear();
    for (std::size_t at = word.begin; at < word.begin + word.bytes;) {
      unicode::append_lower_case(lower, unicode::code_point(text.data() + at));
      at += unicode::char_length(static_cast<unsigned char>(text[at]));
    }
    work(std::max<std::uint64_t>(1, hash64(lower)));
  }
}

}  // namespace lucie::text_model
