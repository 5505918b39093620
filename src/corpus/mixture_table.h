// A mixture resolved against measured counts: one table of what a phase reads of what.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "corpus/mixture.h"

namespace lucie {

struct MixtureRow {  // measured
  GroupKey key;      // its language may be of a pair ("en-fr"), which counts as "aligned"
  std::uint64_t documents = 0;
  std::uint64_t tokens = 0;  // available to the phase; of rows in another unit, all of them
};

struct MixtureTableRow {
  MixtureRow row;
  double weight = 0;       // share of the tokens seen that the mixture asks for; they sum to 1
  double share = 0;        // that it gets under max_epochs; they sum to 1
  double tokens_seen = 0;  // share of all that the phase reads
  double epochs = 0;       // tokens_seen / tokens
};

struct MixtureTable {
  std::vector<MixtureTableRow> rows;  // in the order of the measured ones
  std::vector<std::string> notes;     // what has a share and no text, or text and no share
};

// A token weighs as often as `epochs`, `long_documents` and `dates` say; on that base shares by
// language, category and source are fitted one after the other until all hold (iterative
// proportional fitting: the mixture nearest to the base in relative entropy), and what would be
// read more than `max_epochs` times gives the rest to the others in proportion.
//
// `seen`: tokens that the phase reads, in the unit of the rows. The result does not depend on the
// order of the rows. kInvalidArgument when nothing is left to read, when a language is named of
// which there is no row, when no mixture has all the shares, and when `max_epochs` leaves too
// little; kMismatch when the rows do not tell apart what the mixture does.
MixtureTable resolve_mixture(std::span<const MixtureRow> rows, const Mixture& mixture, double seen);

}  // namespace lucie
