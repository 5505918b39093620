// Compressed files: reading comes to an end, with one kind of error, and gives the same however
// much is asked for at once.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/decompress.h"
#include "base/error.h"
#include "fuzz/fuzz_files.h"

namespace {

constexpr std::size_t kMost = 1 << 16;  // of a file that becomes much larger

// None: the file is damaged.
std::optional<std::string> contents(const std::string& path, std::size_t at_once) {
  const auto source = lucie::open_byte_source(path);
  std::string text, some(at_once, '\0');
  try {
    for (std::size_t got = 1; got > 0 && text.size() <= kMost;) {
      got = source->read(some);
      text.append(some, 0, got);
    }
  } catch (const lucie::Error& error) {
    if (error.code() != lucie::ErrorCode::kCorrupt) std::abort();
    return std::nullopt;
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile file({data, size});
  const auto text = contents(file.path(), kMost), slowly = contents(file.path(), 7);
  const bool is_large = (slowly && slowly->size() > kMost) || (text && text->size() > kMost);
  if (text != slowly && !is_large) std::abort();
  return 0;
}
