// A flag that would have no effect was meant for something: better refused than passed over.
#pragma once

#include <initializer_list>

namespace lucie {

struct IdleFlag {
  bool is_idle;
  const char *flag, *needs;  // "--losses", "--doc"
};

// Error{kInvalidArgument} for the first that is idle.
void refuse_idle_flags(std::initializer_list<IdleFlag> flags);

}  // namespace lucie
