// Inside release/ only: charts of results.json, as SVG for the model card and the run's report.
#pragma once

#include <string>

#include "base/json.h"

namespace lucie {

std::string loss_chart(const Json& results);      // each step, and smoothed
std::string held_out_chart(const Json& results);  // bits per byte by language while training
// Loss by position as the extension began, and at the last measurement in it.
std::string position_chart(const Json& results);
std::string bits_chart(const Json& results);  // base model beside byte 5-gram and xz
std::string learning_rate_chart(const Json& results);
std::string gradient_chart(const Json& results);

}  // namespace lucie
