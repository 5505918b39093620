// lucie quantize --type gptq: a Hugging Face directory of packed linear layers.
#pragma once

#include <cstdint>
#include <string>

namespace lucie {

struct GptqRequest {
  std::string source, out, calibrate;  // MODEL, OUT, the text's file
  std::int64_t bits = 4, group_size = 128, window = 512;
};

int quantize_gptq(const GptqRequest& request);

}  // namespace lucie
