#include "base/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace lucie {
namespace {

// The number after the word `name` in a file of such lines; 0 when there is none.
std::size_t number_after(const std::string& name, const std::string& path) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    std::size_t value = 0;
    if (word == name && file >> value) return value;
  }
  return 0;
}

// Of a file that holds nothing else; "max", or no file: no limit.
std::size_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::size_t value = 0;
  return file >> value ? value : std::numeric_limits<std::size_t>::max();
}

// What the container's control group leaves: pages of files that it has read count as used there,
// but are given back when memory is asked for.
std::size_t left_in_group(const std::string& limit_file, const std::string& used_file,
                          const std::string& stat_file) {
  const std::size_t limit = number_in(limit_file), used = number_in(used_file);
  if (std::max(limit, used) == std::numeric_limits<std::size_t>::max()) return limit;
  const std::size_t files =
      number_after("inactive_file", stat_file) + number_after("active_file", stat_file);
  const std::size_t kept = used - std::min(used, files);
  return std::max<std::size_t>(1, limit - std::min(limit, kept));
}

}  // namespace

std::size_t available_memory() {
  const std::string group = "/sys/fs/cgroup/", old = group + "memory/memory.";
  return std::min(
      {number_after("MemAvailable:", "/proc/meminfo") * 1024,
       left_in_group(group + "memory.max", group + "memory.current", group + "memory.stat"),
       left_in_group(old + "limit_in_bytes", old + "usage_in_bytes", old + "stat")});
}

std::size_t resident_memory() {
  return number_after("VmRSS:", "/proc/self/status") * 1024;
}

std::size_t peak_resident_memory() {
  return number_after("VmHWM:", "/proc/self/status") * 1024;
}

void reset_peak_resident_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace lucie
