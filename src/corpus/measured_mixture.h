// The table of what a phase reads, told from the counts of a tokens stage alone: no shard is
// opened, so a run can be looked at before it trains.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json.h"
#include "corpus/mixture_table.h"
#include "corpus/sources.h"

namespace lucie {

struct MeasuredGroup {  // a token shard
  GroupKey key;
  std::uint64_t tokens = 0;
  std::vector<MixtureRow> rows;  // its documents by source and language
};

// From stats.json of the tokens stage.
std::vector<MeasuredGroup> measured_groups(const Json& token_stats, const SourceRegistry& registry);

// Windows of the groups, resolved as SampleIndex does for a phase of so many samples, and told for
// each row of them: source, category, language, and year and length where they are told apart.
// Packed documents are counted as if they were a stream: how they fit, only the shards tell.
MixtureTable phase_table(const std::vector<MeasuredGroup>& groups, const Mixture& mixture,
                         std::int64_t sequence_length, std::uint64_t samples);

// [{source, category, language, year, longer_than, documents, tokens, percent_asked, percent_seen,
// tokens_seen, epochs}], year and longer_than only where they are told apart.
Json table_to_json(const MixtureTable& table);

}  // namespace lucie
