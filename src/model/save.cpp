#include "model/save.h"

#include <cstring>

#include "base/error.h"
#include "base/log.h"
#include "formats/gguf.h"
#include "formats/safetensors.h"
#include "tokenizer/gguf_export.h"

namespace lucie {
namespace {

// Values of general.file_type, as llama.cpp numbers them.
std::uint32_t gguf_file_type(DType type) {
  switch (type) {
    case DType::kF32:
      return 0;
    case DType::kF16:
      return 1;
    case DType::kQ4_0:
      return 2;
    case DType::kQ4_1:
      return 3;
    case DType::kQ8_0:
      return 7;
    case DType::kQ5_0:
      return 8;
    case DType::kQ5_1:
      return 9;
    case DType::kBF16:
      return 32;
    default:
      break;
  }
  fail(ErrorCode::kUnsupported, std::string("no GGUF of type ") + dtype_info(type).name);
}

// Rotary rows from the order in which the weights are held to that of the file: half-split
// (h, half, i) in Hugging Face's, pairs (h, i, half) in GGUF's llama.
std::vector<float> reorder_rows(std::vector<float> values, const TensorSpec& spec, RopeStyle held,
                                RopeStyle wanted) {
  if (spec.gguf_rows == RowOrder::kAsIs || held == wanted) return values;
  const std::int64_t rows = spec.shape[0], width = spec.shape[1];
  const std::int64_t head = rows / spec.gguf_heads, half = head / 2;
  std::vector<float> result(values.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t in_head = row % head;
    const std::int64_t paired = row - in_head + 2 * (in_head % half) + in_head / half;
    const bool to_pairs = wanted == RopeStyle::kInterleaved;
    std::memcpy(&result[static_cast<std::size_t>((to_pairs ? paired : row) * width)],
                &values[static_cast<std::size_t>((to_pairs ? row : paired) * width)],
                static_cast<std::size_t>(width) * sizeof(float));
  }
  return result;
}

std::vector<std::byte> encode(const std::vector<float>& values, DType type, const Shape& shape) {
  const std::size_t stride = row_bytes(type, shape.last());
  std::vector<std::byte> bytes(stride * static_cast<std::size_t>(shape.rows()));
  for (std::int64_t row = 0; row < shape.rows(); ++row) {
    encode_row(type, &values[static_cast<std::size_t>(row * shape.last())],
               &bytes[static_cast<std::size_t>(row) * stride], shape.last());
  }
  return bytes;
}

const char* hf_dtype(DType type) {
  if (type == DType::kF32) return "float32";
  if (type == DType::kF16) return "float16";
  if (type == DType::kBF16) return "bfloat16";
  fail(ErrorCode::kUnsupported,
       std::string("a Hugging Face directory cannot hold ") + dtype_info(type).name, "--type",
       "use f32, f16 or bf16, or write a .gguf");
}

GgufMetadata model_metadata(const ModelConfig& c, const SaveOptions& options) {
  const Family& row = family(c.architecture);
  const std::string a = std::string(row.gguf_architecture) + ".";
  const auto u32 = [](std::int64_t value) {
    return GgufValue::u32(static_cast<std::uint32_t>(value));
  };
  return {
      {"general.architecture", GgufValue::string(row.gguf_architecture)},
      {"general.name", GgufValue::string(options.name)},
      {"general.license", GgufValue::string(options.licence)},
      {"general.file_type", u32(gguf_file_type(options.dtype))},
      {"general.quantization_version", u32(2)},
      {a + "context_length", u32(c.max_position_embeddings)},
      {a + "embedding_length", u32(c.hidden_size)},
      {a + "block_count", u32(c.num_hidden_layers)},
      {a + "feed_forward_length", u32(c.intermediate_size)},
      {a + "attention.head_count", u32(c.num_attention_heads)},
      {a + "attention.head_count_kv", u32(c.num_key_value_heads)},
      {a + "attention.key_length", u32(c.head_dim)},
      {a + "attention.value_length", u32(c.head_dim)},
      {a + "attention.layer_norm_rms_epsilon", GgufValue::f32(static_cast<float>(c.rms_norm_eps))},
      {a + "rope.dimension_count", u32(c.head_dim)},
      {a + "rope.freq_base", GgufValue::f32(static_cast<float>(c.rope_theta))},
      {a + "vocab_size", u32(c.vocab_size)},
  };
}

}  // namespace

WeightValues values_of(Context& ctx, const Parameters& weights) {
  return [&ctx, &weights](std::size_t i) { return ctx.download(weights[i]); };
}

WeightValues random_values(const ModelConfig& config, std::uint64_t seed) {
  return [specs = family(config.architecture).tensors(config), seed](std::size_t i) {
    return initial_values(specs[i], seed);
  };
}

void save_hf(const fs::path& directory, const ModelConfig& config, const WeightValues& values,
             const Tokenizer* tokenizer, const SaveOptions& options) {
  Json json = config_to_json(config);
  json["dtype"] = hf_dtype(options.dtype);
  json["bos_token_id"] = options.bos;
  json["eos_token_id"] = options.eos;
  write_json(directory / "config.json", json);
  Json generation = Json::object();
  generation["bos_token_id"] = options.bos;
  generation["eos_token_id"] = options.eos;
  generation["do_sample"] = true;
  generation["temperature"] = 0.6;
  write_json(directory / "generation_config.json", generation);
  if (tokenizer) {
    write_json(directory / "tokenizer.json", tokenizer->tokenizer_json());
    write_json(directory / "tokenizer_config.json", tokenizer->config_json());
  }
  const std::vector<TensorSpec> specs = family(config.architecture).tensors(config);
  std::vector<StoredTensor> stored;
  for (const TensorSpec& spec : specs) {
    stored.push_back({.name = spec.name, .dtype = options.dtype, .shape = spec.shape});
  }
  SafetensorsWriter writer(directory / "model.safetensors", stored, {{"format", "pt"}});
  Progress progress("write", static_cast<std::uint64_t>(parameter_count(config)), "weights");
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::vector<float> rows =
        reorder_rows(values(i), specs[i], config.rope_style, RopeStyle::kHalf);
    writer.write(stored[i].name, encode(rows, options.dtype, specs[i].shape));
    progress.add(rows.size());
  }
  writer.commit();
}

DType stored_type(const TensorSpec& spec, const ModelConfig& config, DType wanted) {
  if (!spec.quantizable) return DType::kF32;
  const bool head =
      spec.slot == Slot::kHead || (spec.slot == Slot::kEmbedding && config.tie_word_embeddings);
  if (head && dtype_info(wanted).quantized) wanted = DType::kQ8_0;
  return spec.shape.last() % dtype_info(wanted).block == 0 ? wanted : DType::kF16;
}

void save_gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
               const Tokenizer* tokenizer, const SaveOptions& options) {
  GgufMetadata metadata = model_metadata(config, options);
  if (tokenizer) {
    for (auto& [key, value] : gguf_metadata(*tokenizer)) {
      if (key != "tokenizer.ggml.eos_token_id") metadata.emplace_back(key, std::move(value));
    }
    // The end of an answer, which a chat model's tokenizer does not know of.
    metadata.emplace_back("tokenizer.ggml.eos_token_id",
                          GgufValue::u32(static_cast<std::uint32_t>(options.eos)));
  }
  const std::vector<TensorSpec> specs = family(config.architecture).tensors(config);
  std::vector<StoredTensor> stored;
  for (const TensorSpec& spec : specs) {
    stored.push_back({.name = spec.gguf_name,
                      .dtype = stored_type(spec, config, options.dtype),
                      .shape = spec.shape});
  }
  GgufWriter writer(path, metadata, stored);
  Progress progress("write", static_cast<std::uint64_t>(parameter_count(config)), "weights");
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::vector<float> rows =
        reorder_rows(values(i), specs[i], config.rope_style, RopeStyle::kInterleaved);
    writer.write(stored[i].name, encode(rows, stored[i].dtype, specs[i].shape));
    progress.add(rows.size());
  }
  writer.commit();
}

}  // namespace lucie
