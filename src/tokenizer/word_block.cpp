#include "tokenizer/word_block.h"

#include <array>
#include <bit>
#include <cstring>

#include "tokenizer/char_kind.h"
#include "tokenizer/unicode.h"
#include "tokenizer/word_scanner.h"

namespace lucie {
namespace {

enum Plane : int { kLetter, kNumber, kSpace, kNewline, kBlank, kApostrophe, kHigh = 7 };
using Planes = std::array<std::uint64_t, 8>;  // bit i: whether byte i is in it

// Three times over, all bytes of the first half are interleaved with those of the second: byte p of
// word w becomes byte w of word p.
void transpose_bytes(Planes& words) {
  using Bytes = std::uint8_t __attribute__((vector_size(16)));
  std::array<Bytes, 4> v;
  std::memcpy(v.data(), words.data(), sizeof v);
  const auto low = [](Bytes a, Bytes b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  };
  const auto high = [](Bytes a, Bytes b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
  };
  for (int i = 0; i < 3; ++i) {
    v = {low(v[0], v[2]), high(v[0], v[2]), low(v[1], v[3]), high(v[1], v[3])};
  }
  std::memcpy(words.data(), v.data(), sizeof v);
}

// The planes of WordBlock::kSize bytes, by vectors of kWidth.
template <std::size_t kWidth>
[[gnu::always_inline]] inline void planes_by(const char* text, Planes& planes) {
  typedef std::uint8_t Bytes [[gnu::vector_size(kWidth)]];
  typedef std::uint64_t Words [[gnu::vector_size(kWidth)]];
  for (std::size_t at = 0; at < WordBlock::kSize; at += kWidth) {
    Bytes c;
    std::memcpy(&c, text + at, kWidth);
    const Bytes lower = (c | 0x20) - 'a', digit = c - '0', space = c - '\t';
    const Bytes newline = reinterpret_cast<Bytes>((c == '\n') | (c == '\r'));
    const Bytes blank = reinterpret_cast<Bytes>(c == ' ');
    // A byte with one bit for each plane that it is in.
    Bytes in = c & 1 << kHigh;
    in |= reinterpret_cast<Bytes>(lower < 26) & 1 << kLetter;
    in |= reinterpret_cast<Bytes>(digit < 10) & 1 << kNumber;
    in |= (reinterpret_cast<Bytes>(space < 5) | blank) & 1 << kSpace;
    in |= newline & 1 << kNewline;
    in |= blank & 1 << kBlank;
    in |= reinterpret_cast<Bytes>(c == '\'') & 1 << kApostrophe;
    // Eight of them are a square of bits, which is turned over: halves of its halves, and so on.
    Words x = reinterpret_cast<Words>(in);
    Words swap = (x ^ x >> 7) & 0x00AA00AA00AA00AAULL;
    x ^= swap ^ swap << 7;
    swap = (x ^ x >> 14) & 0x0000CCCC0000CCCCULL;
    x ^= swap ^ swap << 14;
    swap = (x ^ x >> 28) & 0x00000000F0F0F0F0ULL;
    x ^= swap ^ swap << 28;
    std::memcpy(&planes[at / 8], &x, kWidth);
  }
  transpose_bytes(planes);
}

// The program picks the widest that the processor has when it starts; the results are the same.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
[[gnu::target("arch=x86-64-v3")]] void find_planes(const char* text, Planes& planes) {
  planes_by<32>(text, planes);
}
[[gnu::target("default")]]
#endif
void find_planes(const char* text, Planes& planes) {
  planes_by<16>(text, planes);
}

constexpr std::uint64_t bit(std::size_t i) {
  return std::uint64_t{1} << i;
}

}  // namespace

WordBlock::WordBlock(std::string_view text) : text_(text) {
  Planes planes;
  find_planes(text.data(), planes);
  letter_ = planes[kLetter];
  number_ = planes[kNumber];
  space_ = planes[kSpace];
  newline_ = planes[kNewline];
  blank_ = planes[kBlank];
  apostrophe_ = planes[kApostrophe];
  if (text.size() < kSize) known_ = bit(text.size()) - 1;
  add_characters(planes[kHigh] & known_);
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
