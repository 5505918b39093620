// Killed in any of its passes, alone or beside another process, or stopped by a full disk, `lucie
// corpus build` ends with the corpus that an undisturbed one gives, byte for byte.
#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

Arguments build_into(const fs::path& out, const Arguments& more = {}) {
  Arguments arguments{"corpus",     "build",         recipe().string(),
                      "--data",     data().string(), "--out",
                      out.string(), "--set",         "corpus.dedup.near=true"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder).string()] = read_text(entry.path());
  }
  return files;
}

void expect_whole(const fs::path& out, const std::string& after) {
  static const std::map<std::string, std::string> whole = [] {
    const fs::path path = workspace() / "corpus-undisturbed";
    const Outcome made = lucie(build_into(path));
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return files_in(path);
  }();
  const std::map<std::string, std::string> found = files_in(out);
  EXPECT_GT(whole.size(), 10u);
  EXPECT_FALSE(fs::exists(out / "work")) << "after " << after;
  for (const auto& [name, bytes] : whole) {
    const auto file = found.find(name);
    ASSERT_NE(file, found.end()) << name << " is missing after " << after;
    EXPECT_TRUE(file->second == bytes) << name << " differs after " << after;
  }
  EXPECT_EQ(found.size(), whole.size()) << "more files than there should be after " << after;
}

std::size_t done_in(const fs::path& out, const char* pass) {
  std::size_t count = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(out / "work" / pass, none)) {
    count += entry.path().extension() == ".done";
  }
  return count;
}

// Where a build that was killed stood.
std::string pass_of(const fs::path& out) {
  if (fs::exists(out / "stats.json")) return "clean up";
  for (const char* pass : {"write", "compare", "read"}) {
    if (fs::exists(out / "work" / pass)) return pass;
  }
  return "begin";
}

TEST(CorpusKill, before_any_change_of_the_disk_in_any_pass_gives_the_same_bytes) {
  std::map<std::string, int> killed;
  constexpr int kStep =
      23;  // shares no factor with what a shard changes, so that all kinds are met
  for (int change = 1;; change += kStep) {
    const fs::path out = workspace() / ("corpus-killed-" + std::to_string(change));
    const Outcome first = lucie(build_into(out, {"-t", "1"}),
                                {.environment = {{"LD_PRELOAD", LUCIE_FAULTS},
                                                 {"LUCIE_FAULT_KILL_AT", std::to_string(change)}},
                                 .input = {}});
    if (first.signal != SIGKILL) {
      EXPECT_EQ(first.exit_code, 0) << first.err;
      break;
    }
    ++killed[pass_of(out)];
    const Outcome second = lucie(build_into(out));
    ASSERT_EQ(second.exit_code, 0) << second.err << " after a kill at change " << change;
    expect_whole(out, "a kill at change " + std::to_string(change));
    fs::remove_all(out);
  }
  for (const char* pass : {"read", "compare", "write"}) EXPECT_GE(killed[pass], 3) << pass;
}

TEST(CorpusKill, again_and_again_gets_on) {
  const fs::path out = workspace() / "corpus-killed-again";
  int kills = 0;
  Outcome last;
  for (int change = 40; kills < 200; change += 5, ++kills) {
    last = lucie(build_into(out), {.environment = {{"LD_PRELOAD", LUCIE_FAULTS},
                                                   {"LUCIE_FAULT_KILL_AT", std::to_string(change)}},
                                   .input = {}});
    if (last.signal != SIGKILL) break;
  }
  EXPECT_EQ(last.exit_code, 0) << last.err;
  EXPECT_GT(kills, 3);
  expect_whole(out, std::to_string(kills) + " kills");
}

TEST(CorpusKill, of_one_of_two_processes_leaves_the_work_to_the_other) {
  int killed = 0;
  for (const char* pass : {"read", "compare", "write"}) {
    const fs::path out = workspace() / (std::string("corpus-shared-") + pass);
    Child one(build_into(out)), other(build_into(out));
    killed += one.kill_when([&] { return done_in(out, pass) >= 2; });
    const Outcome done = other.wait();
    EXPECT_EQ(done.exit_code, 0) << done.err;
    expect_whole(out, std::string("a kill of one of two processes in ") + pass);
  }
  EXPECT_GT(killed, 0);
}

TEST(CorpusDisk, full_at_any_time_is_an_error_after_which_the_build_goes_on) {
  const fs::path out = workspace() / "corpus-full-disk";
  int failures = 0;
  Outcome last;
  for (long long bytes = 1'000; bytes < 1'000'000'000; bytes = bytes * 3 / 2) {
    last =
        lucie(build_into(out), {.environment = {{"LD_PRELOAD", LUCIE_FAULTS},
                                                {"LUCIE_FAULT_DISK_BYTES", std::to_string(bytes)}},
                                .input = {}});
    if (last.exit_code == 0) break;
    ++failures;
    EXPECT_EQ(last.exit_code, 1) << last.err;
    EXPECT_NE(last.err.find("No space left on device"), std::string::npos) << last.err;
    EXPECT_FALSE(fs::exists(out / "stats.json"));
  }
  EXPECT_EQ(last.exit_code, 0) << last.err;
  EXPECT_GT(failures, 5);
  expect_whole(out, "a full disk");
}

}  // namespace
}  // namespace lucie::end_to_end
