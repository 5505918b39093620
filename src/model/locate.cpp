#include "model/locate.h"

#include "base/error.h"
#include "formats/universal_checkpoint.h"

namespace lucie {
namespace {

bool is_model_directory(const fs::path& path) {
  return fs::exists(path / "config.json");
}
bool is_run_directory(const fs::path& path) {
  return fs::is_directory(path / "stages");
}

fs::path model_of_run(const fs::path& run, const std::string& which) {
  for (const char* name : {"instruct", "base"}) {
    const fs::path candidate = run / name;
    if ((which.empty() || which == name) && is_model_directory(candidate)) return candidate;
  }
  if (!which.empty() && fs::is_directory(run / "gguf")) {
    for (const auto& file : fs::directory_iterator(run / "gguf")) {
      if (file.path().stem().string().ends_with(which)) return file.path();
    }
  }
  fail(ErrorCode::kNotFound,
       which.empty() ? "the run holds no model yet" : "the run holds no model '" + which + "'",
       run.string(), "finish it: lucie run RECIPE --out " + run.string());
}

fs::path model_of_hub(const hub::RepoName& repo, const std::string& name, hub::ModelPart part) {
  try {
    hub::Connection connection(hub::settings_from_environment());
    return hub::find_or_pull_model(connection, repo, part);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kIo) {
      fail(error.code(), error.message(), name + " (no local path, so taken for a repository)",
           error.hint());
    }
    if (error.code() != ErrorCode::kNotFound) throw;
    fail(ErrorCode::kNotFound,
         "no such model: no local path, and as a repository of a hub: " + error.message(), name,
         "check the path; or, for the repository: " + error.hint());
  }
}

}  // namespace

fs::path locate_model(const std::string& name, hub::ModelPart part) {
  if (fs::is_regular_file(name) || (fs::is_directory(name) && is_model_directory(name)) ||
      is_universal_checkpoint(name)) {
    return name;
  }
  const std::size_t colon = name.rfind(':');
  const fs::path run = colon == std::string::npos ? name : name.substr(0, colon);
  if (is_run_directory(run)) {
    return model_of_run(run, colon == std::string::npos ? "" : name.substr(colon + 1));
  }
  const auto repo = hub::parse_repo_name(name);
  if (repo && !fs::exists(name) && !fs::exists(run)) return model_of_hub(*repo, name, part);
  fail(ErrorCode::kNotFound, "no such model", name,
       "give a directory with config.json, a .gguf file, a run directory, or org/name of a hub");
}

}  // namespace lucie
