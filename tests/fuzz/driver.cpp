// Runs a fuzz target without clang: on every seed file as it is, then on mutations of them that are
// a function of (seed, number of the run), so that a failure can be repeated anywhere.
//
//   fuzz_x [--runs N] [--seed S] [--only RUN] FILE_OR_FOLDER...
//
// Built with a sanitizer (the asan preset) it finds what a crash does not show. With LUCIE_FUZZ on,
// libFuzzer takes this file's place.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Defined by the sanitizers' runtime, null without it.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

using lucie::Rng;

constexpr std::size_t kLargestSeed = 1 << 20;
constexpr int kMostEdits = 4;
std::int64_t current_run = -1;  // for the message of a crash

struct Options {
  std::int64_t runs = 1000, only = -1;
  std::uint64_t seed = 1;
  std::vector<lucie::fs::path> paths;
};

void report_run() {
  std::array<char, 64> line{};
  const int length = std::snprintf(line.data(), line.size(), "driver: in run %lld\n",
                                   static_cast<long long>(current_run));
  if (write(STDERR_FILENO, line.data(), static_cast<std::size_t>(length)) < 0) return;
}

void on_signal(int signal) {
  report_run();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with("--")) {
      options.paths.emplace_back(argument);
      continue;
    }
    const auto value = i + 1 < argc ? lucie::parse_int(argv[++i]) : std::nullopt;
    if (!value || *value < 0) {
      lucie::fail(lucie::ErrorCode::kInvalidArgument, "a number is missing", std::string(argument));
    }
    if (argument == "--runs") {
      options.runs = *value;
    } else if (argument == "--only") {
      options.only = *value;
    } else if (argument == "--seed") {
      options.seed = static_cast<std::uint64_t>(*value);
    } else {
      lucie::fail(lucie::ErrorCode::kInvalidArgument, "unknown flag", std::string(argument));
    }
  }
  return options;
}

std::vector<std::string> read_seeds(const std::vector<lucie::fs::path>& paths) {
  std::vector<lucie::fs::path> files;
  for (const lucie::fs::path& path : paths) {
    if (!lucie::fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : lucie::fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.file_size() <= kLargestSeed) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const lucie::fs::path& file : files) seeds.push_back(lucie::read_file(file));
  if (seeds.empty()) seeds.emplace_back();
  return seeds;
}

// One edit: a bit, a byte, a number, a stretch removed, repeated, or taken from another seed.
void edit(std::string& data, const std::vector<std::string>& seeds, Rng& rng) {
  constexpr std::array<std::uint64_t, 6> kNumbers = {0,          1,       0x7FFFFFFF,
                                                     0xFFFFFFFF, 1 << 20, ~std::uint64_t{0}};
  const std::size_t at = rng.below(data.size() + 1);
  const std::size_t length = std::min<std::size_t>(rng.below(16) + 1, data.size() - at);
  switch (rng.below(7)) {
    case 0:
      if (length > 0) data[at] = static_cast<char>(data[at] ^ 1 << rng.below(8));
      return;
    case 1:
      if (length > 0) data[at] = static_cast<char>(rng.below(256));
      return;
    case 2: {  // a length or an offset that lies
      std::uint64_t number = kNumbers[rng.below(kNumbers.size())];
      for (std::size_t i = 0; i < std::min<std::size_t>(length, 8); ++i, number >>= 8) {
        data[at + i] = static_cast<char>(number & 0xFF);
      }
      return;
    }
    case 3:
      data.erase(at, length);
      return;
    case 4:
      data.insert(at, data.substr(at, length));
      return;
    case 5:
      data.resize(at);  // cut off
      return;
    default: {
      const std::string& other = seeds[rng.below(seeds.size())];
      const std::size_t from = rng.below(other.size() + 1);
      data.insert(at, other.substr(from, rng.below(64)));
      return;
    }
  }
}

std::string mutated(const std::vector<std::string>& seeds, std::uint64_t seed, std::int64_t run) {
  Rng rng(seed, "fuzz", static_cast<std::uint64_t>(run));
  std::string data = seeds[rng.below(seeds.size())];
  // The end of a file is rarely reached by an edit that a short head has already spoilt: one edit
  // is the most usual.
  for (std::uint64_t edits = 1 + rng.below(kMostEdits) * rng.below(2); edits > 0; --edits) {
    edit(data, seeds, rng);
  }
  return data;
}

void run_one(const std::string& data, std::int64_t run) {
  current_run = run;
  // Of the exact size on the heap, so that reading behind the end is found.
  const std::vector<std::uint8_t> bytes(data.begin(), data.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    const std::vector<std::string> seeds = read_seeds(options.paths);
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(signal, on_signal);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(report_run);
    if (options.only >= 0) {
      run_one(mutated(seeds, options.seed, options.only), options.only);
      return 0;
    }
    for (const std::string& seed : seeds) run_one(seed, -1);
    for (std::int64_t run = 0; run < options.runs; ++run) {
      run_one(mutated(seeds, options.seed, run), run);
    }
    std::printf("%zu seeds, %lld runs\n", seeds.size(), static_cast<long long>(options.runs));
  } catch (const lucie::Error& error) {
    std::fprintf(stderr, "driver: error: %s\n", error.what());
    report_run();
    return 1;
  }
  return 0;
}
