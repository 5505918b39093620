// Fourth pass: every shard's documents to train on, in their final form, and a verdict on each
// document; those held out are left for the holdout pass.
#pragma once

#include "corpus/build/holdout_pass.h"

namespace lucie {

// Of each shard: {held_out, known, stats}: documents, lines that training has, CorpusStats.
std::vector<Json> run_write_pass(const BuildContext& build, const Comparisons& comparisons,
                                 const std::vector<std::uint64_t>& first_number,
                                 const HeldOut& held_out);

}  // namespace lucie
