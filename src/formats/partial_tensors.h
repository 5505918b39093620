// A file of tensors that is written over several runs: its bytes, and which of its tensors are
// whole, in a folder beside the place where it will be.
//
//   FOLDER/lock  data     the file, as far as it is
//   FOLDER/tensors        "lucie partial 1 KEY", then a line for each whole tensor:
//                         position, XXH3-128 of its bytes in hex
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/hash.h"
#include "base/partial_file.h"

namespace lucie {

class PartialTensors {
 public:
  // `key`: hex, of all that the file is made of. What was begun with another is dropped. Another
  // process at work there: Error{kIo}.
  PartialTensors(fs::path folder, const std::string& key);

  fs::path data() const { return folder_ / "data"; }
  // Whether a run before this one finished the tensor with these bytes: what was lost of the file
  // since is not whole.
  bool was_finished(std::size_t tensor, std::span<const std::byte> bytes) const;
  // Once all bytes of it are in the file. Several threads may call it.
  void finish(std::size_t tensor, std::span<const std::byte> bytes);
  void remove();  // the folder, once the file stands where it belongs

 private:
  void read_list(const std::string& head);

  fs::path folder_;
  std::unique_ptr<FileLock> lock_;
  std::map<std::size_t, Hash128> finished_;
  std::mutex mutex_;
};

}  // namespace lucie
