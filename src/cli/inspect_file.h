// What a file of weights, or of data (inspect_parquet.h), holds, for `lucie inspect`.
#pragma once

#include <string>

namespace lucie {

// Prints metadata and tensors of a model (as model/locate.h names them), of a file in any of the
// formats, or of a universal checkpoint; as JSON where --json was given. Returns the exit code.
int inspect_file(const std::string& name);

}  // namespace lucie
