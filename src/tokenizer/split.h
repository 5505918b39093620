// The five ways in which Hugging Face splits text at the matches of something.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/regex.h"

namespace lucie {

enum class SplitBehavior { kIsolated, kRemoved, kMergedWithPrevious, kMergedWithNext, kContiguous };

SplitBehavior parse_split_behavior(std::string_view name, const std::string& place);

// Calls found(span) for each match in text, from left to right.
using MatchFinder = std::function<void(std::string_view, const std::function<void(Span)>& found)>;

// Appends the pieces of text[piece] to `out`. `invert`: what lies between matches counts as match.
void split_piece(std::string_view text, Span piece, const MatchFinder& finder,
                 SplitBehavior behavior, bool invert, std::vector<Span>& out);

}  // namespace lucie
