// How much of a text repeats itself, by word n-grams: Rae et al. 2021 (Gopher), table A1, in the
// two forms in which it is computed today.
//
//   running  datatrove: characters of the text as a whole are the base; the most frequent n-gram
//            counts even when it stands once, with a space between words; a repeated n-gram is
//            stepped over whole, and n-grams are compared as their words run together.
//   covered  RedPajama-V2: characters of words are the base; the most frequent n-gram must stand
//            twice; every word that lies in some n-gram that stands twice counts once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "corpus/quality/text_scan.h"

namespace lucie::quality {

struct Repetition {
  std::array<double, 3> top{};        // share of characters in the most frequent 2-, 3-, 4-gram
  std::array<double, 6> duplicate{};  // share of characters in repeated 5- ... 10-grams
};

// `words` stand in `text`. Only the first 2^20 words are looked at, so that memory stays bounded.
Repetition running_repetition(std::string_view text, std::span<const Word> words,
                              std::uint64_t characters);
Repetition covered_repetition(std::string_view text, std::span<const Word> words);

}  // namespace lucie::quality
