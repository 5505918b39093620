#include "hub/models.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/pull.h"

namespace lucie::hub {
namespace {

bool at_top(const std::string& name) {
  return name.find('/') == std::string::npos;
}

bool is_text_of_tokenizer(const std::string& name) {
  return name.starts_with("tokenizer") || name == "special_tokens_map.json" ||
         name == "added_tokens.json" || name == "vocab.json" || name == "merges.txt" ||
         name == "chat_template.jinja";
}

bool is_description(const std::string& name) {
  return (name.starts_with("config") && name.ends_with(".json")) ||
         name == "generation_config.json" || is_text_of_tokenizer(name);
}

bool is_safetensors(const std::string& name) {
  return name.ends_with(".safetensors") || name == "model.safetensors.index.json";
}

bool is_pytorch(const std::string& name) {
  return name.starts_with("pytorch_model") &&
         (name.ends_with(".bin") || name.ends_with(".bin.index.json"));
}

[[noreturn]] void fail_without_weights(const std::vector<std::string>& all, const RepoName& repo) {
  std::vector<std::string> gguf;
  std::copy_if(all.begin(), all.end(), std::back_inserter(gguf),
               [](const std::string& name) { return name.ends_with(".gguf"); });
  if (gguf.empty()) {
    fail(ErrorCode::kNotFound, "it holds no weights in safetensors, pytorch_model*.bin or .gguf",
         repo.id);
  }
  fail(ErrorCode::kNotFound, "it holds .gguf files only, and there may be several", repo.id,
       "name one: " + repo.id + ":" + gguf.front() +
           (gguf.size() > 1 ? " (of " + std::to_string(gguf.size()) + ")" : ""));
}

// True when `index` names shards and all are there.
bool holds_shards(const fs::path& snapshot, const char* index) {
  if (!fs::exists(snapshot / index)) return false;
  try {
    const Json json = read_json(snapshot / index);
    const Json* map = json.find("weight_map");
    if (map == nullptr || !map->is_object()) return false;
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : map->members()) shards.insert(shard.as_string());
    return std::all_of(shards.begin(), shards.end(),
                       [&](const std::string& shard) { return fs::exists(snapshot / shard); });
  } catch (const Error&) {
    return false;  // it will be said when the model is loaded
  }
}

bool holds_tokenizer(const fs::path& snapshot) {
  return fs::exists(snapshot / "tokenizer.json") || fs::exists(snapshot / "tokenizer.model");
}

bool holds_weights(const fs::path& snapshot) {
  return fs::exists(snapshot / "model.safetensors") ||
         holds_shards(snapshot, "model.safetensors.index.json") ||
         fs::exists(snapshot / "pytorch_model.bin") ||
         holds_shards(snapshot, "pytorch_model.bin.index.json");
}

[[noreturn]] void fail_offline(const RepoName& repo, const fs::path& cache) {
  const std::string what = repo.file.empty() ? repo.id : repo.id + ":" + repo.file;
  fail(ErrorCode::kNotFound, "not in the cache, and HF_HUB_OFFLINE is set", what,
       "unset HF_HUB_OFFLINE to load it; the cache is " + cache.string());
}

}  // namespace

std::vector<std::string> model_files(const std::vector<std::string>& all, const RepoName& repo,
                                     ModelPart part) {
  if (!repo.file.empty()) {
    if (std::find(all.begin(), all.end(), repo.file) != all.end()) return {repo.file};
    fail(ErrorCode::kNotFound, "it has no file '" + repo.file + "'", repo.id + "@" + repo.revision,
         did_you_mean(repo.file, all));
  }
  std::vector<std::string> files, safetensors, pytorch;
  for (const std::string& name : all) {
    if (!at_top(name)) continue;
    if (is_description(name)) files.push_back(name);
    if (is_safetensors(name)) safetensors.push_back(name);
    if (is_pytorch(name)) pytorch.push_back(name);
  }
  if (part == ModelPart::kTokenizer) return files;
  const std::vector<std::string>& weights = safetensors.empty() ? pytorch : safetensors;
  if (weights.empty()) fail_without_weights(all, repo);
  files.insert(files.end(), weights.begin(), weights.end());
  return files;
}

std::optional<fs::path> find_cached_model(const fs::path& cache, const RepoName& repo,
                                          ModelPart part) {
  const std::optional<fs::path> snapshot = RepoCache(cache, repo.id).snapshot_of(repo.revision);
  if (!snapshot) return std::nullopt;
  if (!repo.file.empty()) {
    if (!fs::exists(*snapshot / repo.file)) return std::nullopt;
    return *snapshot / repo.file;
  }
  if (!holds_tokenizer(*snapshot)) return std::nullopt;
  const bool whole = part == ModelPart::kTokenizer ||
                     (fs::exists(*snapshot / "config.json") && holds_weights(*snapshot));
  return whole ? snapshot : std::nullopt;
}

fs::path find_or_pull_model(Connection& hub, const RepoName& repo, ModelPart part) {
  const fs::path& cache = hub.settings().cache;
  if (const auto found = find_cached_model(cache, repo, part)) return *found;
  const std::optional<fs::path> snapshot = RepoCache(cache, repo.id).snapshot_of(repo.revision);
  const bool usable = repo.file.empty() && snapshot && fs::exists(*snapshot / "config.json");
  if (hub.settings().offline) {
    if (usable) return *snapshot;
    fail_offline(repo, cache);
  }
  log_info("pulling " + repo.id + " (" + repo.revision + ") from " + hub.settings().endpoint +
           " into " + cache.string());
  PullOptions options;
  options.choose = [&](const std::vector<std::string>& all) {
    return model_files(all, repo, part);
  };
  try {
    const PullResult result = pull(hub, repo, options);
    return repo.file.empty() ? result.path : result.path / repo.file;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kIo || !usable) throw;
    log_warning(std::string(error.what()) + "; using what the cache holds of it");
    return *snapshot;
  }
}

}  // namespace lucie::hub
