// For tests only: a fresh folder per test, and what an Error said.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace lucie::testing_base {

// An empty folder of the running test's own, removed at its end.
class Folder {
 public:
  Folder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("lucie_") + program_invocation_short_name + "_" +
                       test->test_suite_name() + "." + test->name();
    std::replace(name.begin(), name.end(), '/', '_');  // of tests with parameters
    path_ = fs::path(::testing::TempDir()) / name;
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(std::string_view name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  int entries() const {
    return static_cast<int>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

// The Error that `action` throws; the test fails when it throws none.
template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return Error(ErrorCode::kInternal, "none");
}

}  // namespace lucie::testing_base
