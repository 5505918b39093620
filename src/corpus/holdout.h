// The held-out text: which pages it has, and what of it stands in training after all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "corpus/dedup.h"

namespace lucie {

// By page key, so that translations, formats and copies of a page fall on one side; a function of
// (page, seed) alone, so that a page does not change sides when others come or go.
bool is_held_out(std::string_view page, std::uint64_t seed, double share);
// Where pages stand between 0 and 1: those below the share are held out.
struct PageRange {
  double first = 1, last = 0;
  void add(std::string_view page, std::uint64_t seed);
  void add(const PageRange& other);
};
// `share`, but of few pages such that at least one is held out and one is not; 0 when there is only
// one page or `share` is 0.
double holdout_share_of(const PageRange& pages, double share);

// Lines of the training text, to be taken out of the held-out text. Lines are compared without the
// white space at their ends. In code, lines of less than 24 characters ("else:", "return None")
// stay: they are the language, and without them the text would be no code any more.
struct KnownLines {
  Removal removed;
  std::uint64_t bytes_left = 0;  // of the short lines of code that stay
};

// Calls visit(key) for each line that is not empty: equal lines have equal keys.
using LineVisit = std::function<void(std::uint64_t key)>;
void for_each_line(std::string_view text, const LineVisit& visit);
std::string without_known_lines(std::string_view text, bool code, const KeySet& training,
                                KnownLines* known);

}  // namespace lucie
