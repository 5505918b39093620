#pragma once

#include <cstdint>

namespace lucie {

using TokenId = std::int32_t;

}  // namespace lucie
