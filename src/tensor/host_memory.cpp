#include "tensor/host_memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

std::shared_ptr<Buffer> allocate_host(std::size_t bytes) {
  constexpr std::size_t kAlignment = 64;
  void* memory = nullptr;
  if (bytes <= SIZE_MAX - kAlignment) {
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    memory = std::aligned_alloc(kAlignment, rounded == 0 ? kAlignment : rounded);
  }
  if (memory == nullptr) {
    fail(ErrorCode::kOutOfMemory,
         "cannot allocate " + human_bytes(static_cast<double>(bytes)) + " of memory");
  }
  return std::make_shared<Buffer>(static_cast<std::byte*>(memory), bytes,
                                  std::shared_ptr<void>(memory, std::free));
}

std::shared_ptr<Buffer> adopt_host(std::span<const std::byte> bytes,
                                   std::shared_ptr<const void> owner) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) != 0) {
    auto copy = allocate_host(bytes.size());
    std::memcpy(copy->data(), bytes.data(), bytes.size());
    return copy;
  }
  // Operations write to outputs only, and adopted tensors are weights: inputs.
  return std::make_shared<Buffer>(const_cast<std::byte*>(bytes.data()), bytes.size(),
                                  std::const_pointer_cast<void>(std::move(owner)));
}

}  // namespace lucie
