#include "model/save.h"

#include "base/error.h"
#include "base/hash.h"
#include "formats/gguf.h"
#include "formats/safetensors_shards.h"
#include "model/file_tensors.h"
#include "model/gguf_config.h"
#include "tokenizer/gguf_export.h"

namespace lucie {
namespace {

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

// All of the head but the tensors.
GgufMetadata file_metadata(const ModelConfig& config, const Tokenizer* tokenizer,
                           const SaveOptions& options) {
  const Family& row = family(config.architecture);
  GgufMetadata metadata{
      {"general.architecture", GgufValue::string(std::string(row.gguf_architecture))},
      {"general.name", GgufValue::string(options.name)},
      {"general.license", GgufValue::string(options.licence)},
      {"general.file_type", GgufValue::u32(options.types.file_type)},
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
  return metadata;
}

GgufWriter gguf_writer(const fs::path& path, const GgufMetadata& metadata,
                       const std::vector<StoredTensor>& stored, const SaveOptions& options) {
  if (options.resume_key.empty()) return GgufWriter(path, metadata, stored);
  Sha256 key;
  key.add(options.resume_key);
  for (const std::vector<float>& columns : options.types.importance) {
    key.add(std::to_string(columns.size()) + " ").add(std::as_bytes(std::span(columns)));
  }
  return GgufWriter(path, metadata, stored, key.hex());
}

}  // namespace

SaveOptions save_options(const LoadedModel& model, std::string name) {
  SaveOptions options;
  options.name = std::move(name);
  options.licence = "NOASSERTION";
  options.eos = model.stop_ids;
  if (!model.tokenizer) return options;
  options.bos = model.tokenizer->bos();
  if (options.eos.empty() && model.tokenizer->eos()) options.eos = {*model.tokenizer->eos()};
  return options;
}

void save_hf_description(const fs::path& directory, Json config, const Tokenizer* tokenizer,
                         const SaveOptions& options) {
  write_ends(options, config);
  write_json(directory / "config.json", config);
  Json generation = Json::object();
  write_ends(options, generation);
  generation["do_sample"] = true;
  generation["temperature"] = 0.6;
  write_json(directory / "generation_config.json", generation);
  if (tokenizer) {
    write_json(directory / "tokenizer.json", tokenizer->tokenizer_json());
    write_json(directory / "tokenizer_config.json", tokenizer->config_json());
  }
}

void save_hf(const fs::path& directory, const ModelConfig& config, const WeightValues& values,
             const Tokenizer* tokenizer, const SaveOptions& options) {
  Json json = config_to_json(config);
  json["dtype"] = hf_dtype(options.dtype);
  save_hf_description(directory, std::move(json), tokenizer, options);
  const FileTensors tensors(config, &TensorSpec::hf, values);
  std::vector<StoredTensor> stored;
  for (const FileTensor& file : tensors.files()) {
    stored.push_back({.name = file.name, .dtype = options.dtype, .shape = file.shape});
  }
  ShardedSafetensorsWriter writer(directory, stored, {{"format", "pt"}}, options.max_shard_bytes);
  tensors.write_all(std::vector<StoredAs>(stored.size(), {options.dtype}),
                    [&](std::size_t i, std::uint64_t offset, std::span<const std::byte> bytes) {
                      writer.write_at(i, offset, bytes);
                    });
  writer.commit();
}

namespace {

void write_gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
                const Tokenizer* tokenizer, const SaveOptions& options) {
  const FileTensors tensors(config, &TensorSpec::gguf, values);
  LUCIE_ASSERT(options.types.tensors.size() == tensors.files().size());
  std::vector<StoredAs> how;
  for (const DType type : options.types.tensors) how.push_back({type});
  for (std::size_t i = 0; i < options.types.importance.size(); ++i) {
    how[i].importance = options.types.importance[i];
  }
  std::vector<StoredTensor> stored;
  for (const FileTensor& file : tensors.files()) {
    stored.push_back({.name = file.name, .dtype = how[stored.size()].dtype, .shape = file.shape});
  }
  const std::vector<float> factors = gguf_rope_factors(config);
  if (!factors.empty()) {
    stored.push_back({.name = "rope_freqs.weight",
                      .dtype = DType::kF32,
                      .shape = {static_cast<std::int64_t>(factors.size())}});
  }
  GgufWriter writer = gguf_writer(path, file_metadata(config, tokenizer, options), stored, options);
  for (std::size_t i = 0; i < how.size(); ++i) how[i].is_there = writer.is_whole(i);
  tensors.write_all(how,
                    [&](std::size_t i, std::uint64_t offset, std::span<const std::byte> bytes) {
                      writer.write_at(i, offset, bytes);
                    });
  if (!factors.empty() && !writer.is_whole(how.size())) {
    writer.write_at(how.size(), 0, std::as_bytes(std::span(factors)));
  }
  writer.commit();
}

}  // namespace

void save_gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
               const Tokenizer* tokenizer, const SaveOptions& options) {
  try {
    write_gguf(path, config, values, tokenizer, options);
  } catch (const Error& error) {
    const std::string kept = path.string() + ".partial";
    if (options.resume_key.empty() || !fs::exists(kept)) throw;
    fail(error.code(), error.message(), error.place(),
         error.hint() + (error.hint().empty() ? "" : "; ") + "the same command goes on from " +
             kept);
  }
}

}  // namespace lucie
