// The linear layers of GPTQ and AWQ checkpoints: codes of 2, 3, 4 or 8 bits packed into 32-bit
// words, beside a scale and a zero for each output and group of inputs:
//
//   weight(o, i) = scale(g, o) * (code(i, o) - zero(g, o)),   g = the group of input i
//
// Layouts, of a layer with I inputs, O outputs and G groups (AutoGPTQ's and GPTQModel's qlinear,
// AutoAWQ's gemm and gemv; i32 unless said; docs/formats/gptq-awq.md):
//
//              GPTQ                    AWQ "gemm"          AWQ "gemv"
//   qweight    (I*bits/32, O)          (I, O/8)            (O, I/8)
//   qzeros     (G, O*bits/32)          (G, O/8)            (O, >= G/8)
//   scales     (G, O) f16|bf16         (G, O)              (O, >= G)
//   g_idx      (I), may be missing
//
// Codes follow each other bit by bit, the lowest first: 3-bit ones run over the edges of words.
// GPTQ's first format stores zero - 1. AWQ's gemm has the outputs of a word in the order 0 2 4 6 1
// 3 5 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "formats/weight_source.h"

namespace lucie {

// config.json's quantization_config, or a quantize_config.json.
struct PackedFormat {
  enum class Layout : std::uint8_t { kGptq, kAwqGemm, kAwqGemv };
  Layout layout = Layout::kGptq;
  int bits = 4;
  std::int64_t group_size = 128;  // inputs; -1: all of them
  int zero_offset = 0;            // what is added to a stored zero

  // Error{kUnsupported} names a method, version or number of bits that is none of the above.
  static PackedFormat from_json(const Json& json);
};

// One layer of a file.
class PackedLinear {
 public:
  // `name`: of the layer, whose tensors are "NAME.qweight" and so on. `source` must outlive this.
  // Tensors that are missing or do not fit together: Error{kCorrupt}, Error{kMismatch}.
  PackedLinear(const WeightSource& source, const PackedFormat& format, const std::string& name,
               const std::string& place);

  std::int64_t inputs() const { return inputs_; }
  std::int64_t outputs() const { return outputs_; }
  // A type of 32-blocks that holds the same values exactly, q4_0, q5_0 or q8_0, where groups are
  // whole blocks and scales f16; else the type of the scales, to which values are rounded as the
  // named libraries round them.
  DType dtype() const { return dtype_; }
  std::vector<std::byte> unpack() const;  // (O, I) of that type

 private:
  void check_shapes(const std::string& place);
  // True where the groups of inputs are in order.
  bool read_groups(const WeightSource& source, const StoredTensor* g_idx, const std::string& place);
  DType choose_type(bool in_order) const;
  int zero(std::int64_t group, std::int64_t output) const;
  std::uint16_t scale(std::int64_t group, std::int64_t output) const;
  void read_codes(std::int64_t output, std::int64_t count, std::uint8_t* codes) const;
  void put_row(std::int64_t output, const std::uint8_t* codes, std::byte* row) const;

  PackedFormat format_;
  StoredTensor qweight_, qzeros_, scales_;
  const std::byte *words_ = nullptr, *zero_words_ = nullptr, *scale_bits_ = nullptr;
  std::int64_t inputs_ = 0, outputs_ = 0, groups_ = 0;
  std::vector<std::int32_t> group_of_;  // of each input
  DType dtype_ = DType::kF16;
};

}  // namespace lucie
