// What a Parquet file holds, for `lucie inspect`.
#pragma once

#include "base/file.h"

namespace lucie {

// False for anything but an existing file that begins as Parquet.
bool names_parquet_file(const fs::path& path);

// Prints rows, row groups and columns with their sizes; as JSON where --json was given. Returns the
// exit code.
int inspect_parquet(const fs::path& path);

}  // namespace lucie
