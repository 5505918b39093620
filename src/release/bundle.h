// The release: everything that others need to use, check and rebuild a model, in one folder. What
// lies where is told in docs/formats/bundle.md, and by the folder itself in bundle.json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "release/published.h"
#include "release/signature.h"

namespace lucie {

// What a run made. An empty path is left out.
struct ReleaseInput {
  Json recipe;          // resolved; `release:` with intended_use, limits, weights_licence
  Json results;         // docs/formats/results.md; `release` and `terms` are filled here
  Json corpus_stats;    // stats.json of the corpus stage
  std::string program;  // "lucie.cpp 0.1.0"
  std::vector<PublishedStage> stages;
  fs::path instruct, base, gguf, tokenizer, corpus, checkpoints;
  fs::path card;                     // with data_card.md, croissant.json, card.json
  std::vector<fs::path> evaluation;  // folders of .json files
  fs::path metrics;                  // metrics.jsonl: it holds clocks
  std::optional<SecretKey> sign_key;
};

// Makes `out_dir`, whole or not at all; it must not be there. A recipe without intended_use, limits
// or weights_licence, terms that the policy forbids, and a corpus that is to be passed on but may
// not be are kInvalidArgument before anything is written. Returns results.json's value.
Json write_release(const ReleaseInput& input, const fs::path& out_dir, ThreadPool& pool);

}  // namespace lucie
