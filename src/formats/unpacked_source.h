// Checkpoints with packed linear layers (packed_linear.h), as a decoder knows its tensors.
#pragma once

#include <memory>
#include <string>

#include "formats/packed_linear.h"

namespace lucie {

// The tensors of `packed` as a decoder knows them: each layer's packed ones are one "NAME.weight".
// It is unpacked when its data is asked for, and again after release().
std::unique_ptr<WeightSource> unpack_linears(std::unique_ptr<WeightSource> packed,
                                             const PackedFormat& format, const std::string& place);

// open_weights of a directory, unpacked where its config.json or quantize_config.json says how.
std::unique_ptr<WeightSource> open_unpacked_weights(const fs::path& directory);

}  // namespace lucie
