// lucie push: a directory with its card, to a repository of a model hub.
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "corpus/unshareable.h"
#include "hub/push.h"

namespace lucie {
namespace {

struct Options {
  std::string directory, repo, revision;
  hub::PushOptions push;
};

void report(const hub::PushResult& result) {
  if (!common_options().json) {
    const std::size_t sent = result.files - result.unchanged - result.ignored;
    log_info(std::to_string(result.files) + " files: " + std::to_string(sent) +
             " new or changed, " + std::to_string(result.unchanged) + " the same, " +
             std::to_string(result.ignored) + " ignored; " + std::to_string(result.uploaded) +
             " large ones uploaded (" + human_bytes(static_cast<double>(result.uploaded_bytes)) +
             ")");
    if (result.commit.empty()) log_info("nothing changed: no commit");
    if (!result.commit.empty()) {
      std::printf("%s\n", (result.url.empty() ? result.commit : result.url).c_str());
    }
    return;
  }
  Json summary = Json::object();
  summary["commit"] = result.commit;
  summary["url"] = result.url;
  summary["files"] = static_cast<std::uint64_t>(result.files);
  summary["unchanged"] = static_cast<std::uint64_t>(result.unchanged);
  summary["ignored"] = static_cast<std::uint64_t>(result.ignored);
  summary["uploaded"] = static_cast<std::uint64_t>(result.uploaded);
  summary["uploaded_bytes"] = result.uploaded_bytes;
  std::printf("%s\n", summary.dump().c_str());
}

int push(const Options& options) {
  if (const auto mark = find_unshareable(options.directory)) {
    fail(ErrorCode::kInvalidArgument, "holds text that may not be passed on",
         mark->string(), "push the release folder: it holds none of it");
  }
  hub::RepoName repo = hub::require_repo_name(options.repo);
  if (!options.revision.empty()) repo.revision = options.revision;
  if (options.push.hidden && !options.push.create) {
    fail(ErrorCode::kInvalidArgument, "says how a repository is made; add --create", "--private");
  }
  hub::Connection connection(hub::settings_from_environment());
  report(hub::push(connection, options.directory, repo, options.push));
  return 0;
}

}  // namespace

Command push_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Use",
      .name = "push",
      .summary = "upload a directory and its card to a hub, as one commit",
      .examples =
          "lucie push runs/tiny/release/instruct org/tiny --create --private\n"
          "lucie push models/x org/x --revision v2 --message 'Second run'",
      .arguments = {{"DIR", &options->directory, "directory with README.md", true},
                    {"REPO", &options->repo, "org/name or org/name@branch", true},
                    {"--revision", &options->revision, "branch to commit to (main)"},
                    {"--create", &options->push.create,
                     "make the repository and the branch where they are missing"},
                    {"--private", &options->push.hidden, "a repository that is made is private"},
                    {"--message", &options->push.message, "of the commit"},
                    {"--without-card", &options->push.without_card,
                     "push a directory without README.md"}},
      .run = [options] { return push(*options); },
      .state = options};
}

}  // namespace lucie
