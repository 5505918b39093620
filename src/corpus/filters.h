// What the build does to one document alone: a table of steps, each of which may change the text,
// count what it changed, or drop the document with a reason. Steps that compare documents are in
// build/compare.h.
//
//   unicode -> opt_out -> licence -> public_domain -> language -> quality -> perplexity ->
//   personal_data -> length
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "corpus/asked_steps.h"
#include "corpus/candidate.h"
#include "corpus/near_duplicates.h"

namespace lucie {

struct FilterSettings {
  std::uint64_t seed = 42;
  double holdout_share = 0.01;
  std::int64_t min_characters = 200;  // of a document; a tenth of it for aligned pairs
  std::int64_t min_paragraph = 60;    // shorter paragraphs may repeat
  bool check_language = true;
  bool dedup_documents = true;
  bool dedup_paragraphs = true;
  bool dedup_urls = false;
  std::optional<NearSettings> dedup_near;
  // Steps that are off but where the recipe asks for them.
  std::shared_ptr<const AskedSteps> asked = std::make_shared<AskedSteps>();
  bool prefer_open_licence = false;  // of equal texts keep the one under the most open licence
};

struct DocumentStep {
  const char* name;  // as verdicts have it
  void (*apply)(Candidate& candidate, const FilterSettings& settings);
};
std::span<const DocumentStep> document_steps();

// The steps in order, up to the one that drops it. Pure: the same for any order and thread.
void filter_alone(Candidate& candidate, const FilterSettings& settings);

// Drops a text of less than settings.min_characters.
void drop_if_short(Candidate& candidate, const FilterSettings& settings, const char* step,
                   const char* why);

}  // namespace lucie
