#include "tokenizer/split.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace lucie {

SplitBehavior parse_split_behavior(std::string_view name, const std::string& place) {
  constexpr std::pair<std::string_view, SplitBehavior> kNames[] = {
      {"Isolated", SplitBehavior::kIsolated},
      {"Removed", SplitBehavior::kRemoved},
      {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
      {"MergedWithNext", SplitBehavior::kMergedWithNext},
      {"Contiguous", SplitBehavior::kContiguous},
  };
  for (const auto& [known, behavior] : kNames) {
    if (name == known) return behavior;
  }
  fail(ErrorCode::kUnsupported, fmt::format("split behavior {}", name), place);
}

namespace {

// Receives the alternation of matches and gaps and joins them as the behavior says.
class Joiner {
 public:
  Joiner(SplitBehavior behavior, bool invert, std::vector<Span>& out)
      : behavior_(behavior), invert_(invert), out_(out), first_(out.size()) {}

  void add(Span span, bool matched) {
    const bool match = matched != invert_;
    switch (behavior_) {
      case SplitBehavior::kIsolated:
        push(span);
        break;
      case SplitBehavior::kRemoved:
        if (!match) push(span);
        break;
      case SplitBehavior::kContiguous:
        add_or_extend(span, last_match_ == match);
        break;
      case SplitBehavior::kMergedWithPrevious:
        add_or_extend(span, match && !last_match_);
        break;
      // Read from the right: a gap joins the match before it unless that match is taken.
      case SplitBehavior::kMergedWithNext:
        add_or_extend(span, last_match_ && !match);
        break;
    }
    last_match_ = match;
  }

 private:
  void push(Span span) {
    if (span.begin != span.end) out_.push_back(span);
  }
  void add_or_extend(Span span, bool extend) {
    if (extend && out_.size() > first_) {
      out_.back().end = span.end;
    } else {
      push(span);
    }
  }

  SplitBehavior behavior_;
  bool invert_;
  std::vector<Span>& out_;
  std::size_t first_;
  bool last_match_ = false;
};

}  // namespace

void split_piece(std::string_view text, Span piece, const MatchFinder& finder,
                 SplitBehavior behavior, bool invert, std::vector<Span>& out) {
  Joiner joiner(behavior, invert, out);
  std::size_t at = piece.begin;
  finder(text.substr(piece.begin, piece.end - piece.begin), [&](Span match) {
    match.begin += piece.begin;
    match.end += piece.begin;
    if (match.begin > at) joiner.add({at, match.begin}, false);
    joiner.add(match, true);
    at = match.end;
  });
  if (at < piece.end) joiner.add({at, piece.end}, false);
}

}  // namespace lucie
