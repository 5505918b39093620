#include "cli/idle_flags.h"

#include <string>

#include "base/error.h"

namespace lucie {

void refuse_idle_flags(std::initializer_list<IdleFlag> flags) {
  for (const IdleFlag& flag : flags) {
    if (!flag.is_idle) continue;
    fail(ErrorCode::kInvalidArgument, std::string("goes with ") + flag.needs, flag.flag);
  }
}

}  // namespace lucie
