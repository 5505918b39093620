// For the tests of formats/ only: a folder per test, what an Error said, and the two sweeps that
// every reader must stand: a file cut at each byte, and a file with each byte damaged.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

#include "base/test_files.h"

namespace lucie::testing_formats {

using testing_base::error_of;

inline fs::path golden(std::string_view name) {
  return fs::path(LUCIE_SOURCE_DIR) / "tests/golden/formats" / name;
}

// What the golden scripts were given as --seed.
inline std::int64_t golden_seed() {
  return std::stoll(read_file(golden("seed")));
}

// Element i of tensor t of the golden files (tools/make_formats_golden.py).
inline float golden_value(std::int64_t t, std::int64_t i) {
  return static_cast<float>((7 * i + 31 * t + 13 * golden_seed()) % 251 - 125) / 8.0F;
}

// An empty folder of the running test's own.
inline fs::path fresh_folder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const fs::path path =
      fs::path(::testing::TempDir()) /
      ("lucie_formats_" + std::string(test->test_suite_name()) + "." + test->name());
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

// For the sweeps, which write thousands of files: neither an fsync, nor the flush that ext4 does
// when a file is cut to nothing and written anew.
inline void put_file(const fs::path& path, std::string_view bytes) {
  fs::remove(path);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// `read(path)` must throw an Error for every proper prefix of `bytes` below `meaningful` bytes.
template <typename Read>
void expect_error_when_cut(const fs::path& path, std::string_view bytes, std::size_t meaningful,
                           Read read) {
  for (std::size_t size = 0; size < meaningful; ++size) {
    put_file(path, bytes.substr(0, size));
    EXPECT_THROW(read(path), Error) << "cut to " << size << " of " << bytes.size() << " bytes";
  }
}

// With any one byte damaged, `read(path)` may throw an Error or not, but nothing else (run under
// the sanitizers, this finds what a reader believes without looking). Returns how many threw.
template <typename Read>
int expect_no_harm_when_damaged(const fs::path& path, std::string bytes, Read read) {
  int errors = 0;
  for (char& byte : bytes) {
    const char whole = byte;
    for (const int flip : {0x01, 0x80, 0xff}) {
      byte = static_cast<char>(whole ^ flip);
      put_file(path, bytes);
      try {
        read(path);
      } catch (const Error&) {
        ++errors;
      }
    }
    byte = whole;
  }
  return errors;
}

}  // namespace lucie::testing_formats
