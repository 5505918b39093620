// Host memory for the devices that compute on the CPU. Included in tensor/ only.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "tensor/buffer.h"

namespace lucie {

// 64-byte aligned, not zeroed; Error{kOutOfMemory} when there is none.
std::shared_ptr<Buffer> allocate_host(std::size_t bytes);

// The bytes in place, kept alive by `owner`; a copy when they are not aligned for f32 (a tensor in
// a mapped file may stand at any offset).
std::shared_ptr<Buffer> adopt_host(std::span<const std::byte> bytes,
                                   std::shared_ptr<const void> owner);

}  // namespace lucie
