// Memory of the machine and of this process, in bytes, as Linux tells it.
#pragma once

#include <cstddef>

namespace lucie {

// What can still be used without swapping: free memory and what caches can give back, within the
// limit of the container that the process runs in (the control group mounted at /sys/fs/cgroup, of
// version 2 or 1). 0 where the system does not say.
std::size_t available_memory();

std::size_t resident_memory();       // of this process now
std::size_t peak_resident_memory();  // and at most, since it started or was last reset
// Begins the measuring of the peak anew; does nothing where the system does not allow it.
void reset_peak_resident_memory();

}  // namespace lucie
