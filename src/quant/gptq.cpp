#include "quant/gptq.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quant/inverse_factor.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

constexpr std::int64_t kOutputs = 64;  // of a task

// A block of columns, each of all outputs one after the other: (columns, O).
struct Block {
  std::int64_t begin = 0, columns = 0, outputs = 0;
  std::vector<float> weights, errors;
};

// Scale and zero of outputs begin ... end - 1: the least range with 0 that holds their weights. The
// scale is rounded to f16, as it will be stored, before anything is divided by it.
void choose_scales(const GptqSettings& settings, const Block& block, std::int64_t begin,
                   std::int64_t end, GptqMatrix* result) {
  const float top = static_cast<float>((1 << settings.bits) - 1);
  for (std::int64_t o = begin; o < end; ++o) {
    float low = 0, high = 0;
    for (std::int64_t c = 0; c < block.columns; ++c) {
      const float weight = block.weights[static_cast<std::size_t>(c * block.outputs + o)];
      low = std::min(low, weight);
      high = std::max(high, weight);
    }
    if (settings.symmetric) {
      high = std::max(high, -low);
      low = low < 0 ? -high : 0;
    }
    if (low == 0 && high == 0) low = -1, high = 1;
    const std::uint16_t scale = float_to_f16((high - low) / top);
    const std::int64_t at = o * result->groups + block.begin / settings.group_size;
    result->scales[static_cast<std::size_t>(at)] = scale;
    const float zero =
        settings.symmetric ? (top + 1) / 2 : std::nearbyint(-low / f16_to_float(scale));
    result->zeros[static_cast<std::size_t>(at)] =
        static_cast<std::uint8_t>(std::clamp(std::isnan(zero) ? 0.0f : zero, 0.0f, top));
  }
}

// Rounds column c of the block and takes what is lost out of those behind it.
void round_column(const GptqSettings& settings, const std::vector<float>& factor, std::int64_t c,
                  std::int64_t begin, std::int64_t end, Block* block, GptqMatrix* result) {
  const float top = static_cast<float>((1 << settings.bits) - 1);
  const std::int64_t column = block->begin + c, inputs = result->inputs;
  const float* const row = factor.data() + column * inputs + block->begin;
  float* const errors = block->errors.data() + c * block->outputs;
  const float* const weights = block->weights.data() + c * block->outputs;
  for (std::int64_t o = begin; o < end; ++o) {
    const auto at =
        static_cast<std::size_t>(o * result->groups + block->begin / settings.group_size);
    const float scale = f16_to_float(result->scales[at]), zero = result->zeros[at];
    float code = scale > 0 ? std::nearbyint(weights[o] / scale) + zero : zero;
    code = code > 0 ? std::min(code, top) : 0;  // NaN too
    result->codes[static_cast<std::size_t>(o * inputs + column)] = static_cast<std::uint8_t>(code);
    errors[o] = (weights[o] - scale * (code - zero)) / row[c];
  }
  for (std::int64_t later = c + 1; later < block->columns; ++later) {
    float* const target = block->weights.data() + later * block->outputs;
    for (std::int64_t o = begin; o < end; ++o) target[o] -= errors[o] * row[later];
  }
}

void round_block(ThreadPool& pool, const GptqSettings& settings, const std::vector<float>& factor,
                 Block* block, GptqMatrix* result) {
  pool.run((block->outputs - 1) / kOutputs + 1, [&](std::int64_t task, int) {
    const std::int64_t begin = task * kOutputs, end = std::min(begin + kOutputs, block->outputs);
    choose_scales(settings, *block, begin, end, result);
    for (std::int64_t c = 0; c < block->columns; ++c) {
      round_column(settings, factor, c, begin, end, block, result);
    }
  });
}

// The Hessian as the algorithm wants it; columns of `weights` (I, O) that no input reached are 0.
std::vector<float> prepared(std::vector<float> hessian, double damp, std::vector<float>* weights,
                            std::int64_t inputs) {
  const std::int64_t outputs = static_cast<std::int64_t>(weights->size()) / inputs;
  double sum = 0;
  for (std::int64_t i = 0; i < inputs; ++i) {
    float& own = hessian[static_cast<std::size_t>(i * inputs + i)];
    if (own == 0) {
      own = 1;
      std::fill_n(weights->begin() + i * outputs, outputs, 0.0f);
    }
    sum += own;
  }
  const float added = static_cast<float>(damp * sum / static_cast<double>(inputs));
  for (std::int64_t i = 0; i < inputs; ++i) {
    hessian[static_cast<std::size_t>(i * inputs + i)] += added;
  }
  return hessian;
}

std::vector<float> transposed(const std::vector<float>& values, std::int64_t rows) {
  const std::int64_t columns = static_cast<std::int64_t>(values.size()) / rows;
  std::vector<float> result(values.size());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      result[static_cast<std::size_t>(c * rows + r)] =
          values[static_cast<std::size_t>(r * columns + c)];
    }
  }
  return result;
}

}  // namespace

std::vector<float> GptqMatrix::values(std::int64_t group_size) const {
  std::vector<float> result(codes.size());
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      const auto group = static_cast<std::size_t>(o * groups + i / group_size);
      const auto at = static_cast<std::size_t>(o * inputs + i);
      result[at] = f16_to_float(scales[group]) * static_cast<float>(codes[at] - zeros[group]);
    }
  }
  return result;
}

GptqMatrix gptq(Context& ctx, const Tensor& weight, const Tensor& hessian,
                const GptqSettings& settings) {
  const std::int64_t O = weight.dim(0), I = weight.dim(1);
  LUCIE_ASSERT(hessian.dim(0) == I && settings.group_size > 0);
  GptqMatrix result;
  result.outputs = O;
  result.inputs = I;
  result.groups = (I - 1) / settings.group_size + 1;
  result.codes.resize(static_cast<std::size_t>(O * I));
  result.scales.resize(static_cast<std::size_t>(O * result.groups));
  result.zeros.resize(result.scales.size());

  std::vector<float> columns = transposed(ctx.download(weight), O);
  const std::vector<float> factor =
      inverse_factor(ctx, prepared(ctx.download(hessian), settings.damp, &columns, I), I);
  const Tensor weights = ctx.upload(DType::kF32, {I, O}, columns);
  columns = {};
  const Tensor rows = ctx.upload(DType::kF32, {I, I}, factor);
  for (std::int64_t begin = 0; begin < I; begin += settings.group_size) {
    const std::int64_t count = std::min(settings.group_size, I - begin);
    Block block{begin, count, O, ctx.download(weights.rows(begin, count)), {}};
    block.errors.resize(block.weights.size());
    round_block(ctx.pool(), settings, factor, &block, &result);
    for (float& error : block.errors) error = -error;
    // Columns before this block meet zeros of the factor.
    ctx.op().matmul_dw(ctx, weights, rows.rows(begin, count),
                       ctx.upload(DType::kF32, {count, O}, block.errors));
  }
  return result;
}

}  // namespace lucie
