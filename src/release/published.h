// What a release takes over from a run, made fit to be seen by everybody: no path of the machine
// it was made on, and of texts that may not be passed on neither words nor plain hashes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "release/settings.h"

namespace lucie {

// Makes the folder of `to`. A full disk and the like are kIo with both names.
void copy_file_to(const fs::path& from, const fs::path& to);

// The recipe without paths of this machine: an absolute path becomes elsewhere/NAME, that of a
// source elsewhere/ID, and release.paper its name in the bundle.
Json published_recipe(const Json& recipe);

struct PublishedCheckpoint {
  std::string name;  // step-00000200
  bool optimizer = false;
};
// Which of the checkpoints below `dir` (of train/checkpoint.h) are published, by age. An empty or
// absent folder gives none.
std::vector<PublishedCheckpoint> chosen_checkpoints(const fs::path& dir,
                                                    const ReleaseSettings& settings);
// Copies them. state.json keeps the position and the hashes; what the run recorded on the way
// stands in results.json, where passages of closed texts are withheld. `closed`: some text may not
// be shown, so the hash of the tokens is left out.
void copy_checkpoints(const fs::path& from, const std::vector<PublishedCheckpoint>& chosen,
                      bool closed, const fs::path& to);

// A stage as a release speaks of it: name, version, key, hash, numeric_mode, files.
struct PublishedStage {
  std::string name;
  Json made;  // its stage.json
};
// {version, program, stages, withheld}. With `closed`, keys, and hashes and files of the stages
// that hold text, are left out, and `withheld` says why.
Json provenance(const std::string& program, const std::vector<PublishedStage>& stages, bool closed);

}  // namespace lucie
