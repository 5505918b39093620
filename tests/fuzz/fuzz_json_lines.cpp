// Lines of JSON, compressed or not: damage is reported, never thrown, and reading comes to an end.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "corpus/readers/record_file.h"
#include "fuzz/fuzz_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lucie::fuzz::MemoryFile file({data, size});
  lucie::SourceSpec spec;
  spec.id = "fuzz";
  spec.max_document = 1 << 16;
  const auto take = [](lucie::Document&& document) {
    if (document.text.empty() || !lucie::is_valid_utf8(document.text)) std::abort();
  };
  try {
    lucie::read_json_lines(spec, {file.path(), "x.jsonl", "jsonl"}, take,
                           [](const lucie::SkippedFile&) {});
  } catch (const lucie::Error& error) {  // no record has a text
    if (error.code() != lucie::ErrorCode::kInvalidArgument) std::abort();
  }
  return 0;
}
