// Products of rounded activations with quantized weights (Products::kRounded in ops.h).
//
// Few rows are multiplied one by one with weights as they are stored; for many rows weights are
// unpacked, some outputs at a time. Both sum in the same order, so a row has the same bits in
// either, whatever the other rows are.
#include <algorithm>

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

void multiply_few(Context& ctx, const RoundedGemm& product, std::byte* memory, const Tensor& w) {
  const std::int64_t runs = product.inputs / kRun;
  RunPlanes rows[kFewRows];
  for (std::int64_t n = 0; n < product.rows; ++n) {
    rows[n] = take_planes(memory + n * plane_bytes(runs), runs);
    spread(rows[n], product.x + n * runs, runs);
  }
  const RoundedMatvec op{.y = product.y,
                         .x = rows,
                         .w = product.w,
                         .bias = product.bias,
                         .rows = product.rows,
                         .outputs = product.outputs,
                         .inputs = product.inputs,
                         .accumulate = product.accumulate};
  const Kernels& kernels = kernels_of(ctx);
  const auto bytes = static_cast<std::size_t>(kMostLanes * (runs + 1)) * sizeof(float);
  parallel_ranges(ctx, op.outputs, outputs_per_task(w), [&](std::int64_t begin, std::int64_t end) {
    auto* values = static_cast<float*>(thread_scratch(Slot::kGemm, bytes));
    kernels.rounded_matvec(op, values, begin, end);
  });
}

void multiply_many(Context& ctx, const RoundedGemm& product) {
  const Kernels& kernels = kernels_of(ctx);
  const auto bytes =
      static_cast<std::size_t>(kRoundedColumns * product.inputs / kRun * kPackedRunBytes);
  parallel_ranges(ctx, product.outputs, kRoundedColumns, [&](std::int64_t begin, std::int64_t end) {
    kernels.rounded_gemm(product, thread_scratch(Slot::kGemm, bytes), begin, end);
  });
}

}  // namespace

void rounded_matmul(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w,
                    const Tensor& bias, bool accumulate) {
  const std::int64_t rows = x.shape().rows(), width = w.shape().last(), runs = width / kRun;
  const bool few = rows < kFewRows;
  const auto rounded_bytes = static_cast<std::size_t>(rows * runs) * sizeof(RoundedRun);
  const auto more_bytes = static_cast<std::size_t>(few ? rows * plane_bytes(runs) : 0);
  const Element input = x.dtype() == DType::kBF16 ? Element::kBF16 : Element::kF32;
  ScratchPieces scratch(
      ctx, rounded_bytes + more_bytes + bytes_as_type(x, input) + bytes_as_floats(bias));
  const auto floats = [&](std::size_t bytes) {
    return scratch.take(Element::kF32, static_cast<std::int64_t>(bytes / sizeof(float))).data;
  };
  auto* rounded = static_cast<RoundedRun*>(floats(rounded_bytes));
  const RoundedGemm product{.y = writable(y),
                            .x = rounded,
                            .w = readable(w),
                            .bias = as_floats(ctx, scratch, bias),
                            .rows = rows,
                            .outputs = w.shape().rows(),
                            .inputs = width,
                            .accumulate = accumulate};
  const ConstArray values = as_type(ctx, scratch, x, input);
  parallel_ranges(ctx, rows * runs, rows_per_task(kRun), [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).round_rows(rounded, values, product.w.type, begin, end);
  });
  if (few) {
    multiply_few(ctx, product, static_cast<std::byte*>(floats(more_bytes)), w);
  } else {
    multiply_many(ctx, product);
  }
}

}  // namespace lucie::cpu
