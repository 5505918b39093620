#include "run/stage.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

class RunDirectoryTest : public testing::Test {
 protected:
  RunDirectoryTest()
      : root_(fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(root_);
  }
  ~RunDirectoryTest() override { fs::remove_all(root_); }

  // Writes `text`, and counts how often it ran.
  Stage stage(const std::string& name, const std::string& text,
              const std::vector<std::string>& inputs = {}) {
    Stage stage;
    stage.name = name;
    stage.settings["text"] = text;
    stage.inputs = inputs;
    stage.run = [this, name, text](const StageWork& work) {
      std::string all = text;
      for (const StageInput& input : work.inputs) all += read_file(input.path / "text");
      write_file_atomic(work.out / "text", all);
      ++runs_[name];
    };
    return stage;
  }

  fs::path root_;
  std::map<std::string, int> runs_;
};

TEST_F(RunDirectoryTest, makes_a_stage_once_and_what_depends_on_it_only_when_it_changes) {
  std::string first, second;
  {
    RunDirectory run(root_);
    first = run.run(stage("a", "x"), "m").hash;
    second = run.run(stage("b", "y", {"a"}), "m").hash;
  }
  {
    RunDirectory run(root_);
    EXPECT_TRUE(run.run(stage("a", "x"), "m").reused);
    EXPECT_EQ(run.run(stage("b", "y", {"a"}), "m").hash, second);
    EXPECT_EQ(runs_["a"] + runs_["b"], 2);
  }
  RunDirectory run(root_);
  EXPECT_NE(run.run(stage("a", "z"), "m").hash, first);
  EXPECT_FALSE(run.run(stage("b", "y", {"a"}), "m").reused);
  EXPECT_EQ(read_file(run.result("b").path / "text"), "yz");
  EXPECT_EQ(runs_["a"] + runs_["b"], 4);
}

TEST_F(RunDirectoryTest, the_numeric_mode_counts_only_where_numbers_depend_on_it) {
  RunDirectory run(root_);
  Stage plain = stage("plain", "x"), numeric = stage("numeric", "x");
  numeric.numeric = true;
  EXPECT_EQ(run.look(plain, "bf16").key, run.look(plain, "fp32").key);
  EXPECT_NE(run.look(numeric, "bf16").key, run.look(numeric, "fp32").key);
  Stage newer = plain;
  newer.version = 2;
  EXPECT_NE(run.look(plain, "m").key, run.look(newer, "m").key);
}

TEST_F(RunDirectoryTest, a_stage_that_fails_leaves_no_output_and_can_be_run_again) {
  RunDirectory run(root_);
  Stage failing = stage("a", "x");
  const auto good = failing.run;
  failing.run = [](const StageWork& work) {
    write_file_atomic(work.out / "half", "half");
    fail(ErrorCode::kIo, "no space");
  };
  EXPECT_EQ(error_of([&] { run.run(failing, "m"); }).message(), "no space");
  EXPECT_TRUE(fs::is_empty(root_ / "stages"));
  failing.run = good;
  const StageResult& made = run.run(failing, "m");
  EXPECT_FALSE(fs::exists(made.path / "half"));
  EXPECT_TRUE(fs::exists(made.path / "text"));
}

TEST_F(RunDirectoryTest, a_resuming_stage_finds_its_work_but_not_an_old_stage_file) {
  RunDirectory run(root_);
  Stage resuming = stage("a", "x");
  resuming.resumes = true;
  const auto good = resuming.run;
  resuming.run = [](const StageWork& work) {
    write_file_atomic(work.out / "kept", "1");
    write_file_atomic(work.out / "stage.json", "{}");  // killed between this and the rename
    fail(ErrorCode::kCancelled, "stop");
  };
  EXPECT_THROW(run.run(resuming, "m"), Error);
  resuming.run = good;
  const StageResult& made = run.run(resuming, "m");
  EXPECT_EQ(read_file(made.path / "kept"), "1");
  EXPECT_EQ(read_json(made.path / "stage.json").at("files").size(), 2u) << "kept and text";
}

TEST_F(RunDirectoryTest, a_damaged_input_is_named_and_made_again_once_deleted) {
  fs::path input;
  {
    RunDirectory run(root_);
    input = run.run(stage("a", "x"), "m").path;
  }
  for (const bool missing : {false, true}) {
    if (missing) {
      fs::remove(input / "text");
    } else {
      write_file_atomic(input / "text", "other");
    }
    RunDirectory run(root_);
    run.run(stage("a", "x"), "m");
    const Error error = error_of([&] { run.run(stage("b", "y", {"a"}), "m"); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.place(), (input / "text").string());
    EXPECT_NE(error.hint().find(input.string()), std::string::npos);
  }
  fs::remove_all(input);
  RunDirectory run(root_);
  run.run(stage("a", "x"), "m");
  EXPECT_EQ(read_file(run.run(stage("b", "y", {"a"}), "m").path / "text"), "yx");
}

TEST_F(RunDirectoryTest, is_held_by_one_at_a_time) {
  const RunDirectory run(root_);
  EXPECT_EQ(error_of([&] { RunDirectory second(root_); }).message(),
            "another process works on this run");
}

TEST_F(RunDirectoryTest, manifests_of_equal_runs_are_equal_and_hold_no_clock) {
  std::vector<std::string> manifests;
  for (const char* name : {"one", "two"}) {
    RunDirectory run(root_ / name);
    run.run(stage("a", "x"), "m");
    run.run(stage("b", "y", {"a"}), "m");
    run.write_manifest(Json::object());
    manifests.push_back(read_file(root_ / name / "manifest.json"));
  }
  EXPECT_EQ(manifests[0], manifests[1]);
}

TEST_F(RunDirectoryTest, links_are_relative_and_replaced) {
  RunDirectory run(root_);
  run.link("newest", run.run(stage("a", "x"), "m").path);
  run.link("newest", run.run(stage("c", "z"), "m").path);
  EXPECT_TRUE(fs::read_symlink(root_ / "newest").is_relative());
  EXPECT_EQ(read_file(root_ / "newest/text"), "z");
}

}  // namespace
}  // namespace lucie
