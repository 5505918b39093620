// Wikitext alone, and the same bytes as a dump: damage is reported, never thrown.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "corpus/readers/wiki_reader.h"
#include "corpus/readers/wikitext.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lucie::read_wikitext(text, {"file", "category"});
  const lucie::fuzz::MemoryFile file({data, size});
  lucie::SourceSpec spec;
  spec.id = "fuzz";
  lucie::read_wiki_dump(
      spec, {file.path(), "x.xml", "mediawiki"},
      [](lucie::Document&& document) {
        if (document.text.empty()) std::abort();
      },
      [](const lucie::SkippedFile&) {});
  return 0;
}
