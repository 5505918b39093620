#include "base/discard.h"

namespace lucie {

void discard_folder(const fs::path& path) {
  const fs::path hidden = path.parent_path() / ("." + path.filename().string() + ".partial");
  fs::remove_all(hidden);
  fs::rename(path, hidden);
  fs::remove_all(hidden);
}

}  // namespace lucie
