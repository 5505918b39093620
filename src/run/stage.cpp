#include "run/stage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "run/energy.h"

namespace lucie {
namespace {

constexpr const char* kStageFile = "stage.json";

fs::path log_path(const fs::path& run, const std::string& folder) {
  return run / "logs" / (folder + ".json");
}

// What earlier processes spent on a stage that was cut short.
struct Spent {
  double seconds = 0;
  std::optional<double> joules;
};

Spent read_spent(const fs::path& run, const std::string& folder) {
  const fs::path path = log_path(run, folder);
  Spent spent{0, 0.0};
  if (!fs::exists(path)) return spent;
  const Json log = read_json(path);
  spent.seconds = log.get("seconds", 0.0);
  spent.joules.reset();
  if (const Json* joules = log.find("joules")) spent.joules = joules->as_double();
  return spent;
}

}  // namespace

void check_stage_output(const fs::path& output) {
  const Json made = read_json(output / kStageFile);
  for (const auto& [name, hash] : made.at("files").members()) {
    const fs::path file = output / name;
    if (fs::exists(file) && sha256_file(file) == hash.as_string()) continue;
    fail(ErrorCode::kCorrupt, "the file is not what its stage wrote", file.string(),
         "delete " + output.string() + " and run again: the stage is made anew");
  }
}

const fs::path& output_of(const std::vector<StageInput>& stages, std::string_view name) {
  for (const StageInput& stage : stages) {
    if (stage.name == name) return stage.path;
  }
  fail(ErrorCode::kNotFound, "no output of a stage '" + std::string(name) + "'", {},
       "run the recipe to its end with lucie run");
}

Json hash_tree(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Json result = Json::object();
  for (const fs::path& file : files) {
    result[fs::relative(file, directory).generic_string()] = sha256_file(file);
  }
  return result;
}

std::string hash_of_tree(const Json& files) {
  return sha256_hex(files.dump());
}

RunDirectory::RunDirectory(const fs::path& path) : path_(path) {
  std::error_code error;
  fs::create_directories(path_ / "stages", error);
  fs::create_directories(path_ / "logs", error);
  if (error) fail(ErrorCode::kIo, error.message(), path_.string());
  lock_ = ::open((path_ / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (lock_ >= 0) ::close(lock_);
    fail(ErrorCode::kIo, "another process works on this run", path_.string(),
         "wait for it, or choose another --out");
  }
  remove_abandoned(path_);
}

RunDirectory::~RunDirectory() {
  ::close(lock_);
}

std::vector<StageInput> RunDirectory::inputs_of(const Stage& stage) const {
  std::vector<StageInput> inputs;
  for (const std::string& name : stage.inputs) {
    const StageResult& made = result(name);
    inputs.push_back({name, made.path, made.hash});
  }
  return inputs;
}

void RunDirectory::check_inputs(const Stage& stage) {
  for (StageResult& made : results_) {
    const auto& names = stage.inputs;
    if (made.checked || std::find(names.begin(), names.end(), made.name) == names.end()) continue;
    check_stage_output(made.path);
    made.checked = true;
  }
}

std::string RunDirectory::key_of(const Stage& stage, const std::string& numeric_mode) const {
  Json identity = Json::object();
  identity["stage"] = stage.name;
  identity["version"] = stage.version;
  identity["settings"] = stage.settings;
  Json inputs = Json::object();
  for (const StageInput& input : inputs_of(stage)) inputs[input.name] = input.hash;
  identity["inputs"] = inputs;
  if (stage.numeric) identity["numeric_mode"] = numeric_mode;
  return sha256_hex(identity.dump());
}

StageResult RunDirectory::look(const Stage& stage, const std::string& numeric_mode) const {
  StageResult result;
  result.name = stage.name;
  result.key = key_of(stage, numeric_mode);
  const std::string folder = stage.name + "-" + result.key.substr(0, 8);
  result.path = path_ / "stages" / folder;
  if (!fs::exists(result.path / kStageFile)) return result;
  const Json made = read_json(result.path / kStageFile);
  if (made.get("key", "") != result.key) {
    fail(ErrorCode::kMismatch, "the folder holds another stage's output", result.path.string(),
         "move it away and run again");
  }
  result.hash = made.at("hash").as_string();
  const Spent spent = read_spent(path_, folder);
  result.seconds = spent.seconds;
  result.joules = spent.joules;
  result.reused = true;
  return result;
}

const StageResult& RunDirectory::run(const Stage& stage, const std::string& numeric_mode) {
  StageResult result = look(stage, numeric_mode);
  if (result.reused) {
    log_info(stage.name + ": already done (" + result.path.filename().string() + ")");
    return results_.emplace_back(std::move(result));
  }
  const std::string folder = result.path.filename().string();
  const fs::path work = path_ / "work" / folder;
  if (!stage.resumes) fs::remove_all(work);
  fs::create_directories(work);
  remove_abandoned(work);
  fs::remove(work / kStageFile);  // of a run that was killed just before the end
  check_inputs(stage);

  const Spent before = read_spent(path_, folder);
  const std::optional<double> counter = read_joules();
  const auto start = std::chrono::steady_clock::now();
  const std::vector<StageInput> inputs = inputs_of(stage);
  const auto log_time = [&] {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    result.seconds = before.seconds + elapsed.count();
    Json log = Json::object();
    log["seconds"] = result.seconds;
    const std::optional<double> now = counter ? read_joules() : std::nullopt;
    if (now && *now >= *counter && before.joules) {
      result.joules = *before.joules + *now - *counter;
      log["joules"] = *result.joules;
    }
    write_json(log_path(path_, folder), log);
  };
  try {
    stage.run(StageWork{work, path_ / "logs", inputs});
  } catch (...) {
    log_time();
    throw;
  }
  log_time();

  const Json files = hash_tree(work);
  result.hash = hash_of_tree(files);
  Json made = Json::object();
  made["name"] = stage.name;
  made["version"] = stage.version;
  made["key"] = result.key;
  made["hash"] = result.hash;
  if (stage.numeric) made["numeric_mode"] = numeric_mode;
  made["settings"] = stage.settings;
  made["files"] = files;
  write_json(work / kStageFile, made);
  publish_directory(work, result.path);
  result.checked = true;
  return results_.emplace_back(std::move(result));
}

const StageResult& RunDirectory::result(std::string_view name) const {
  for (const StageResult& made : results_) {
    if (made.name == name) return made;
  }
  fail(ErrorCode::kInternal, "stage '" + std::string(name) + "' has not run");
}

void RunDirectory::link(const std::string& name, const fs::path& target) const {
  replace_symlink(fs::relative(target, path_), path_ / name);
}

void RunDirectory::write_manifest(const Json& recipe) const {
  Json manifest = Json::object();
  manifest["version"] = 1;
  manifest["recipe_sha256"] = sha256_hex(recipe.dump());
  Json stages = Json::array();
  for (const StageResult& made : results_) {
    Json entry = Json::object();
    entry["name"] = made.name;
    entry["path"] = fs::relative(made.path, path_).generic_string();
    entry["key"] = made.key;
    entry["hash"] = made.hash;
    stages.push_back(entry);
  }
  manifest["stages"] = stages;
  write_json(path_ / "manifest.json", manifest);
}

}  // namespace lucie
