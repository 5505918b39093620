#include "end_to_end/harness.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace lucie::end_to_end {
namespace {

class RemoveWorkspace : public testing::Environment {
 public:
  void TearDown() override { fs::remove_all(workspace()); }
};
const auto* const kRemover = testing::AddGlobalTestEnvironment(new RemoveWorkspace);

[[noreturn]] void become_lucie(const Arguments& arguments, const Surroundings& surroundings,
                               const fs::path& in, const fs::path& out, const fs::path& err) {
  ::dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
  for (const auto& [key, value] : surroundings.environment) {
    ::setenv(key.c_str(), value.c_str(), 1);
  }
  if (surroundings.largest_file > 0) {
    const rlimit limit{surroundings.largest_file, surroundings.largest_file};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);  // write() then fails instead
  }
  std::string program = LUCIE_BINARY;
  std::vector<char*> argv{program.data()};
  Arguments copy = arguments;
  for (std::string& argument : copy) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

}  // namespace

const std::vector<std::string> kStages{"corpus",    "tokenizer",    "tokens",   "pretrain",
                                       "base",      "instructions", "finetune", "gguf",
                                       "baselines", "eval",         "card",     "release"};

Child::Child(const Arguments& arguments, const Surroundings& surroundings) {
  static int number = 0;
  const fs::path base = workspace() / ("child" + std::to_string(number++));
  const fs::path in = base.string() + ".in";
  out_ = base.string() + ".out";
  err_ = base.string() + ".err";
  std::ofstream(in, std::ios::binary) << surroundings.input;
  id_ = ::fork();
  if (id_ == 0) become_lucie(arguments, surroundings, in, out_, err_);
}

Child::~Child() {
  if (!running()) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, &status_, 0);
}

bool Child::running() {
  if (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == id_) id_ = -1;
  return id_ > 0;
}

bool Child::kill_when(const std::function<bool()>& moment) {
  while (running()) {
    if (moment()) {
      ::kill(id_, SIGKILL);
      return wait().signal == SIGKILL;
    }
    std::this_thread::yield();
  }
  return false;
}

Outcome Child::wait() {
  if (id_ > 0) ::waitpid(std::exchange(id_, -1), &status_, 0);
  Outcome outcome;
  if (WIFEXITED(status_)) outcome.exit_code = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) outcome.signal = WTERMSIG(status_);
  outcome.out = read_text(out_);
  outcome.err = read_text(err_);
  return outcome;
}

Outcome lucie(const Arguments& arguments, const Surroundings& surroundings) {
  return Child(arguments, surroundings).wait();
}

fs::path workspace() {
  static const fs::path folder = [] {
    const fs::path path =
        fs::path(testing::TempDir()) / ("lucie-end-to-end-" + std::to_string(::getpid()));
    fs::remove_all(path);
    fs::create_directories(path);
    return path;
  }();
  return folder;
}

fs::path recipe() {
  return fs::path(LUCIE_SOURCE_DIR) / "recipes/micro.yaml";
}

const fs::path& data() {
  static const fs::path folder = [] {
    const fs::path path = workspace() / "data";
    const Outcome made = lucie({"corpus", "fixture", path.string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return path;
  }();
  return folder;
}

const fs::path& undisturbed() {
  static const fs::path run = [] {
    const fs::path path = workspace() / "undisturbed";
    const Outcome made = lucie(run_into(path));
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return path;
  }();
  return run;
}

Arguments run_into(const fs::path& out, const Arguments& more) {
  Arguments arguments{"run",           recipe().string(), "--data-dir",
                      data().string(), "--out",           out.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string manifest(const fs::path& run) {
  return read_text(run / "manifest.json");
}

fs::path stage_folder(const fs::path& run, const std::string& folder, const std::string& stage) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run / folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.size() == stage.size() + 9 && name.starts_with(stage + "-")) return entry.path();
  }
  return {};
}

void damage(const fs::path& file, std::uint64_t offset) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  const int byte = stream.get();
  ASSERT_TRUE(stream) << file << " has no byte " << offset;
  stream.seekp(static_cast<std::streamoff>(offset));
  stream.put(static_cast<char>(byte ^ 0x40));
}

std::vector<std::string> half_written(const fs::path& run) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(run / "stages")) {
    if (!fs::exists(entry.path() / "stage.json")) found.push_back(entry.path().string());
  }
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    if (entry.path().extension() == ".partial") found.push_back(entry.path().string());
  }
  return found;
}

}  // namespace lucie::end_to_end
