// The normalizer of a tokenizer.json: what happens to the text before it is cut and merged.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"

namespace lucie {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(std::string& text) const = 0;  // text: valid UTF-8
};

// nullptr for JSON null (no change). Kinds: Sequence, NFC, NFD, NFKC, NFKD, Replace, Prepend,
// Strip, Precompiled and those of character_normalizers.h. Any other: Error{kUnsupported} that
// names it.
std::unique_ptr<Normalizer> make_normalizer(const Json& json, const std::string& place);

}  // namespace lucie
