// What a user may call a model: a Hugging Face directory, a .gguf file, or a run directory, which
// means its newest instruct model, else its base; "runs/tiny:base" picks another of its models.
#pragma once

#include <string>

#include "base/file.h"

namespace lucie {

// The directory or file to load. Error{kNotFound} says what was looked for.
fs::path locate_model(const std::string& name);

}  // namespace lucie
