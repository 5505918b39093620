#include "model/load.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace lucie {
namespace {

bool ignored(const Family& row, const std::string& name) {
  return std::any_of(row.ignored_suffixes.begin(), row.ignored_suffixes.end(),
                     [&](const std::string& suffix) { return name.ends_with(suffix); });
}

void check_all_used(const Family& row, const WeightSource& source,
                    const std::set<std::string>& used, bool tied, const std::string& place) {
  for (const StoredTensor& tensor : source.tensors()) {
    // Some writers store the head even when it is tied to the embedding.
    const bool spare_head =
        tied && (tensor.name == "lm_head.weight" || tensor.name == "output.weight");
    if (!used.contains(tensor.name) && !ignored(row, tensor.name) && !spare_head) {
      fail(ErrorCode::kUnsupported, "tensor '" + tensor.name + "' is not one this family has",
           place, "is the model's architecture really '" + std::string(row.name) + "'?");
    }
  }
}

std::vector<TokenId> ids_of(const Json* value) {
  std::vector<TokenId> ids;
  if (!value || value->is_null()) return ids;
  if (value->is_int()) return {static_cast<TokenId>(value->as_int())};
  for (const Json& id : value->items()) ids.push_back(static_cast<TokenId>(id.as_int()));
  return ids;
}

std::vector<TokenId> read_stop_ids(const fs::path& directory) {
  for (const char* file : {"generation_config.json", "config.json"}) {
    if (!fs::exists(directory / file)) continue;
    std::vector<TokenId> ids = ids_of(read_json(directory / file).find("eos_token_id"));
    if (!ids.empty()) return ids;
  }
  return {};
}

void check_fits(const LoadedModel& model, const std::string& place) {
  const std::int64_t vocabulary = model.decoder->config().vocab_size;
  if (model.tokenizer && model.tokenizer->vocab_size() > vocabulary) {
    fail(ErrorCode::kMismatch,
         "the tokenizer has " + std::to_string(model.tokenizer->vocab_size()) +
             " ids, the model only " + std::to_string(vocabulary),
         place, "they come from different models: put the model's own tokenizer beside it");
  }
}

LoadedModel load_gguf(Context& ctx, const fs::path& path, TokenizerNeed need) {
  const GgufReader gguf(path);
  const ModelConfig config = config_from_gguf(gguf);
  const auto source = open_gguf(path);
  LoadedModel model;
  model.decoder = std::make_unique<Decoder>(
      ctx, config, load_parameters(ctx, *source, config, true, path.string()));
  if (need == TokenizerNeed::kRequired) {
    model.tokenizer = std::make_unique<Tokenizer>(Tokenizer::from_gguf(gguf));
  }
  const std::int64_t eos = gguf.integer("tokenizer.ggml.eos_token_id", -1);
  if (eos >= 0) model.stop_ids.push_back(static_cast<TokenId>(eos));
  model.name = gguf.text("general.name", path.stem().string());
  return model;
}

LoadedModel load_directory(Context& ctx, const fs::path& path, TokenizerNeed need) {
  const ModelConfig config = read_config(path);
  const auto source = open_safetensors_dir(path);
  LoadedModel model;
  model.decoder = std::make_unique<Decoder>(
      ctx, config, load_parameters(ctx, *source, config, false, path.string()));
  if (need == TokenizerNeed::kRequired) {
    model.tokenizer = std::make_unique<Tokenizer>(Tokenizer::load(path));
  }
  model.stop_ids = read_stop_ids(path);
  model.name = fs::canonical(path).filename().string();
  return model;
}

}  // namespace

bool is_gguf(const fs::path& path) {
  return path.extension() == ".gguf";
}

ModelConfig config_from_gguf(const GgufReader& gguf) {
  const std::string place = gguf.file()->path().string();
  const Family& row = family_by_gguf(gguf.text("general.architecture", ""));
  const std::string prefix = std::string(row.gguf_architecture) + ".";
  const StoredTensor* embedding = gguf.find("token_embd.weight");
  if (!embedding || embedding->shape.rank() != 2) {
    fail(ErrorCode::kCorrupt, "no token_embd.weight", place);
  }
  Json json = Json::object();
  json.set_place(place);
  json["architecture"] = Json(row.name);
  const auto number = [&](const char* field, const std::string& key, std::int64_t fallback) {
    const std::int64_t value = gguf.integer(prefix + key, fallback);
    if (value != 0) json[field] = value;
  };
  number("hidden_size", "embedding_length", 0);
  number("num_hidden_layers", "block_count", 0);
  number("num_attention_heads", "attention.head_count", 0);
  number("num_key_value_heads", "attention.head_count_kv", 0);
  number("head_dim", "attention.key_length", gguf.integer(prefix + "rope.dimension_count", 0));
  number("intermediate_size", "feed_forward_length", 0);
  number("max_position_embeddings", "context_length", 0);
  json["vocab_size"] = embedding->shape[0];
  json["rope_theta"] = gguf.real(prefix + "rope.freq_base", 10000.0);
  json["rms_norm_eps"] = gguf.real(prefix + "attention.layer_norm_rms_epsilon", 1e-5);
  json["tie_word_embeddings"] = gguf.find("output.weight") == nullptr;
  if (gguf.text(prefix + "rope.scaling.type", "none") != "none" || gguf.find("rope_freqs.weight")) {
    fail(ErrorCode::kUnsupported, "scaled rotary embeddings are not supported", place);
  }
  ModelConfig config = config_from_json(json);
  config.rope_style = RopeStyle::kInterleaved;
  return config;
}

ModelConfig read_config(const fs::path& path) {
  return is_gguf(path) ? config_from_gguf(GgufReader(path))
                       : config_from_json(read_json(path / "config.json"));
}

Parameters load_parameters(Context& ctx, const WeightSource& source, const ModelConfig& config,
                           bool gguf_names, const std::string& place) {
  const Family& row = family(config.architecture);
  Parameters weights(row.tensors(config));
  std::set<std::string> used;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const TensorSpec& spec = weights.specs()[i];
    const std::string& name = gguf_names ? spec.gguf_name : spec.name;
    const StoredTensor* stored = source.find(name);
    if (!stored) fail(ErrorCode::kCorrupt, "tensor '" + name + "' is missing", place);
    if (stored->shape != spec.shape) {
      fail(ErrorCode::kMismatch,
           "tensor '" + name + "' has shape " + stored->shape.str() + ", the config asks for " +
               spec.shape.str(),
           place);
    }
    used.insert(name);
    Tensor tensor =
        ctx.adopt(stored->dtype, spec.shape, source.data(*stored), source.owner(*stored));
    if (!spec.quantizable && tensor.dtype() != DType::kF32) {
      Tensor wide = ctx.empty(DType::kF32, spec.shape);
      ctx.op().copy(ctx, wide, tensor);
      tensor = wide;
    }
    weights.set(i, std::move(tensor));
  }
  check_all_used(row, source, used, config.tie_word_embeddings, place);
  return weights;
}

Parameters to_f32(Context& ctx, const Parameters& weights) {
  Parameters result(weights.specs());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Tensor wide = ctx.empty(DType::kF32, weights[i].shape());
    ctx.op().copy(ctx, wide, weights[i]);
    result.set(i, wide);
  }
  return result;
}

LoadedModel load_model(Context& ctx, const fs::path& path, TokenizerNeed need) {
  if (!fs::exists(path)) {
    fail(ErrorCode::kNotFound, "no such model", path.string(),
         "give a directory with config.json and model.safetensors, or a .gguf file");
  }
  LoadedModel model = is_gguf(path) ? load_gguf(ctx, path, need) : load_directory(ctx, path, need);
  model.parameters = parameter_count(model.decoder->config());
  check_fits(model, path.string());
  return model;
}

}  // namespace lucie
