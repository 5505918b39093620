// Web archives: damage is reported, never thrown, and reading comes to an end.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "corpus/readers/web_archive.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile file({data, size});
  lucie::SourceSpec spec;
  spec.id = "fuzz";
  spec.max_document = 1 << 20;
  for (const char* reader : {"warc", "wet"}) {
    spec.reader = reader;
    lucie::read_web_archive(
        spec, {file.path(), "x.warc", "warc"},
        [](lucie::Document&& document) {
          if (document.text.empty() || !lucie::is_valid_utf8(document.text)) std::abort();
        },
        [](const lucie::SkippedFile&) {});
  }
  return 0;
}
