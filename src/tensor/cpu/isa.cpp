#include "tensor/cpu/isa.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace lucie::cpu {

namespace plain {
extern const Kernels kKernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}
namespace avx512bf16 {
extern const Kernels kKernels;
}
#endif

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> kernels = {&plain::kKernels};
#if defined(__x86_64__)
  __builtin_cpu_init();
  // Every CPU with AVX2 and FMA has F16C too, which the builtin cannot ask for everywhere.
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("fma") == 0) return kernels;
  kernels.push_back(&avx2::kKernels);
  if (__builtin_cpu_supports("avx512f") == 0 || __builtin_cpu_supports("avx512bw") == 0 ||
      __builtin_cpu_supports("avx512vl") == 0 || __builtin_cpu_supports("avx512dq") == 0) {
    return kernels;
  }
  kernels.push_back(&avx512::kKernels);
  if (__builtin_cpu_supports("avx512bf16") != 0 && __builtin_cpu_supports("avx512vnni") != 0) {
    kernels.push_back(&avx512bf16::kKernels);
  }
#endif
  return kernels;
}

const Kernels& choose_kernels() {
  const std::vector<const Kernels*> available = available_kernels();
  const char* wanted = std::getenv("LUCIE_ISA");
  if (wanted == nullptr || *wanted == '\0') return *available.back();
  std::vector<std::string> names;
  for (const Kernels* kernels : available) {
    if (std::strcmp(kernels->name, wanted) == 0) return *kernels;
    names.emplace_back(kernels->name);
  }
  fail(ErrorCode::kInvalidArgument,
       "instruction set '" + std::string(wanted) + "' is unknown or not of this CPU", "LUCIE_ISA",
       "one of: " + join(names, ", "));
}

bool has_bf16_products(const Kernels& kernels) {
  return std::strcmp(kernels.name, "avx512bf16") == 0;
}

}  // namespace lucie::cpu
