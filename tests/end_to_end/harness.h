// Runs the real binary as a child process, for the end-to-end tests.
//
//   const Outcome done = lucie({"run", recipe(), "--out", "x"});
//
// Every test program works in a folder of its own below testing::TempDir(), removed at its end.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lucie::end_to_end {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

struct Surroundings {
  std::map<std::string, std::string> environment;  // added to ours
  std::string input;                               // stdin
  std::uint64_t largest_file = 0;                  // RLIMIT_FSIZE in bytes; 0: no limit
};

struct Outcome {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  std::string out, err;
};

class Child {
 public:
  explicit Child(const Arguments& arguments, const Surroundings& surroundings = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  bool running();
  // SIGKILL as soon as `moment` is true; false when the child ended before.
  bool kill_when(const std::function<bool()>& moment);
  Outcome wait();

 private:
  pid_t id_ = -1;
  int status_ = 0;
  fs::path out_, err_;
};

Outcome lucie(const Arguments& arguments, const Surroundings& surroundings = {});

fs::path workspace();
fs::path recipe();       // recipes/micro.yaml
const fs::path& data();  // the fixture corpus, made once
// A run of the recipe that nothing disturbed, made once.
const fs::path& undisturbed();
// lucie run RECIPE --data-dir DATA --out OUT ...
Arguments run_into(const fs::path& out, const Arguments& more = {});

std::string read_text(const fs::path& path);
std::string manifest(const fs::path& run);
// RUN/FOLDER/STAGE-xxxxxxxx, or an empty path.
fs::path stage_folder(const fs::path& run, const std::string& folder, const std::string& stage);
// Replaces one byte by another value.
void damage(const fs::path& file, std::uint64_t offset);
// What is not there whole: stage folders without stage.json, files under hidden names.
std::vector<std::string> half_written(const fs::path& run);

extern const std::vector<std::string> kStages;  // in the order of the manifest

}  // namespace lucie::end_to_end
