// How far a GGUF file's tokenizer keys say to llama.cpp what tokenizer.json says: llama.cpp reads
// neither that nor tokenizer.huggingface.json, and its own keys have no place for normalizers,
// for pre-tokenizers that are not on its list, nor for most decoders.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "formats/gguf.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct GgufFidelity {
  struct Reason {
    std::string what;  // what llama.cpp does not do, or does otherwise
    std::int64_t lines = 0;
    std::string example;  // the first line, shortened
  };
  std::int64_t lines = 0;
  std::int64_t same_ids = 0;    // lines with equal ids, without bos and eos
  std::int64_t same_texts = 0;  // lines whose right ids llama.cpp decodes to the right text
  bool same_ends = true;        // bos and eos are put around a text alike
  std::vector<Reason> reasons;  // of lines with other ids, the most frequent first

  double share() const { return lines == 0 ? 1 : double(same_ids) / double(lines); }
};

// Encodes each line with `tokenizer` and with llama.cpp's rules on `metadata` (what
// gguf_metadata(tokenizer) gives or a file holds). A reason is found by trying: the line counts for
// the first of these which, done for llama.cpp, makes its ids right: the normalizer up to one of
// its steps, the pre-tokenizer, the added tokens; else for the merges.
GgufFidelity measure_gguf_fidelity(const Tokenizer& tokenizer, const GgufMetadata& metadata,
                                   std::span<const std::string> lines);

// "llama.cpp tokenizes 98.2 % of 5,000 lines as tokenizer.json does", then a line a reason.
std::string describe(const GgufFidelity& fidelity);
Json to_json(const GgufFidelity& fidelity);

}  // namespace lucie
