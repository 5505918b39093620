// fastText's models: what can be opened answers about any text, in labels of its own.
#include <algorithm>

#include "base/error.h"
#include "corpus/fasttext.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile file({data, size});
  try {
    const lucie::FastTextModel model(file.path());
    const auto& labels = model.labels();
    for (const char* text :
         {"the house and the sea", "la maison\nla mer", "\xC3\xA9t\xC3\xA9", ""}) {
      for (const auto& guess : model.predict(text, 3)) {
        if (std::find(labels.begin(), labels.end(), guess.label) == labels.end()) std::abort();
      }
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
