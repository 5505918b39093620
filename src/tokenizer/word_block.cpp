#include "tokenizer/word_block.h"

#include <array>
#include <bit>
#include <cstring>

#include "tokenizer/char_kind.h"
#include "tokenizer/unicode.h"
#include "tokenizer/word_scanner.h"

namespace lucie {
namespace {

using Bytes = std::uint8_t __attribute__((vector_size(16)));

enum Plane : int { kLetter, kNumber, kSpace, kNewline, kBlank, kApostrophe, kHigh = 7 };

Bytes filled(std::uint8_t value) {
  return Bytes{} + value;
}

// A byte with one bit for each plane that it is in.
Bytes planes_of(Bytes c) {
  const auto plane = [](auto members, Plane bit) {
    return reinterpret_cast<Bytes>(members) & filled(static_cast<std::uint8_t>(1 << bit));
  };
  const auto in_range = [&](Bytes x, char first, std::uint8_t count) {
    return x - filled(static_cast<std::uint8_t>(first)) < filled(count);
  };
  const auto is = [&](char x) { return c == filled(static_cast<std::uint8_t>(x)); };
  return plane(in_range(c | filled(0x20), 'a', 26), kLetter) |
         plane(in_range(c, '0', 10), kNumber) | plane(in_range(c, '\t', 5) | is(' '), kSpace) |
         plane(is('\n') | is('\r'), kNewline) | plane(is(' '), kBlank) |
         plane(is('\''), kApostrophe) | (c & filled(1 << kHigh));
}

// Bit i: whether the bit of the plane is set in byte i.
std::uint64_t gather(const std::array<std::uint64_t, 8>& bytes, Plane plane) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // The eight bits end up side by side in the highest byte of the product.
    const std::uint64_t bits = (bytes[i] >> plane & 0x0101010101010101ULL) * 0x0102040810204080ULL;
    result |= bits >> 56 << (8 * i);
  }
  return result;
}

constexpr std::uint64_t bit(std::size_t i) {
  return std::uint64_t{1} << i;
}

}  // namespace

WordBlock::WordBlock(std::string_view text) : text_(text) {
  std::array<std::uint64_t, 8> bytes;
  for (std::size_t i = 0; i < kSize; i += sizeof(Bytes)) {
    Bytes part;
    std::memcpy(&part, text.data() + i, sizeof part);
    part = planes_of(part);
    std::memcpy(&bytes[i / 8], &part, sizeof part);
  }
  letter_ = gather(bytes, kLetter);
  number_ = gather(bytes, kNumber);
  space_ = gather(bytes, kSpace);
  newline_ = gather(bytes, kNewline);
  blank_ = gather(bytes, kBlank);
  apostrophe_ = gather(bytes, kApostrophe);
  if (text.size() < kSize) known_ = bit(text.size()) - 1;
  add_characters(gather(bytes, kHigh) & known_);
}

// Characters of several bytes. What is there of one that the block cuts is not made out, nor are
// numbers of several bytes, of which other rules would have to be told how many they are.
void WordBlock::add_characters(std::uint64_t high) {
  const CharKindTable& kinds = CharKindTable::instance();
  while (high != 0) {
    const auto at = static_cast<std::size_t>(std::countr_zero(high));
    const std::size_t length = unicode::char_length(static_cast<unsigned char>(text_[at]));
    const CharKind kind =
        at + length > kSize ? CharKind::kNumber : kinds(unicode::code_point(&text_[at]));
    if (kind == CharKind::kNumber) {
      known_ = bit(at) - 1;
      return;
    }
    const std::uint64_t character = (bit(length) - 1) << at;
    if (kind == CharKind::kLetter) letter_ |= character;
    if (kind == CharKind::kSpace) space_ |= character;
    inner_ |= character & character << 1;
    high &= ~character;
  }
}

// The first bytes of the characters that end at these.
std::uint64_t WordBlock::first_bytes(std::uint64_t last_bytes) const {
  for (int i = 0; i < 3; ++i) last_bytes = (last_bytes & ~inner_) | (last_bytes & inner_) >> 1;
  return last_bytes;
}

// The starts up to the last run, which is the first whose end is not known.
std::uint64_t WordBlock::complete(std::uint64_t starts, std::uint64_t runs) const {
  const std::uint64_t seen = runs & known_;
  if (seen == 0) return 1;
  return (starts | 1) & (~std::uint64_t{0} >> std::countl_zero(seen));
}

// A contraction is one where a word starts with it; what follows is a word of its own.
std::uint64_t WordBlock::with_contractions(std::uint64_t starts, bool any_case) const {
  for (std::uint64_t left = apostrophe_ & starts & known_; left != 0; left &= left - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(left));
    const std::size_t length = contraction_length(text_.substr(at), any_case);
    if (length == 0) continue;
    starts &= ~((bit(length) - 1) << at << 1);
    if (at + length < kSize) starts |= bit(at + length);
  }
  return starts;
}

std::uint64_t WordBlock::gpt2_starts() const {
  const std::uint64_t runs = this->runs();
  const std::uint64_t last_spaces = space_ & ~(space_ >> 1);
  // The last space of several stands apart, and a blank goes with the word behind it.
  std::uint64_t starts = runs | first_bytes(last_spaces);
  starts &= ~((blank_ & last_spaces) << 1);
  return complete(with_contractions(starts | 1, false), runs);
}

// Letters that go with the one character before them that is neither letter, number nor space. It
// must be alone, and no blank may stand before it, which would have taken it.
std::uint64_t WordBlock::letters_behind_a_sign(std::uint64_t runs) const {
  const std::uint64_t sign = other();
  const std::uint64_t first_in_run = sign & runs & ~(blank_ << 1);
  std::uint64_t signs = first_bytes((letter_ & runs) >> 1 & sign) & first_in_run;
  signs <<= 1;
  for (int i = 0; i < 3; ++i) signs = (signs & ~inner_) | (signs & inner_) << 1;
  return signs;
}

std::uint64_t WordBlock::cl100k_starts() const {
  const std::uint64_t runs = this->runs();
  std::uint64_t starts = letter_ & runs & ~((space_ & ~newline_) << 1);
  starts &= ~letters_behind_a_sign(runs);
  starts |= other() & runs & ~(blank_ << 1);
  // Digits by threes.
  for (std::uint64_t digits = number_ & runs; digits != 0;) {
    starts |= digits;
    digits = digits << 3 & number_ & number_ << 1 & number_ << 2;
  }
  // Newlines go with the signs before them; the sum carries over the whole run of them.
  const std::uint64_t taken = newline_ & ~(newline_ + (newline_ & other() << 1));
  const std::uint64_t space = space_ & ~taken;
  starts |= space & ~(space << 1);
  starts |= first_bytes(space & ~(space >> 1) & ~newline_);
  // Up to the last newline of a run of spaces is a word.
  const std::uint64_t within = space & ~newline_;
  for (std::uint64_t left = within & (space & newline_) << 1; left != 0; left &= left - 1) {
    const int at = std::countr_zero(left);
    const int length = std::countr_one(within >> at);
    if (at + length >= 64 || (space >> (at + length) & 1) == 0) starts |= left & -left;
  }
  return complete(with_contractions(starts | 1, true), runs);
}

}  // namespace lucie
