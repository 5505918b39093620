#include "base/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace lucie {

const char* error_code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kIo:
      return "i/o";
    case ErrorCode::kOutOfMemory:
      return "out of memory";
    case ErrorCode::kMismatch:
      return "mismatch";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string message, std::string place, std::string hint)
    : code_(code),
      message_(std::move(message)),
      place_(std::move(place)),
      hint_(std::move(hint)),
      what_(place_.empty() ? message_ : message_ + ": " + place_) {}

void fail(ErrorCode code, std::string message, std::string place, std::string hint) {
  throw Error(code, std::move(message), std::move(place), std::move(hint));
}

void assertion_failed(const char* condition, std::source_location where) noexcept {
  // The process is about to end on a bug of ours: stderr is the only place left to say so.
  std::fprintf(stderr, "lucie: bug: assertion failed: %s, in %s (%s:%u)\n", condition,
               where.function_name(), where.file_name(), static_cast<unsigned>(where.line()));
  std::abort();
}

}  // namespace lucie
