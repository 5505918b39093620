#include "quant/gptq_checkpoint.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::int64_t kWordBits = 32;

bool is_rounded(const TensorSpec& spec) {
  return spec.is_matrix() && spec.layer >= 0;
}

// Codes packed one after the other into words that stand `stride` apart, from `words` on.
class BitWriter {
 public:
  BitWriter(std::uint32_t* words, std::int64_t stride, int bits)
      : words_(words), stride_(stride), bits_(bits) {}
  void put(std::uint32_t code) {
    const std::int64_t shift = bit_ % kWordBits;
    std::uint32_t* const word = words_ + bit_ / kWordBits * stride_;
    *word |= code << shift;
    if (shift + bits_ > kWordBits) word[stride_] |= code >> (kWordBits - shift);
    bit_ += bits_;
  }

 private:
  std::uint32_t* words_;
  std::int64_t stride_, bits_, bit_ = 0;
};

// The tensors of a layer: I inputs, O outputs, G groups.
struct PackedLayer {
  std::vector<std::uint32_t> qweight, qzeros;
  std::vector<std::uint16_t> scales;
  std::vector<std::int32_t> g_idx;

  PackedLayer(std::int64_t inputs, std::int64_t outputs, const GptqSettings& settings)
      : groups_((inputs - 1) / settings.group_size + 1), outputs_(outputs), bits_(settings.bits) {
    qweight.resize(static_cast<std::size_t>(inputs * bits_ / kWordBits * outputs));
    qzeros.resize(static_cast<std::size_t>(groups_ * zero_words()));
    scales.resize(static_cast<std::size_t>(groups_ * outputs));
    for (std::int64_t i = 0; i < inputs; ++i) {
      g_idx.push_back(static_cast<std::int32_t>(i / settings.group_size));
    }
  }

  // Output `row` of the layer is output `from` of the matrix. Rows come in order.
  void add_row(std::int64_t row, const GptqMatrix& matrix, std::int64_t from) {
    BitWriter codes(qweight.data() + row, outputs_, bits_);
    for (std::int64_t i = 0; i < matrix.inputs; ++i) {
      codes.put(matrix.codes[static_cast<std::size_t>(from * matrix.inputs + i)]);
    }
    for (std::int64_t group = 0; group < groups_; ++group) {
      const auto at = static_cast<std::size_t>(from * groups_ + group);
      scales[static_cast<std::size_t>(group * outputs_ + row)] = matrix.scales[at];
      zeros_.push_back(matrix.zeros[at]);
    }
  }
  void pack_zeros() {
    const std::uint32_t mask = (1u << bits_) - 1;
    for (std::int64_t group = 0; group < groups_; ++group) {
      BitWriter words(qzeros.data() + group * zero_words(), 1, static_cast<int>(bits_));
      for (std::int64_t row = 0; row < outputs_; ++row) {  // this format stores one less
        words.put((zeros_[static_cast<std::size_t>(row * groups_ + group)] - 1u) & mask);
      }
    }
  }

 private:
  std::int64_t zero_words() const { return outputs_ * bits_ / kWordBits; }

  std::int64_t groups_, outputs_;
  int bits_;
  std::vector<std::uint8_t> zeros_;  // (O, G)
};

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

}  // namespace

GptqCheckpoint::GptqCheckpoint(const fs::path& directory, const ModelConfig& config,
                               const WeightValues& values, const GptqSettings& settings,
                               std::uint64_t max_shard_bytes)
    : config_(config), settings_(settings), table_(family(config.architecture).tensors(config)) {
  const FileTensors tensors(config, &TensorSpec::hf, values);
  files_ = tensors.files();
  for (const FileTensor& file : files_) {
    first_stored_.push_back(stored_.size());
    if (is_rounded(table_[file.parts.front()])) {
      plan_layer(file);
    } else {
      stored_.push_back({.name = file.name, .dtype = DType::kF16, .shape = file.shape});
    }
  }
  writer_.emplace(directory, stored_, std::map<std::string, std::string>{{"format", "pt"}},
                  max_shard_bytes);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (is_rounded(table_[files_[i].parts.front()])) continue;
    const std::vector<float> wide = tensors.values(files_[i]);
    std::vector<std::uint16_t> half(wide.size());
    std::transform(wide.begin(), wide.end(), half.begin(), float_to_f16);
    writer_->write_at(first_stored_[i], 0, bytes_of(half));
  }
}

void GptqCheckpoint::plan_layer(const FileTensor& file) {
  const std::int64_t outputs = file.shape[0], inputs = file.shape[1];
  const bool transposed = table_[file.parts.front()].hf.transposed;
  if (transposed || outputs % kWordBits != 0 || inputs % kWordBits != 0 ||
      !file.name.ends_with(".weight")) {
    fail(ErrorCode::kUnsupported,
         "GPTQ has no form for tensor '" + file.name + "' of shape " + file.shape.str() +
             (transposed ? ", stored transposed" : ""),
         config_.architecture, "both dimensions must be multiples of 32");
  }
  const std::string layer = file.name.substr(0, file.name.size() - std::string(".weight").size());
  const std::int64_t groups = (inputs - 1) / settings_.group_size + 1, bits = settings_.bits;
  const auto add = [&](const char* part, DType dtype, Shape shape) {
    stored_.push_back({.name = layer + part, .dtype = dtype, .shape = shape});
  };
  add(".qweight", DType::kI32, {inputs * bits / kWordBits, outputs});
  add(".qzeros", DType::kI32, {groups, outputs * bits / kWordBits});
  add(".scales", DType::kF16, {groups, outputs});
  add(".g_idx", DType::kI32, {inputs});
}

void GptqCheckpoint::put(std::size_t i, GptqMatrix matrix) {
  waiting_[i] = std::move(matrix);
  for (std::size_t file = 0; file < files_.size(); ++file) {
    const std::vector<std::size_t>& parts = files_[file].parts;
    if (std::find(parts.begin(), parts.end(), i) == parts.end()) continue;
    const bool whole = std::all_of(parts.begin(), parts.end(),
                                   [&](std::size_t part) { return waiting_.contains(part); });
    if (whole) write_layer(files_[file], first_stored_[file]);
  }
}

void GptqCheckpoint::write_layer(const FileTensor& file, std::size_t first_stored) {
  const std::int64_t outputs = file.shape[0];
  PackedLayer layer(file.shape[1], outputs, settings_);
  for (std::int64_t row = 0; row < outputs; ++row) {
    const PartRows at = rows_at(table_, file, &TensorSpec::hf, row, 1);
    const std::size_t part = file.parts[at.part];
    layer.add_row(row, waiting_.at(part),
                  held_row(table_[part], &TensorSpec::hf, config_.rope.style, at.first));
  }
  layer.pack_zeros();
  writer_->write_at(first_stored, 0, bytes_of(layer.qweight));
  writer_->write_at(first_stored + 1, 0, bytes_of(layer.qzeros));
  writer_->write_at(first_stored + 2, 0, bytes_of(layer.scales));
  writer_->write_at(first_stored + 3, 0, bytes_of(layer.g_idx));
  for (const std::size_t part : file.parts) waiting_.erase(part);
}

Json quantization_config(const GptqSettings& settings) {
  Json json = Json::object();
  json["quant_method"] = "gptq";
  json["bits"] = settings.bits;
  json["group_size"] = settings.group_size;
  json["sym"] = settings.symmetric;
  json["desc_act"] = false;
  json["damp_percent"] = settings.damp;
  json["true_sequential"] = true;
  json["lm_head"] = false;
  json["checkpoint_format"] = "gptq";
  return json;
}

}  // namespace lucie
