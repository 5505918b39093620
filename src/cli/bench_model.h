// `lucie bench MODEL`: prompt and generation speed as llama-bench defines them.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/context.h"

namespace lucie {

struct ModelBenchOptions {
  std::int64_t prompt = 512, answer = 128;  // 0 leaves that test out
  std::int64_t repetitions = 5;
  std::string cache_type = "f16";
  bool exact = false;  // activations are not rounded
};

// Measures and prints, as JSON where asked. Values out of range: Error{kInvalidArgument} by flag.
void bench_model(Context& ctx, const std::string& model, const ModelBenchOptions& options);

}  // namespace lucie
