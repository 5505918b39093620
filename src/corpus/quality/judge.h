// A text against the rules of a recipe: rules.h says which, signals.h what they look at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "corpus/quality/rules.h"

namespace lucie::quality {

struct Verdict {
  const Rule* broken = nullptr;  // the first rule that the text breaks
  double value = 0, limit = 0;
  std::uint64_t lines_removed = 0;  // by c4
  bool kept() const { return broken == nullptr; }
  std::string comparison() const;  // "12 < 50"; empty when kept
};

// The groups in the order of the recipe; c4 leaves its lines in `text`, also for groups after it.
// `text`: valid UTF-8 with no white space at either end.
Verdict judge(std::string& text, std::string_view language, const Settings& settings);

}  // namespace lucie::quality
