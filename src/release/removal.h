// What leaving a source out would change: tokens by phase, the checkpoints that have seen it, the
// steps to train again, and the terms afterwards.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "corpus/sources.h"
#include "release/terms.h"

namespace lucie {

struct SourceReading {
  std::uint64_t tokens = 0;     // that the phase read of it
  std::int64_t first_step = 0;  // of the whole run, from 1, that read any; 0: none did
};
struct PhaseReading {
  std::string name;
  std::int64_t steps = 0;
  std::uint64_t tokens = 0;
  std::map<std::string, SourceReading> sources;
};

struct TrainingRecord {
  std::string name;
  std::vector<PhaseReading> phases;
  std::vector<std::int64_t> checkpoints;  // steps of the whole run after which one was kept
  SourceRegistry sources;
  std::vector<LicenceCount> licences;
  Json release;  // weights_licence, policy
};
// Of a release description (docs/formats/release-description.md) with phases and sources.
TrainingRecord read_training(const fs::path& description);

struct Removal {
  std::string source;
  std::uint64_t tokens = 0, all_tokens = 0;
  std::vector<PhaseReading> phases;  // with this source only
  std::int64_t first_step = 0, steps = 0;
  std::vector<std::int64_t> touched, untouched;  // checkpoints
  std::int64_t steps_to_retrain = 0;             // from the last untouched checkpoint, or the start
  ReleaseTerms before, after;
  Json to_json() const;
};
// A source that the record does not have is kInvalidArgument with the nearest name.
Removal plan_removal(const TrainingRecord& record, const std::string& source);

std::string removal_text(const Removal& removal);

}  // namespace lucie
