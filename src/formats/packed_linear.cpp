#include "formats/packed_linear.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::int64_t kWordBits = 32;
constexpr std::int64_t kBlock = 32;  // weights of a block of q4_0, q5_0 and q8_0

// Where each output of a word stands in AWQ's gemm layout.
constexpr std::array<std::int64_t, 8> kGemmPlace = {0, 4, 1, 5, 2, 6, 3, 7};

template <typename T>
T load(const std::byte* bytes, std::int64_t index) {
  T value;
  std::memcpy(&value, bytes + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

// Code `index` of those that follow each other in words `stride` apart, the first of which is word
// `first`.
int code_at(const std::byte* words, std::int64_t first, std::int64_t stride, std::int64_t index,
            int bits) {
  const std::int64_t bit = index * bits, word = first + bit / kWordBits * stride;
  const int shift = static_cast<int>(bit % kWordBits);
  std::uint32_t code = load<std::uint32_t>(words, word) >> shift;
  if (shift + bits > kWordBits) {
    code |= load<std::uint32_t>(words, word + stride) << (kWordBits - shift);
  }
  return static_cast<int>(code & ((1u << bits) - 1));
}

const StoredTensor& part_of(const WeightSource& source, const std::string& name, const char* part,
                            const std::string& place) {
  const StoredTensor* tensor = source.find(name + part);
  if (tensor == nullptr) {
    fail(ErrorCode::kCorrupt, "tensor '" + name + part + "' is missing", place);
  }
  return *tensor;
}

void require(bool fits, const StoredTensor& tensor, const std::string& place) {
  if (fits) return;
  fail(ErrorCode::kMismatch,
       "tensor '" + tensor.name + "' of type " + tensor.type_name() + " and shape " +
           tensor.shape.str() + " does not fit the layer's others and quantization_config",
       place);
}

// Codes of a block, `zero` subtracted, as the block types have them behind the scale
// (tensor/block_codec.h).
void put_block(DType type, const std::uint8_t* codes, int zero, std::byte* bytes) {
  std::array<std::uint32_t, kBlock> shifted;
  const int middle = type == DType::kQ4_0 ? 8 : type == DType::kQ5_0 ? 16 : 0;
  for (std::size_t j = 0; j < kBlock; ++j) {
    shifted[j] = static_cast<std::uint32_t>(codes[j] - zero + middle);
  }
  if (type == DType::kQ8_0) {
    for (std::size_t j = 0; j < kBlock; ++j) bytes[j] = static_cast<std::byte>(shifted[j] & 255u);
    return;
  }
  if (type == DType::kQ5_0) {
    std::uint32_t high = 0;
    for (std::size_t j = 0; j < kBlock; ++j) high |= (shifted[j] >> 4) << j;
    std::memcpy(bytes, &high, sizeof(high));
    bytes += sizeof(high);
  }
  for (std::size_t j = 0; j < kBlock / 2; ++j) {
    bytes[j] = static_cast<std::byte>((shifted[j] & 15u) | ((shifted[j + kBlock / 2] & 15u) << 4));
  }
}

std::string text_or(const Json& json, const char* key, const char* otherwise) {
  const Json* value = json.find(key);
  return value == nullptr || value->is_null() ? otherwise : value->as_string();
}

}  // namespace

PackedFormat PackedFormat::from_json(const Json& json) {
  PackedFormat format;
  const std::string method = text_or(json, "quant_method", "gptq");
  const char* const known = "GPTQ and AWQ of 2, 3, 4 or 8 bits are read";
  if (method != "gptq" && method != "awq") {
    fail(ErrorCode::kUnsupported, "weights quantized by '" + method + "'", json.place(), known);
  }
  const Json* bits = json.find(json.find("bits") != nullptr ? "bits" : "w_bit");
  if (bits != nullptr) format.bits = static_cast<int>(bits->as_int());
  const Json* group = json.find(json.find("group_size") != nullptr ? "group_size" : "q_group_size");
  if (group != nullptr) format.group_size = group->as_int();
  const bool awq = method == "awq";
  const bool is_known =
      awq ? format.bits == 4
          : format.bits == 2 || format.bits == 3 || format.bits == 4 || format.bits == 8;
  if (!is_known || format.group_size == 0 || format.group_size < -1) {
    fail(ErrorCode::kUnsupported,
         method + " of " + std::to_string(format.bits) + " bits in groups of " +
             std::to_string(format.group_size),
         json.place(), known);
  }
  const std::string version =
      awq ? text_or(json, "version", "gemm") : text_or(json, "checkpoint_format", "gptq");
  if (version == "gemm" || version == "GEMM") {
    format.layout = Layout::kAwqGemm;
  } else if (version == "gemv" || version == "GEMV") {
    format.layout = Layout::kAwqGemv;
  } else if (version == "gptq") {
    format.zero_offset = 1;
  } else if (version != "gptq_v2") {
    fail(ErrorCode::kUnsupported, "the layout '" + version + "' of " + method, json.place(),
         "gptq, gptq_v2, gemm and gemv are read");
  }
  return format;
}

PackedLinear::PackedLinear(const WeightSource& source, const PackedFormat& format,
                           const std::string& name, const std::string& place)
    : format_(format),
      qweight_(part_of(source, name, ".qweight", place)),
      qzeros_(part_of(source, name, ".qzeros", place)),
      scales_(part_of(source, name, ".scales", place)) {
  check_shapes(place);
  words_ = source.data(qweight_).data();
  zero_words_ = source.data(qzeros_).data();
  scale_bits_ = source.data(scales_).data();
  const bool in_order = read_groups(source, source.find(name + ".g_idx"), place);
  dtype_ = choose_type(in_order);
}

void PackedLinear::check_shapes(const std::string& place) {
  const bool by_output = format_.layout == PackedFormat::Layout::kAwqGemv;
  for (const StoredTensor* tensor : {&qweight_, &qzeros_}) {
    require(tensor->dtype == DType::kI32 && tensor->foreign_type.empty() &&
                tensor->shape.rank() == 2 && tensor->shape.numel() > 0,
            *tensor, place);
  }
  require((scales_.dtype == DType::kF16 || scales_.dtype == DType::kBF16) &&
              scales_.foreign_type.empty() && scales_.shape.rank() == 2,
          scales_, place);
  const Shape& q = qweight_.shape;
  // Dimensions of a tensor in memory: neither of these products overflows.
  const std::int64_t packed =
      (format_.layout == PackedFormat::Layout::kGptq ? q[0] : q[1]) * kWordBits / format_.bits;
  inputs_ = format_.layout == PackedFormat::Layout::kAwqGemm ? q[0] : packed;
  outputs_ = format_.layout == PackedFormat::Layout::kGptq ? q[1] : by_output ? q[0] : packed;
  if (format_.group_size == -1) format_.group_size = inputs_;
  groups_ = (inputs_ - 1) / format_.group_size + 1;
  require(packed % kBlock == 0 || format_.bits != 3, qweight_, place);
  const std::int64_t zeros_in_row = qzeros_.shape[1] * kWordBits / format_.bits;
  if (by_output) {  // rows are padded
    require(qzeros_.shape[0] == outputs_ && zeros_in_row >= groups_, qzeros_, place);
    require(scales_.shape[0] == outputs_ && scales_.shape[1] >= groups_, scales_, place);
  } else {
    require(qzeros_.shape[0] == groups_ && zeros_in_row == outputs_, qzeros_, place);
    require(scales_.shape == Shape{groups_, outputs_}, scales_, place);
  }
}

bool PackedLinear::read_groups(const WeightSource& source, const StoredTensor* g_idx,
                               const std::string& place) {
  const auto inputs = static_cast<std::size_t>(inputs_);
  group_of_.resize(inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    group_of_[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(i) / format_.group_size);
  }
  if (g_idx == nullptr) return true;
  require(
      g_idx->dtype == DType::kI32 && g_idx->foreign_type.empty() && g_idx->shape == Shape{inputs_},
      *g_idx, place);
  const std::byte* const given = source.data(*g_idx).data();
  bool in_order = true;
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto group = load<std::int32_t>(given, static_cast<std::int64_t>(i));
    if (group < 0 || group >= groups_) {
      fail(ErrorCode::kCorrupt, "group " + std::to_string(group) + " of input " + std::to_string(i),
           place + ": " + g_idx->name, "the layer has " + std::to_string(groups_) + " groups");
    }
    in_order = in_order && group == group_of_[i];
    group_of_[i] = group;
  }
  return in_order;
}

DType PackedLinear::choose_type(bool in_order) const {
  const bool in_blocks = inputs_ % kBlock == 0 && format_.group_size % kBlock == 0;
  if (!in_order || !in_blocks || scales_.dtype != DType::kF16) return scales_.dtype;
  if (format_.bits < 4) return DType::kQ4_0;  // differences lie in -8 ... 7
  for (std::int64_t group = 0; group < groups_; ++group) {
    for (std::int64_t output = 0; output < outputs_; ++output) {
      if (zero(group, output) == 1 << (format_.bits - 1)) continue;
      return format_.bits == 4 ? DType::kQ5_0 : scales_.dtype;
    }
  }
  return format_.bits == 4 ? DType::kQ4_0 : DType::kQ8_0;
}

int PackedLinear::zero(std::int64_t group, std::int64_t output) const {
  const std::int64_t row = qzeros_.shape[1];
  int stored = 0;
  switch (format_.layout) {
    case PackedFormat::Layout::kGptq:
      stored = code_at(zero_words_, group * row, 1, output, format_.bits);
      break;
    case PackedFormat::Layout::kAwqGemm:
      stored =
          code_at(zero_words_, group * row, 1,
                  output / 8 * 8 + kGemmPlace[static_cast<std::size_t>(output % 8)], format_.bits);
      break;
    case PackedFormat::Layout::kAwqGemv:
      stored = code_at(zero_words_, output * row, 1, group, format_.bits);
      break;
  }
  return (stored + format_.zero_offset) & ((1 << format_.bits) - 1);  // as the libraries wrap it
}

std::uint16_t PackedLinear::scale(std::int64_t group, std::int64_t output) const {
  const bool by_output = format_.layout == PackedFormat::Layout::kAwqGemv;
  const std::int64_t row = scales_.shape[1];
  return load<std::uint16_t>(scale_bits_, by_output ? output * row + group : group * row + output);
}

void PackedLinear::read_codes(std::int64_t output, std::int64_t count, std::uint8_t* codes) const {
  const std::int64_t row = qweight_.shape[1];
  for (std::int64_t i = 0; i < inputs_; ++i) {
    for (std::int64_t o = 0; o < count; ++o) {
      const std::int64_t at = output + o;
      int code = 0;
      switch (format_.layout) {
        case PackedFormat::Layout::kGptq:
          code = code_at(words_, at, row, i, format_.bits);
          break;
        case PackedFormat::Layout::kAwqGemm:
          code = code_at(words_, i * row, 1,
                         at / 8 * 8 + kGemmPlace[static_cast<std::size_t>(at % 8)], format_.bits);
          break;
        case PackedFormat::Layout::kAwqGemv:
          code = code_at(words_, at * row, 1, i, format_.bits);
          break;
      }
      codes[o * inputs_ + i] = static_cast<std::uint8_t>(code);
    }
  }
}

void PackedLinear::put_row(std::int64_t output, const std::uint8_t* codes, std::byte* row) const {
  if (!dtype_info(dtype_).quantized) {
    const bool half = dtype_ == DType::kF16;
    for (std::int64_t i = 0; i < inputs_; ++i) {
      const std::int64_t group = group_of_[static_cast<std::size_t>(i)];
      const std::uint16_t bits = scale(group, output);
      const float value = (half ? f16_to_float(bits) : bf16_to_float(bits)) *
                          static_cast<float>(codes[i] - zero(group, output));
      const std::uint16_t rounded = half ? float_to_f16(value) : float_to_bf16(value);
      std::memcpy(row + 2 * i, &rounded, sizeof(rounded));
    }
    return;
  }
  for (std::int64_t i = 0; i < inputs_; i += kBlock) {
    const std::int64_t group = i / format_.group_size;
    const std::uint16_t bits = scale(group, output);
    std::memcpy(row, &bits, sizeof(bits));
    put_block(dtype_, codes + i, zero(group, output), row + sizeof(bits));
    row += dtype_info(dtype_).block_bytes;
  }
}

std::vector<std::byte> PackedLinear::unpack() const {
  constexpr std::int64_t kRows = 16;  // a cache line of words
  const std::size_t stride = row_bytes(dtype_, inputs_);
  std::vector<std::byte> values(static_cast<std::size_t>(outputs_) * stride);
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(kRows * inputs_));
  for (std::int64_t output = 0; output < outputs_; output += kRows) {
    const std::int64_t count = std::min(kRows, outputs_ - output);
    read_codes(output, count, codes.data());
    for (std::int64_t o = 0; o < count; ++o) {
      put_row(output + o, codes.data() + o * inputs_,
              values.data() + static_cast<std::size_t>(output + o) * stride);
    }
  }
  return values;
}

}  // namespace lucie
