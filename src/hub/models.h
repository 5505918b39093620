// "org/name" in the place of a model: found in the cache, or pulled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/connection.h"

namespace lucie::hub {

enum class ModelPart { kAll, kTokenizer };

// The files of a repository that loading the model takes: config and tokenizer files, and the
// weights: *.safetensors, else pytorch_model*.bin. With repo.file: that one alone.
// Error{kNotFound} when there are none, with the names of .gguf files that could be asked for.
std::vector<std::string> model_files(const std::vector<std::string>& all, const RepoName& repo,
                                     ModelPart part);

// The directory or .gguf file in the cache when all that it takes is there; the hub is not asked.
std::optional<fs::path> find_cached_model(const fs::path& cache, const RepoName& repo,
                                          ModelPart part);

// The same, pulled when it is not there. Offline, what there is must do.
// Error as of pull(); kNotFound when offline and not in the cache.
fs::path find_or_pull_model(Connection& hub, const RepoName& repo, ModelPart part);

}  // namespace lucie::hub
