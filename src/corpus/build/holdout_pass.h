// The held-out side of a build. Which pages are held out, and the lines of their documents, must be
// known before training text is written; what of those lines training has is known after.
#pragma once

#include "corpus/build/compare_pass.h"
#include "corpus/key_set.h"

namespace lucie {

struct HeldOut {
  double share = 0;  // as holdout_share_of makes it
  KeySet lines;      // of the held-out documents; more than memory has room for is an Error
};

// Third pass, before writing.
HeldOut run_lines_pass(const BuildContext& build, const Comparisons& comparisons,
                       const std::vector<std::uint64_t>& first_number);

// Fifth pass, after writing: held-out documents without lines known from training. Of each shard
// the CorpusStats of its held-out documents, with the lines of their verdicts put into place.
std::vector<Json> run_holdout_pass(const BuildContext& build);

}  // namespace lucie
