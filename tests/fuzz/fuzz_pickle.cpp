#include "base/error.h"
#include "formats/pickle.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const lucie::Pickle pickle(std::as_bytes(std::span(data, size)), 0, "fuzz");
    if (pickle.end() > size) std::abort();
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
