#include "quant/rounding.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "model/file_tensors.h"

namespace lucie {
namespace {

constexpr DType kTypes[] = {DType::kBF16, DType::kF16,  DType::kQ8_0,   DType::kQ6_K,
                            DType::kQ5_K, DType::kQ5_1, DType::kQ5_0,   DType::kQ4_K,
                            DType::kQ4_1, DType::kQ4_0, DType::kIQ4_NL, DType::kIQ4_XS,
                            DType::kQ3_K, DType::kQ2_K};

// The first is f32 or the tensor's own, in which nothing is lost.
std::vector<DType> candidates(const FileTensor& file, const WeightValues& values) {
  const DType held = values.type(file.parts.front());
  const bool alike = std::all_of(file.parts.begin(), file.parts.end(),
                                 [&](std::size_t part) { return values.type(part) == held; });
  std::vector<DType> types{alike ? held : DType::kF32};
  for (const DType type : kTypes) {
    if (type != types.front() && file.shape.last() % dtype_info(type).block == 0) {
      types.push_back(type);
    }
  }
  return types;
}

// Rows of `width` elements, rounded to `type` and back.
void round_rows(DType type, std::span<const float> values, std::int64_t width,
                std::span<const float> importance, std::span<float> rounded) {
  const auto n = static_cast<std::int64_t>(values.size());
  std::vector<std::byte> bytes(row_bytes(type, n));
  const std::int64_t step = importance.empty() ? n : width;
  for (std::int64_t at = 0; at < n; at += step) {
    encode_row(type, values.data() + at, bytes.data() + row_bytes(type, at), step,
               importance.empty() ? nullptr : importance.data());
  }
  decode_row(type, bytes.data(), rounded.data(), n);
}

// Errors of each type in the piece that begins at an offset: added up in their order, whichever
// thread found them first.
using Pieces = std::map<std::uint64_t, std::vector<SquaredError>>;

}  // namespace

void SquaredError::add(std::span<const float> values, std::span<const float> rounded,
                       std::span<const float> importance) {
  const std::size_t width = importance.empty() ? values.size() : importance.size();
  for (std::size_t begin = 0; begin < values.size(); begin += width) {
    for (std::size_t c = 0; c < width; ++c) {
      const double x = values[begin + c], off = double{rounded[begin + c]} - x;
      const double weight = importance.empty() ? 1.0 : double{importance[c]};
      lost += weight * off * off;
      all += weight * x * x;
    }
  }
}

std::vector<TensorRounding> measure_rounding(const ModelConfig& config, const WeightValues& values,
                                             std::span<const std::vector<float>> importance) {
  const FileTensors tensors(config, &TensorSpec::gguf, values);
  std::vector<TensorRounding> result;
  for (const FileTensor& file : tensors.files()) {
    const bool matrix = tensors.first_part(file).is_matrix();
    result.push_back({matrix ? candidates(file, values) : std::vector<DType>{DType::kF32}, {}});
  }
  std::vector<Pieces> pieces(result.size());
  std::mutex lock;
  tensors.write_all(
      std::vector<StoredAs>(result.size(), {DType::kF32}),
      [&](std::size_t i, std::uint64_t offset, std::span<const std::byte> bytes) {
        const std::span<const float> piece(reinterpret_cast<const float*>(bytes.data()),
                                           bytes.size() / sizeof(float));
        const std::span<const float> columns =
            importance.empty() ? std::span<const float>() : importance[i];
        std::vector<float> rounded(piece.begin(), piece.end());
        std::vector<SquaredError> errors(result[i].types.size());
        for (std::size_t t = 0; t < errors.size(); ++t) {
          if (t > 0) {
            round_rows(result[i].types[t], piece, tensors.files()[i].shape.last(), columns,
                       rounded);
          }
          errors[t].add(piece, rounded, columns);
        }
        const std::lock_guard guard(lock);
        pieces[i].emplace(offset, std::move(errors));
      },
      "measure");
  for (std::size_t i = 0; i < result.size(); ++i) {
    for (std::size_t t = 0; t < result[i].types.size(); ++t) {
      SquaredError sum;
      for (const auto& [offset, errors] : pieces[i]) {
        sum.lost += errors[t].lost;
        sum.all += errors[t].all;
      }
      result[i].errors.push_back(sum.relative());
    }
  }
  return result;
}

}  // namespace lucie
