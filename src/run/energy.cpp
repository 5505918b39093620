#include "run/energy.h"

#include "base/error.h"
#include "base/text.h"

namespace lucie {

std::optional<double> read_joules() {
  const fs::path root = "/sys/class/powercap";
  std::error_code error;
  double joules = 0;
  bool any = false;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const std::string name = entry.path().filename().string();
    // "intel-rapl:0" is a package; "intel-rapl:0:1" is a part of one.
    if (!name.starts_with("intel-rapl:") || name.find(':', 11) != std::string::npos) continue;
    try {
      const auto microjoules = parse_int(trim(read_file(entry.path() / "energy_uj")));
      if (!microjoules) return std::nullopt;
      joules += static_cast<double>(*microjoules) * 1e-6;
      any = true;
    } catch (const Error&) {
      return std::nullopt;  // readable by root only, on most systems
    }
  }
  return any ? std::optional(joules) : std::nullopt;
}

double estimated_watts(int threads) {
  return 7.5 * threads;
}

}  // namespace lucie
