// Text models: what can be opened reads any text and comes to an end.
#include "base/error.h"
#include "corpus/text_model.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile file({data, size});
  try {
    const lucie::TextModel model(file.path());
    for (const char* text : {"The sea and the 12 houses.", "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC", ""}) {
      const lucie::TextModel::Reading reading = model.read(text);
      if (reading.known > reading.lettered || reading.known_share() > 1) std::abort();
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
