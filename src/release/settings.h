// The recipe's `release:` section (docs/formats/recipe.md).
#pragma once

#include <string>

#include "base/json.h"

namespace lucie {

// Which of the checkpoints that the run kept are published.
enum class Kept { kNone, kLast, kPhaseEnds, kAll };
// How much of the corpus is.
enum class CorpusPart { kNone, kHoldout, kAll };

// "https://example.org/x", as opposed to a file.
bool is_address(const std::string& text);

struct ReleaseSettings {
  std::string intended_use, limits;
  std::string weights_licence, optimizer_licence;  // the states' licence: else as the weights
  std::string data_licence = "CC-BY-4.0", documents_licence = "CC-BY-4.0",
              code_licence = "Apache-2.0";
  Kept checkpoints = Kept::kPhaseEnds;
  Kept optimizer_states = Kept::kLast;  // of those checkpoints
  CorpusPart corpus = CorpusPart::kNone;
  std::string code;           // where the program's source is; empty: not stated
  std::string paper;          // research paper: a file, or an address; empty: none
  std::string paper_licence;  // else as documents
  bool paper_is_elsewhere() const { return is_address(paper); }
  std::string paper_name() const;  // of the file in a bundle: "paper.pdf"
};

// Everything of the section is looked at: unknown keys, an empty or missing intended_use, limits or
// weights_licence, a licence that is no SPDX expression, an unknown policy, and figures, dates
// and addresses that are none are kInvalidArgument with their place.
ReleaseSettings release_settings(const Json& recipe);

// Where a key of the section stands, for errors.
std::string release_place(const Json& recipe, const std::string& key);

}  // namespace lucie
