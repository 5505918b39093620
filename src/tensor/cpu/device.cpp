#include "tensor/ops.h"

namespace lucie {

std::shared_ptr<Device> make_cpu_device() { return make_ref_device(); }

}  // namespace lucie
