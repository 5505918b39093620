#include "base/error.h"
#include "formats/parquet.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A few bytes of runs may stand for any number of rows.
  constexpr int kMostRows = 10'000;
  const lucie::fuzz::MemoryFile memory({data, size});
  try {
    const lucie::ParquetFile file(memory.path());
    for (std::size_t group = 0; group < file.row_groups(); ++group) {
      lucie::ParquetRows rows(file, group, {});
      lucie::Json row;
      for (int i = 0; i < kMostRows && rows.next(&row); ++i) {
        if (row.size() != file.names().size()) std::abort();
      }
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
