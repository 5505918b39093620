#include "base/error.h"
#include "formats/gguf.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile file({data, size});
  try {
    const lucie::GgufReader reader(file.path());
    for (const lucie::StoredTensor& tensor : reader.tensors()) {
      if (tensor.foreign_type.empty()) lucie::fuzz::touch(reader.data(tensor));
      if (reader.find(tensor.name) != &tensor) std::abort();
    }
    for (const auto& [key, value] : reader.metadata()) {
      if (reader.find_value(key) != &value) std::abort();
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
