// What lucie quantize --target-size came to, for people and for programs.
#pragma once

#include <string>

#include "base/json.h"
#include "pipeline/quantization.h"

namespace lucie {

// Of a form that has a mixture.
Json mixture_json(const QuantizedForm& form);
std::string mixture_lines(const QuantizedForm& form);  // a line for each kind of tensor

}  // namespace lucie
