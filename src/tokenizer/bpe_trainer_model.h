// What was learned as the model of a tokenizer.json. Internal to the trainers.
#pragma once

#include <utility>
#include <vector>

#include "base/json.h"
#include "tokenizer/bpe_trainer_merges.h"

namespace lucie::bpe {

struct ModelFlags {
  bool byte_fallback = false;                    // then <unk> is the unknown token
  std::vector<std::pair<Symbol, Symbol>> extra;  // merges after the learned ones
};
Json model_json(const Learned& learned, const ModelFlags& flags);

}  // namespace lucie::bpe
