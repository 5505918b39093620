// The operations that bench.cpp times. Included by bench*.cpp only.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "tensor/context.h"

namespace lucie {

// One prepared call; its inputs live in the closure.
struct BenchCall {
  double flops = 0.0;
  double bytes = 0.0;  // least traffic: every input read once, every output written once
  std::function<void()> run;
  Tensor output;          // compared with ref
  bool integers = false;  // multiplied as int8: the roof is measure_int8_peak()
};

struct BenchCase {
  std::string name;
  // The operation on a share of the case's rows, 1 when timed, less when checked.
  std::function<BenchCall(Context&, double share)> prepare;
};

std::vector<BenchCase> bench_cases(bool bf16);

// What cases are made of.
namespace bench {

// The small recipe (letters as in ops.h) and one micro batch of it.
constexpr std::int64_t kC = 256, kF = 704, kH = 8, kK = 2, kD = 32, kV = 4096, kB = 16, kT = 256;

// At least 1.
std::int64_t part(std::int64_t whole, double share);
// Values in (-1, 1) that are the same on every device.
Tensor values(Context& ctx, DType type, Shape shape);
Tensor indices(Context& ctx, std::int64_t count, std::int64_t below);
double bytes_of(std::initializer_list<Tensor> tensors);
double product_flops(std::int64_t m, std::int64_t n, std::int64_t k);
std::string name_of(const char* op, DType type, std::int64_t m, std::int64_t n, std::int64_t k);

// Operations without products: norms, activations, rope, gather, the optimizer.
void add_row_cases(std::vector<BenchCase>& cases, DType type);
// Operations that move values, scale or sum them.
void add_memory_cases(std::vector<BenchCase>& cases, DType type);
// The projections of models that read a prompt or generate, with weights of many types.
void add_inference_cases(std::vector<BenchCase>& cases, DType type);
// The cache of keys and values, and the attention over it.
void add_cache_cases(std::vector<BenchCase>& cases, DType type);

}  // namespace bench

}  // namespace lucie
