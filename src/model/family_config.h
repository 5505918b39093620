// For families/ only: reading config.json whatever it calls its fields.
#pragma once

#include <initializer_list>
#include <string_view>

#include "model/config.h"

namespace lucie {

// The first of `keys` that is there and not null, else `fallback`. Error{kInvalidArgument} names
// the key and its place unless the value is a positive whole number of a sane size.
std::int64_t size_field(const Json& json, std::initializer_list<std::string_view> keys,
                        std::int64_t fallback = 0);

// hidden_size ... vocab_size, max_position_embeddings, initializer_range, tie_word_embeddings
// under the names that most families use. head_dim is hidden / heads where none is given.
void read_common_fields(const Json& json, ModelConfig& config);
void write_common_fields(const ModelConfig& config, Json& json);

// Error{kInvalidArgument} unless heads divide the width.
std::int64_t head_dim_of(const Json& json, const ModelConfig& config);

// `gelu`: the family's activation by the name that `key` gives, `fallback` when absent.
// Error{kUnsupported} for those that the decoder does not have.
MlpKind gelu_field(const Json& json, std::string_view key);
// Error{kUnsupported} unless the field is absent or has this value.
void require_field(const Json& json, std::string_view key, const Json& value);

}  // namespace lucie
