// For tests only: shards of tokens on disk, and where a sequence stands in them by looking.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/rng.h"
#include "trace/token_text.h"

namespace lucie::testing_trace {

using Tokens = std::vector<std::int32_t>;
using Documents = std::vector<Tokens>;

inline fs::path write_shard(const fs::path& folder, const std::string& name,
                            const Documents& documents, std::int64_t vocabulary) {
  IndexedDatasetWriter writer(folder / name, vocabulary);
  for (const Tokens& document : documents) writer.add_document(document);
  writer.commit();
  return folder / name;
}

// Documents of up to 30 tokens, the multiples of `apart` below `alphabet` of them; each third is
// one seen before, or a piece of it, and some are empty.
inline Documents random_documents(std::uint64_t seed, std::size_t count, std::uint64_t alphabet,
                                  std::uint64_t apart = 1) {
  Rng rng(seed, "documents");
  Documents documents;
  while (documents.size() < count) {
    Tokens tokens(rng.below(31));
    for (std::int32_t& token : tokens)
      token = static_cast<std::int32_t>(apart * rng.below(alphabet));
    if (!documents.empty() && rng.below(3) == 0) {
      tokens = documents[rng.below(documents.size())];
      tokens.resize(rng.below(tokens.size() + 1));
    }
    documents.push_back(tokens);
  }
  return documents;
}

// All places of a sequence, documents one by one.
inline std::vector<std::uint64_t> places_of(const Documents& documents, const Tokens& sequence) {
  std::vector<std::uint64_t> places;
  std::uint64_t begin = 0;
  for (const Tokens& document : documents) {
    for (std::size_t i = 0; i + sequence.size() <= document.size(); ++i) {
      if (std::equal(sequence.begin(), sequence.end(),
                     document.begin() + static_cast<std::ptrdiff_t>(i))) {
        places.push_back(begin + i);
      }
    }
    begin += document.size();
  }
  return places;
}

}  // namespace lucie::testing_trace
