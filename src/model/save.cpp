#include "model/save.h"

#include "base/error.h"
#include "base/log.h"
#include "formats/gguf.h"
#include "formats/safetensors_shards.h"
#include "model/gguf_config.h"
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

void write_ends(const SaveOptions& options, Json& json) {
  if (options.bos) json["bos_token_id"] = *options.bos;
  if (options.eos.size() == 1) json["eos_token_id"] = options.eos.front();
  if (options.eos.size() < 2) return;
  for (const TokenId id : options.eos) json["eos_token_id"].push_back(id);
}

const char* hf_dtype(DType type) {
  if (type == DType::kF32) return "float32";
  if (type == DType::kF16) return "float16";
  if (type == DType::kBF16) return "bfloat16";
  fail(ErrorCode::kUnsupported,
       std::string("a Hugging Face directory cannot hold ") + dtype_info(type).name, "--type",
       "use f32, f16 or bf16, or write a .gguf");
}

}  // namespace

FileTensors::FileTensors(const ModelConfig& config, Format format, const WeightValues& values)
    : format_(format),
      values_(values),
      table_(family(config.architecture).tensors(config)),
      held_(config.rope.style),
      files_(file_tensors(table_, format)) {
  std::size_t placed = 0;
  for (const FileTensor& file : files_) placed += file.parts.size();
  if (placed != table_.size()) {
    fail(ErrorCode::kUnsupported, "this format has no place for some of the model's tensors",
         config.architecture);
  }
}

const HostTensor& FileTensors::values(const FileTensor& file, DType dtype) {
  whole_.dtype = dtype;
  for (const std::size_t part : file.parts) {
    const TensorSpec& spec = table_[part];
    values_(part, part_);
    part_ = to_type(in_row_order(std::move(part_), spec, format_, held_), dtype, spec.shape);
    if (file.parts.size() == 1 && is_in_place(spec, spec.*format_)) return part_;
    whole_.bytes.resize(row_bytes(dtype, file.shape.last()) *
                        static_cast<std::size_t>(file.shape.rows()));
    put_part(spec, spec.*format_, part_, whole_.bytes);
  }
  return whole_;
}

WeightValues values_of(Context& ctx, const Parameters& weights) {
  return [&ctx, &weights](std::size_t i, HostTensor& values) {
    values.dtype = weights[i].dtype();
    values.bytes.clear();  // nothing to be kept when it grows
    values.bytes.resize(weights[i].bytes());
    ctx.op().copy_to_host(ctx, values.bytes.data(), weights[i]);
  };
}

WeightValues random_values(const ModelConfig& config, std::uint64_t seed) {
  return [specs = family(config.architecture).tensors(config), seed](std::size_t i,
                                                                     HostTensor& values) {
    values = host_tensor(initial_values(specs[i], seed));
  };
}

void save_hf(const fs::path& directory, const ModelConfig& config, const WeightValues& values,
             const Tokenizer* tokenizer, const SaveOptions& options) {
  Json json = config_to_json(config);
  json["dtype"] = hf_dtype(options.dtype);
  write_ends(options, json);
  write_json(directory / "config.json", json);
  Json generation = Json::object();
  write_ends(options, generation);
  generation["do_sample"] = true;
  generation["temperature"] = 0.6;
  write_json(directory / "generation_config.json", generation);
  if (tokenizer) {
    write_json(directory / "tokenizer.json", tokenizer->tokenizer_json());
    write_json(directory / "tokenizer_config.json", tokenizer->config_json());
  }
  FileTensors tensors(config, &TensorSpec::hf, values);
  std::vector<StoredTensor> stored;
  for (const FileTensor& file : tensors.files()) {
    stored.push_back({.name = file.name, .dtype = options.dtype, .shape = file.shape});
  }
  ShardedSafetensorsWriter writer(directory, stored, {{"format", "pt"}}, options.max_shard_bytes);
  Progress progress("write", static_cast<std::uint64_t>(parameter_count(config)), "weights");
  for (const FileTensor& file : tensors.files()) {
    writer.write(file.name, tensors.values(file, options.dtype).bytes);
    progress.add(static_cast<std::uint64_t>(file.shape.numel()));
  }
  writer.commit();
}

DType stored_type(const TensorSpec& spec, const ModelConfig& config, DType wanted) {
  if (!spec.is_matrix()) return DType::kF32;
  const bool head =
      spec.slot == Slot::kHead || (spec.slot == Slot::kEmbedding && config.tie_word_embeddings);
  if (head && dtype_info(wanted).quantized) wanted = DType::kQ8_0;
  return spec.shape.last() % dtype_info(wanted).block == 0 ? wanted : DType::kF16;
}

void save_gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
               const Tokenizer* tokenizer, const SaveOptions& options) {
  const Family& row = family(config.architecture);
  GgufMetadata metadata{
      {"general.architecture", GgufValue::string(std::string(row.gguf_architecture))},
      {"general.name", GgufValue::string(options.name)},
      {"general.license", GgufValue::string(options.licence)},
      {"general.file_type", GgufValue::u32(gguf_file_type(options.dtype))},
      {"general.quantization_version", GgufValue::u32(2)}};
  for (auto& entry : gguf_metadata(config)) metadata.push_back(std::move(entry));
  if (tokenizer) {
    for (auto& [key, value] : gguf_metadata(*tokenizer)) {
      if (key != "tokenizer.ggml.eos_token_id") metadata.emplace_back(key, std::move(value));
    }
  }
  // The end of an answer, which a chat model's tokenizer does not know of. GGUF has one.
  if (!options.eos.empty()) {
    metadata.emplace_back("tokenizer.ggml.eos_token_id",
                          GgufValue::u32(static_cast<std::uint32_t>(options.eos.front())));
  }
  if (options.eos.size() > 1) {
    metadata.emplace_back(kStopIdsKey, GgufValue::i32s({options.eos.begin(), options.eos.end()}));
  }
  FileTensors tensors(config, &TensorSpec::gguf, values);
  std::vector<StoredTensor> stored;
  for (const FileTensor& file : tensors.files()) {
    stored.push_back({.name = file.name,
                      .dtype = stored_type(tensors.first_part(file), config, options.dtype),
                      .shape = file.shape});
  }
  const std::vector<float> factors = gguf_rope_factors(config);
  if (!factors.empty()) {
    stored.push_back({.name = "rope_freqs.weight",
                      .dtype = DType::kF32,
                      .shape = {static_cast<std::int64_t>(factors.size())}});
  }
  GgufWriter writer(path, metadata, stored);
  Progress progress("write", static_cast<std::uint64_t>(parameter_count(config)), "weights");
  for (std::size_t i = 0; i < tensors.files().size(); ++i) {
    writer.write(stored[i].name, tensors.values(tensors.files()[i], stored[i].dtype).bytes);
    progress.add(static_cast<std::uint64_t>(stored[i].shape.numel()));
  }
  if (!factors.empty()) writer.write(stored.back().name, std::as_bytes(std::span(factors)));
  writer.commit();
}

}  // namespace lucie
