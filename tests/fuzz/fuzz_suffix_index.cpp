// An index that was changed after it was made. The input stands for the changes: its first byte
// cuts off so many bytes, the others are added (XOR) to those of the file from its beginning, so
// that zeros are the index as it was, whatever its format becomes.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "fuzz/fuzz_files.h"
#include "trace/index_build.h"
#include "trace/test_tokens.h"
#include "trace/verbatim_spans.h"

namespace {

constexpr std::uint64_t kAlphabet = 5;

struct Made {
  lucie::AtomicDirectory folder{lucie::fs::temp_directory_path() / "lucie_fuzz"};
  lucie::TokenText text{{lucie::testing_trace::write_shard(
      folder.path(), "x", lucie::testing_trace::random_documents(1, 30, kAlphabet), 100)}};
  std::string index;
  Made() {
    lucie::ThreadPool pool(1);
    lucie::build_suffix_index(text, folder.path() / "index", 1 << 20, pool);
    index = lucie::read_file(folder.path() / "index");
  }
};

void ask(const lucie::SuffixIndex& index) {
  std::vector<std::int32_t> words;
  for (std::int32_t i = 0; i < 40; ++i) words.push_back(i * i % 7);
  const std::vector<std::uint64_t> lengths = lucie::matching_lengths(index, words);
  for (const lucie::VerbatimSpan& span : lucie::maximal_spans(index, words, lengths, 1)) {
    if (span.begin >= span.end || span.end > words.size()) std::abort();
    for (std::uint64_t rank = span.ranks.begin; rank < span.ranks.end; ++rank) {
      if (index.position(rank) >= index.text().tokens()) std::abort();
    }
  }
  lucie::infinite_grams(index, words, lengths);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Made made;
  if (size == 0) return 0;
  std::string bytes = made.index;
  for (std::size_t i = 0; i < std::min(size - 1, bytes.size()); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ data[i + 1]);
  }
  bytes.resize(bytes.size() - std::min<std::size_t>(data[0], bytes.size()));
  const lucie::fuzz::MemoryFile file(
      {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  try {
    ask(lucie::SuffixIndex(file.path(), made.text));
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
