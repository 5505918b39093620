// A password from wherever the user keeps it.
#pragma once

#include <string>

#include "base/file.h"

namespace lucie {

// The first line of `file`; without a file, the environment's `variable`; without that, what is
// typed on the terminal behind `prompt`, unseen. No terminal: kInvalidArgument with the other ways.
std::string ask_password(const std::string& prompt, const fs::path& file, const char* variable);

}  // namespace lucie
