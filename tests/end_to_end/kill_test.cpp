// Killed anywhere and started again, a run ends as if nothing had happened.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

std::size_t lines_in(const fs::path& file, const std::string& containing) {
  std::ifstream in(file);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) count += line.find(containing) != line.npos;
  return count;
}

bool has_checkpoint(const fs::path& run, const char* name) {
  const fs::path work = stage_folder(run, "work", "pretrain");
  return !work.empty() && fs::exists(work / "checkpoints" / name / "state.json");
}

TEST(Kill, in_every_stage_leaves_a_run_that_ends_the_same) {
  const fs::path run = workspace() / "killed-in-every-stage";
  for (const std::string& stage : kStages) {
    Child child(run_into(run));
    const bool killed = child.kill_when([&] { return !stage_folder(run, "work", stage).empty(); });
    // The last ones may be over before we look.
    if (stage != "card" && stage != "release") {
      EXPECT_TRUE(killed) << "the run ended before it was killed in " << stage;
    }
  }
  const Outcome last = lucie(run_into(run));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
  EXPECT_EQ(half_written(run), std::vector<std::string>());
}

TEST(Kill, in_pretraining_at_checkpoints_and_between_them_goes_on_where_it_was) {
  const fs::path run = workspace() / "killed-in-pretraining";
  const fs::path metrics = run / "metrics.jsonl";
  ASSERT_EQ(lucie(run_into(run, {"--until", "tokens"})).exit_code, 0);
  for (const char* checkpoint : {"step-00000004", "step-00000012", "step-00000020"}) {
    Child at(run_into(run));
    EXPECT_TRUE(at.kill_when([&] { return has_checkpoint(run, checkpoint); })) << checkpoint;
    const std::size_t steps = lines_in(metrics, "pretrain");
    Child between(run_into(run));
    EXPECT_TRUE(between.kill_when([&] {
      const std::size_t now = lines_in(metrics, "pretrain");
      return now != steps && now % 4 != 0;  // not a checkpoint's moment, and easily met
    }));
  }
  const Outcome last = lucie(run_into(run));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_NE(last.err.find("resuming from"), std::string::npos) << last.err;
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
  EXPECT_EQ(lines_in(metrics, "pretrain"), 24u) << "steps taken twice stand once";
}

// Each process is ended before a later change to the disk than the one before it: the k-th fsync,
// rename, mkdir or unlink, so that many kinds of moments between two changes are met.
TEST(Kill, before_any_change_of_the_disk_leaves_nothing_half_written) {
  const fs::path run = workspace() / "killed-at-changes";
  int processes = 0;
  Outcome last;
  for (int change = 1; change < 2000; change += 1 + change / 10) {
    last = lucie(run_into(run), {.environment = {{"LD_PRELOAD", LUCIE_FAULTS},
                                                 {"LUCIE_FAULT_KILL_AT", std::to_string(change)}},
                                 .input = {}});
    ++processes;
    if (last.signal != SIGKILL) break;
    std::error_code not_begun;
    for (const auto& entry : fs::directory_iterator(run, not_begun)) {
      if (!entry.is_symlink() || entry.path().extension() == ".partial") continue;
      EXPECT_TRUE(fs::exists(entry.path())) << entry.path() << " leads nowhere, kill " << change;
    }
  }
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_GT(processes, 20);
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
  EXPECT_EQ(half_written(run), std::vector<std::string>());
}

}  // namespace
}  // namespace lucie::end_to_end
