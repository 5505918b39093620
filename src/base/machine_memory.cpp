#include "base/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace lucie {
namespace {

// The number of kilobytes after "NAME:" in a file of such lines; 0 when there is none.
std::size_t kilobytes(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    std::size_t value = 0;
    if (word == name + ":" && file >> value) return value * 1024;
  }
  return 0;
}

std::size_t number_in(const char* path) {
  std::ifstream file(path);
  std::size_t value = 0;
  return file >> value ? value : std::numeric_limits<std::size_t>::max();  // "max": no limit
}

}  // namespace

std::size_t available_memory() {
  const std::size_t free = kilobytes("/proc/meminfo", "MemAvailable");
  const std::size_t limit = number_in("/sys/fs/cgroup/memory.max");
  const std::size_t used = number_in("/sys/fs/cgroup/memory.current");
  if (limit == std::numeric_limits<std::size_t>::max()) return free;
  return std::min(free, limit > used ? limit - used : 0);
}

std::size_t resident_memory() {
  return kilobytes("/proc/self/status", "VmRSS");
}

std::size_t peak_resident_memory() {
  return kilobytes("/proc/self/status", "VmHWM");
}

void reset_peak_resident_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace lucie
