// How much of a text a model has by heart: of spans drawn from the text, the share that the model
// goes on with word for word when it is given what stands before (Carlini et al., "Quantifying
// Memorization Across Neural Language Models", 2022: greedy, prefix and continuation of fixed
// length). Holds counts only, never the text.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "corpus/document.h"
#include "model/decoder.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct MemorizationSettings {
  std::size_t spans = 200;          // of each source, at most; those whose hashes are smallest
  std::int64_t prefix_tokens = 32;  // both halved, and halved again, for a window that is too short
  std::int64_t continued_tokens = 32;
  std::uint64_t seed = 42;
};

struct MemorizationTally {  // of one source
  std::int64_t spans = 0, reproduced = 0;
  std::int64_t tokens = 0, tokens_reproduced = 0;  // up to the first that differs
};

struct MemorizationReport {
  std::int64_t prefix_tokens = 0, continued_tokens = 0;  // as they were used
  std::map<std::string, MemorizationTally> by_source;
};

using DocumentSource = std::function<std::optional<Document>()>;

// The same for any order of the documents and any number of threads.
MemorizationReport measure_memorization(Context& ctx, const Decoder& model,
                                        const Tokenizer& tokenizer, const DocumentSource& next,
                                        const MemorizationSettings& settings);
Json to_json(const MemorizationReport& report);

}  // namespace lucie
