// The input is the index, then the tokens; its first two bytes tell where the tokens begin.
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "formats/indexed_dataset.h"
#include "fuzz/fuzz_files.h"

namespace {

void replace_link(const lucie::fs::path& link, const std::string& target) {
  lucie::fs::remove(link);
  lucie::fs::create_symlink(target, link);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // For links to the pair of files, whose names must differ in suffix only.
  static const lucie::AtomicDirectory folder(lucie::fs::temp_directory_path() / "lucie_fuzz");
  const lucie::fs::path prefix = folder.path() / "x";
  const std::span<const std::uint8_t> rest(data + 2, size - 2);
  const std::size_t cut = std::min<std::size_t>(data[0] + 256U * data[1], rest.size());
  const lucie::fuzz::MemoryFile idx(rest.first(cut)), bin(rest.subspan(cut));
  replace_link(prefix.string() + ".idx", idx.path());
  replace_link(prefix.string() + ".bin", bin.path());
  try {
    const lucie::IndexedDataset dataset(prefix);
    std::vector<std::int32_t> tokens(dataset.tokens());
    dataset.read(0, tokens);
    for (std::uint64_t i = 0; i < dataset.tokens(); ++i) {
      const std::int64_t document = dataset.document_of(i);
      if (i < dataset.begin(document) || i >= dataset.begin(document + 1)) std::abort();
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
