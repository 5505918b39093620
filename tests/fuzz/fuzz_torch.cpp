#include "base/error.h"
#include "formats/torch_file.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile memory({data, size});
  try {
    const lucie::TorchFile file(memory.path());
    for (const lucie::StoredTensor& tensor : file.weights().tensors()) {
      if (file.weights().find(tensor.name) != &tensor) std::abort();
      if (tensor.foreign_type.empty()) lucie::fuzz::touch(file.weights().data(tensor));
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
