// The engine of `lucie run`: stages that are content-addressed, resumable and never overwritten.
//
// A stage's key hashes its name, version, resolved settings, the hashes of its inputs, and, where
// its results depend on it, the numeric mode. Its output lies in RUN/stages/NAME-KEY8/, is there
// whole or not at all, and is not made again. While it runs it works in RUN/work/NAME-KEY8/, which
// outlives a kill: a stage that can resume finds what it left there.
//
// Clocks, rates and host names go to RUN/logs/, which no hash covers (docs/formats/run.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace lucie {

struct StageInput {
  std::string name;
  fs::path path;     // its output directory
  std::string hash;  // of its output
};

// The output of the stage of that name; kNotFound when there is none.
const fs::path& output_of(const std::vector<StageInput>& stages, std::string_view name);

struct StageWork {
  fs::path out;   // to fill; moved into place when the stage returns
  fs::path logs;  // for what no hash covers
  const std::vector<StageInput>& inputs;
  const fs::path& input(std::string_view name) const { return output_of(inputs, name); }
};

struct Stage {
  std::string name;
  int version = 1;  // raise when the stage's output changes for equal settings
  Json settings;    // resolved: everything that the output depends on
  std::vector<std::string> inputs;
  bool numeric = false;  // the output depends on the numeric mode
  bool resumes = false;  // keeps its work directory over a kill
  std::function<void(const StageWork&)> run;
};

struct StageResult {
  std::string name, key, hash;
  fs::path path;
  double seconds = 0;            // of the runs that made it, from the logs
  std::optional<double> joules;  // where the processor's counter can be read
  bool reused = false;
  bool checked = false;  // its files are known to have the hashes in stage.json
};

class RunDirectory {
 public:
  // Makes the folder, or opens one; two processes on one run are refused (a lock file, released by
  // the system when the process ends).
  explicit RunDirectory(const fs::path& path);
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  const fs::path& path() const { return path_; }
  // Runs one stage unless its output is there. `numeric_mode`: "bf16 avx512_bf16 v1". An input that
  // is not what its stage wrote: Error{kCorrupt} with the file.
  const StageResult& run(const Stage& stage, const std::string& numeric_mode);
  // The key and whether the output is there, without running (--dry-run).
  StageResult look(const Stage& stage, const std::string& numeric_mode) const;
  const std::vector<StageResult>& results() const { return results_; }
  const StageResult& result(std::string_view name) const;
  // Points RUN/NAME at RUN/TARGET (a path inside the run).
  void link(const std::string& name, const fs::path& target) const;
  // manifest.json: every stage with key and hash. Holds no clock: equal runs give equal bytes.
  void write_manifest(const Json& recipe) const;

 private:
  std::string key_of(const Stage& stage, const std::string& numeric_mode) const;
  std::vector<StageInput> inputs_of(const Stage& stage) const;
  void check_inputs(const Stage& stage);
  fs::path path_;
  int lock_ = -1;
  std::vector<StageResult> results_;
};

// Compares the files of a stage's output with its stage.json: Error{kCorrupt} with the first that
// is not what the stage wrote.
void check_stage_output(const fs::path& output);

// SHA-256 over the sorted relative paths and hashes of all files below, links left out.
Json hash_tree(const fs::path& directory);  // {path: sha256}
std::string hash_of_tree(const Json& files);

}  // namespace lucie
