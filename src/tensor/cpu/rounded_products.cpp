// Products of rounded activations with quantized weights (Products::kRounded in ops.h).
//
// Few rows are multiplied one by one with weights as they are stored; for many rows weights are
// unpacked, some outputs at a time. Both sum in the same order, so a row has the same bits in
// either, whatever the other rows are.
#include <algorithm>
#include <vector>

#include "tensor/cpu/products.h"

namespace lucie::cpu {
namespace {

constexpr std::int64_t kRun = 32;
constexpr std::int64_t kFewRows = 4;  // from here on unpacking pays
constexpr std::int64_t kAlignment = 64;

template <typename T>
T* take(std::byte*& memory, std::int64_t count) {
  auto* start = reinterpret_cast<T*>(memory);
  const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
  memory += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return start;
}

// Bytes of the planes of a row, whose fields are 16 + 16 bytes, and 1 + 3 + 3 of 4 bytes.
std::int64_t plane_bytes(std::int64_t runs) {
  const std::int64_t fields = (runs + kMostLanes) * (2 * 16 + 7 * 4);
  return (fields / kAlignment + 10) * kAlignment;
}

RunPlanes take_planes(std::byte* memory, std::int64_t runs) {
  const std::int64_t count = runs + kMostLanes;
  RunPlanes planes;
  planes.first = take<std::int8_t>(memory, 16 * count);
  planes.second = take<std::int8_t>(memory, 16 * count);
  planes.scale = take<float>(memory, count);
  for (std::size_t i = 0; i < 3; ++i) {
    planes.offset[i] = take<std::int32_t>(memory, count);
    planes.total[i] = take<float>(memory, count);
  }
  return planes;
}

void spread(const RunPlanes& planes, const RoundedRun* row, std::int64_t runs) {
  for (std::int64_t i = 0, from = 0; i < runs + kMostLanes;
       ++i, from = from + 1 == runs ? 0 : from + 1) {
    const RoundedRun& run = row[from];
    std::copy_n(run.bytes, 16, planes.first + 16 * i);
    std::copy_n(run.bytes + 16, 16, planes.second + 16 * i);
    planes.scale[i] = run.scale;
    for (std::size_t j = 0; j < 3; ++j) {
      planes.offset[j][i] = run.offset[j];
      planes.total[j][i] = run.total[j];
    }
  }
}

// About 16 KB of weights: long against the hand-over to a thread, and enough of them to share.
std::int64_t outputs_per_task(const Tensor& w) {
  constexpr std::size_t kBytes = 16384;
  const std::size_t tile = kMostLanes * row_bytes(w.dtype(), w.shape().last());
  return kMostLanes * static_cast<std::int64_t>(std::max<std::size_t>(1, kBytes / tile));
}

// The product in each, of the same rounded rows.
using RoundedGemms = std::vector<RoundedGemm>;

void multiply_few(Context& ctx, const Projections& products, const RoundedGemms& each,
                  std::byte* memory) {
  const RoundedGemm& first = each.front();
  const std::int64_t runs = first.inputs / kRun;
  RunPlanes rows[kFewRows];
  for (std::int64_t n = 0; n < first.rows; ++n) {
    rows[n] = take_planes(memory + n * plane_bytes(runs), runs);
    spread(rows[n], first.x + n * runs, runs);
  }
  const Kernels& kernels = kernels_of(ctx);
  const auto bytes = static_cast<std::size_t>(kMostLanes * (runs + 1)) * sizeof(float);
  parallel_outputs(ctx, products, outputs_per_task(products.w()),
                   [&](std::size_t i, std::int64_t begin, std::int64_t end) {
                     const RoundedGemm& p = each[i];
                     const RoundedMatvec op{.y = p.y,
                                            .x = rows,
                                            .w = p.w,
                                            .bias = p.bias,
                                            .rows = p.rows,
                                            .outputs = p.outputs,
                                            .inputs = p.inputs,
                                            .accumulate = p.accumulate};
                     auto* values = static_cast<float*>(thread_scratch(Slot::kGemm, bytes));
                     kernels.rounded_matvec(op, values, begin, end);
                   });
}

void multiply_many(Context& ctx, const Projections& products, const RoundedGemms& each) {
  const Kernels& kernels = kernels_of(ctx);
  const auto bytes =
      static_cast<std::size_t>(kRoundedColumns * each[0].inputs / kRun * kPackedRunBytes);
  parallel_outputs(ctx, products, kRoundedColumns,
                   [&](std::size_t i, std::int64_t begin, std::int64_t end) {
                     kernels.rounded_gemm(each[i], thread_scratch(Slot::kGemm, bytes), begin, end);
                   });
}

}  // namespace

void rounded_matmul(Context& ctx, const Projections& products) {
  const Tensor &x = products.x, &w = products.w();
  const std::int64_t rows = x.shape().rows(), width = w.shape().last(), runs = width / kRun;
  const bool few = rows < kFewRows;
  const auto rounded_bytes = static_cast<std::size_t>(rows * runs) * sizeof(RoundedRun);
  const auto more_bytes = static_cast<std::size_t>(few ? rows * plane_bytes(runs) : 0);
  const Element input = x.dtype() == DType::kBF16 ? Element::kBF16 : Element::kF32;
  ScratchPieces scratch(
      ctx, rounded_bytes + more_bytes + bytes_as_type(x, input) + products.bias_bytes());
  const auto floats = [&](std::size_t bytes) {
    return scratch.take(Element::kF32, static_cast<std::int64_t>(bytes / sizeof(float))).data;
  };
  auto* rounded = static_cast<RoundedRun*>(floats(rounded_bytes));
  RoundedGemms each;
  for (const Projection& p : products.each) {
    each.push_back({.y = writable(p.y),
                    .x = rounded,
                    .w = readable(p.w),
                    .bias = as_floats(ctx, scratch, p.bias),
                    .rows = rows,
                    .outputs = p.w.shape().rows(),
                    .inputs = width,
                    .accumulate = products.accumulate});
  }
  const ConstArray values = as_type(ctx, scratch, x, input);
  const Element type = each.front().w.type;
  parallel_ranges(ctx, rows * runs, rows_per_task(kRun), [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).round_rows(rounded, values, type, begin, end);
  });
  if (few) {
    multiply_few(ctx, products, each, static_cast<std::byte*>(floats(more_bytes)));
  } else {
    multiply_many(ctx, products, each);
  }
}

}  // namespace lucie::cpu
