#include "base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/log.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

TEST(Error, carries_code_message_place_and_hint) {
  const Error error =
      error_of([] { fail(ErrorCode::kMismatch, "do not agree", "a.bin:7", "do x"); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_EQ(error.message(), "do not agree");
  EXPECT_EQ(error.place(), "a.bin:7");
  EXPECT_EQ(error.hint(), "do x");
  EXPECT_STREQ(error.what(), "do not agree: a.bin:7");
  EXPECT_STREQ(Error(ErrorCode::kIo, "alone").what(), "alone");
}

TEST(Error, every_code_has_a_name_of_its_own) {
  std::vector<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    names.emplace_back(error_code_name(static_cast<ErrorCode>(code)));
    EXPECT_NE(names.back(), "unknown");
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(ErrorDeathTest, a_failed_assertion_names_its_condition_and_place) {
  LUCIE_ASSERT(1 + 1 == 2);
  EXPECT_DEATH(LUCIE_ASSERT(1 + 1 == 3), "bug: assertion failed: 1 \\+ 1 == 3.*error_test.cpp");
}

TEST(Cancel, a_signal_sets_the_flag_that_long_loops_check) {
  clear_cancel();
  check_cancelled();
  install_interrupt_handler();
  std::raise(SIGINT);
  EXPECT_TRUE(cancel_requested());
  EXPECT_EQ(error_of([] { check_cancelled(); }).code(), ErrorCode::kCancelled);
  clear_cancel();
  EXPECT_FALSE(cancel_requested());
  std::raise(SIGINT);  // the first again: it does not end the process
  EXPECT_TRUE(cancel_requested());
  clear_cancel();
  request_cancel();
  EXPECT_TRUE(cancel_requested());
  clear_cancel();
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

TEST(CancelDeathTest, a_second_signal_ends_the_process) {
  EXPECT_EXIT(
      {
        install_interrupt_handler();
        std::raise(SIGTERM);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

struct Recorder : LogSink {
  void message(LogLevel level, std::string_view text) override {
    messages.emplace_back(std::to_string(static_cast<int>(level)) + " " + std::string(text));
  }
  void progress(const ProgressState& state) override {
    ++reports;
    done = state.done;
    finished = state.finished;
    label = state.label;
    note = state.note;
  }
  std::vector<std::string> messages;
  int reports = 0;
  std::uint64_t done = 0;
  bool finished = false;
  std::string label, note;
};

TEST(Log, messages_go_to_the_sink_with_their_level) {
  Recorder recorder;
  set_log_sink(&recorder);
  log_debug("a");
  log_info("b");
  log_warning("c");
  set_log_sink(nullptr);
  log_warning("dropped");
  EXPECT_EQ(recorder.messages, (std::vector<std::string>{"0 a", "1 b", "2 c"}));
}

TEST(Log, progress_is_throttled_and_reports_its_end) {
  Recorder recorder;
  set_log_sink(&recorder);
  {
    Progress progress("count", 100'000, "doc");
    for (int i = 0; i < 100'000; ++i) progress.add(1, i == 99'999 ? "last" : "");
    // Ten reports a second at most: the loop takes a few milliseconds, sanitized much less than 5
    // s.
    EXPECT_LT(recorder.reports, 50);
  }
  set_log_sink(nullptr);
  EXPECT_TRUE(recorder.finished);
  EXPECT_EQ(recorder.done, 100'000U);
  EXPECT_EQ(recorder.label, "count");
  EXPECT_EQ(recorder.note, "last");
}

}  // namespace
}  // namespace lucie
