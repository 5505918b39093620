// The normalizers of a tokenizer.json that change each character by itself: Lowercase, Nmt,
// StripAccents, ByteLevel and BertNormalizer.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "tokenizer/normalizer.h"

namespace lucie {

// nullptr for a normalizer of another kind.
std::unique_ptr<Normalizer> make_character_normalizer(const Json& json);

}  // namespace lucie
