// lucie pull: a repository of a model hub, into the cache that Python's client shares.
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "hub/pull.h"

namespace lucie {
namespace {

struct Options {
  std::string repo, revision, cache_dir, local_dir;
  std::vector<std::string> include, exclude;
  std::int64_t parallel = 4;
};

void report(const hub::PullResult& result) {
  if (!common_options().json) {
    log_info(std::to_string(result.files.size()) + " files of commit " +
             result.commit.substr(0, 12) + "; " + std::to_string(result.loaded_files) +
             " loaded (" + human_bytes(static_cast<double>(result.loaded_bytes)) + ")");
    std::printf("%s\n", result.path.c_str());
    return;
  }
  Json summary = Json::object();
  summary["path"] = result.path.string();
  summary["commit"] = result.commit;
  Json& files = summary["files"] = Json::array();
  for (const std::string& name : result.files) files.push_back(name);
  summary["loaded_files"] = static_cast<std::uint64_t>(result.loaded_files);
  summary["loaded_bytes"] = result.loaded_bytes;
  std::printf("%s\n", summary.dump().c_str());
}

int pull(const Options& options) {
  hub::RepoName repo = hub::require_repo_name(options.repo);
  if (!options.revision.empty()) repo.revision = options.revision;
  if (options.parallel < 1 || options.parallel > 64) {
    fail(ErrorCode::kInvalidArgument, "from 1 to 64 files at a time", "--parallel");
  }
  hub::HubSettings settings = hub::settings_from_environment();
  if (!options.cache_dir.empty()) settings.cache = options.cache_dir;
  hub::PullOptions what{.include = options.include,
                        .exclude = options.exclude,
                        .folder = options.local_dir,
                        .parallel = static_cast<int>(options.parallel)};
  if (!repo.file.empty()) what.include.push_back(repo.file);
  hub::Connection connection(std::move(settings));
  report(hub::pull(connection, repo, what));
  return 0;
}

}  // namespace

Command pull_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Use",
          .name = "pull",
          .summary = "load a model from a hub into the cache shared with Python",
          .examples =
              "lucie pull HuggingFaceTB/SmolLM2-135M-Instruct\n"
              "lucie pull org/name --revision v1.0 --include '*.safetensors' --include '*.json'\n"
              "HF_ENDPOINT=https://hub.example.org lucie pull org/name --local-dir models/name",
          .arguments = {{"REPO", &options->repo, "org/name or org/name@revision", true},
                        {"--revision", &options->revision, "branch, tag or commit (main)"},
                        {"--include", &options->include, "only files that match"},
                        {"--exclude", &options->exclude, "no files that match"},
                        {"--cache-dir", &options->cache_dir, "instead of HF_HUB_CACHE"},
                        {"--local-dir", &options->local_dir, "plain files there, not the cache"},
                        {"--parallel", &options->parallel, "files at a time (4)"}},
          .run = [options] { return pull(*options); },
          .state = options};
}

}  // namespace lucie
