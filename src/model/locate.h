// What a user may call a model: a Hugging Face directory, a .gguf file, a run directory, which
// means its newest instruct model, else its base ("runs/tiny:base" picks another of its models), or
// a repository of a hub: "org/name", "org/name@revision", "org/name:file.gguf".
#pragma once

#include <string>

#include "base/file.h"
#include "hub/models.h"

namespace lucie {

// The directory or file to load. What is there locally comes first, then the hub's cache, then the
// hub itself (hub/models.h): only a name that exists nowhere is asked for there. Error{kNotFound}
// says what was looked for.
fs::path locate_model(const std::string& name, hub::ModelPart part = hub::ModelPart::kAll);

}  // namespace lucie
