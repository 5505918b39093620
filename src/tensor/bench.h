// Measures a device: the two roofs of the machine, and each operation against them. `lucie bench`
// prints it; nothing else depends on clocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensor/context.h"

namespace lucie {

struct BenchResult {
  std::string name;      // "matmul/bf16/4096x704x256": operation, type, shape
  double gflops;         // 1e9 operations a second; 0 where the operation only moves data
  double gbytes_per_s;   // 1e9 bytes a second that must be read and written
  double share_of_roof;  // the time that the roofs allow / the time taken
  double median_ms;      // of at least 5 runs
  double spread;         // (slowest - fastest) / median
};

// Operations (2 m n k) a second of a product of 2048 x 2048 matrices of f32 or bf16; the first of
// these takes the type that the device prefers. About a second.
double measure_matmul_peak(Context& ctx);
double measure_matmul_peak(Context& ctx, DType type);

// Operations a second of all threads that multiply and add int8 in registers, as products of
// rounded activations do (ops.h).
double measure_int8_peak(Context& ctx);

// Bytes a second that all threads together read from a buffer well beyond the caches.
double measure_read_bandwidth(Context& ctx);

// Every operation whose name contains `filter`, at the shapes of the small recipe (training) and of
// SmolLM2-135M (decoding one token). Each is first compared with ref on a smaller input of the same
// kind: Error{kMismatch} when it is wrong, because the time of a wrong result means nothing.
std::vector<BenchResult> run_op_benchmarks(Context& ctx, std::string_view filter);

}  // namespace lucie
