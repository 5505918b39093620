// What quantizing cost, for people: lines for a terminal, and a page with charts.
#pragma once

#include <string>

#include "eval/model_comparison.h"

namespace lucie {

struct QuantizeReport {
  std::string file, type;  // of the model that was written
  double bytes = 0, bits_per_weight = 0;
  std::string text;  // the name of what was read
  const ModelComparison& comparison;
};

std::string report_lines(const QuantizeReport& report);
std::string report_page(const QuantizeReport& report);  // HTML

}  // namespace lucie
