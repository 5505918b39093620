// The one exception type of the project, and the assertion for our own bugs.
//
// The library throws Error for whatever a user or a file can cause; only cli/ and serve/ catch and
// print it. `place` says where (path with offset or line, flag, recipe key, rank), `hint` says what
// to do about it.
//
//   fail(ErrorCode::kCorrupt, "header is longer than the file", path + ":0", "download it again");
#pragma once

#include <exception>
#include <source_location>
#include <string>

namespace lucie {

enum class ErrorCode {
  kInvalidArgument,  // wrong flag, recipe key or value: exit code 2
  kNotFound,
  kCorrupt,      // a file is not what its format says
  kUnsupported,  // well formed, but not something we handle
  kIo,
  kOutOfMemory,
  kMismatch,  // two things that must agree do not (tokenizer and model, hash and file)
  kCancelled,
  kInternal,
};

const char* error_code_name(ErrorCode code) noexcept;

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string place = {}, std::string hint = {});

  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& place() const noexcept { return place_; }
  const std::string& hint() const noexcept { return hint_; }
  // "message: place", without the hint.
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_, place_, hint_, what_;
};

[[noreturn]] void fail(ErrorCode code, std::string message, std::string place = {},
                       std::string hint = {});

[[noreturn]] void assertion_failed(
    const char* condition, std::source_location where = std::source_location::current()) noexcept;

}  // namespace lucie

// For our own bugs only: on in release too, never reachable from a file or a request.
#define LUCIE_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : ::lucie::assertion_failed(#condition))
