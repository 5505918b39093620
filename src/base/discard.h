// Removing a folder that a later run would otherwise go on with.
#pragma once

#include "base/file.h"

namespace lucie {

// Gone at once: killed while its files are deleted, it leaves none of them under the folder's own
// name. What such a kill left is removed too.
void discard_folder(const fs::path& path);

}  // namespace lucie
