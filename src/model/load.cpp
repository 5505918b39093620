#include "model/load.h"

#include <algorithm>
#include <future>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "formats/unpacked_source.h"
#include "model/gguf_config.h"
#include "model/host_bytes.h"
#include "model/placement.h"
#include "model/universal.h"

namespace lucie {
namespace {

bool ignored(const Family& row, const std::string& name) {
  return std::any_of(row.ignored_suffixes.begin(), row.ignored_suffixes.end(),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

void check_all_used(const Family& row, const WeightSource& source,
                    const std::set<std::string>& used, bool tied, const std::string& place) {
  for (const StoredTensor& tensor : source.tensors()) {
    // Some writers store the head even when it is tied to the embedding.
    const bool spare_head =
        tied && (tensor.name == "lm_head.weight" || tensor.name == "embed_out.weight" ||
                 tensor.name == "output.weight");
    if (!used.contains(tensor.name) && !ignored(row, tensor.name) && !spare_head) {
      fail(ErrorCode::kUnsupported, "tensor '" + tensor.name + "' is not one this family has",
           place, "is the model's architecture really '" + std::string(row.name) + "'?");
    }
  }
}

const StoredTensor& find_stored(const WeightSource& source, const TensorSpec& spec,
                                const Placement& at, const std::string& place) {
  if (at.name.empty()) {
    fail(ErrorCode::kUnsupported, "this format has no place for tensor '" + spec.name + "'", place);
  }
  const StoredTensor* stored = source.find(at.name);
  if (!stored) fail(ErrorCode::kCorrupt, "tensor '" + at.name + "' is missing", place);
  if (stored->shape != file_shape(spec, at)) {
    fail(ErrorCode::kMismatch,
         "tensor '" + at.name + "' has shape " + stored->shape.str() + ", the config asks for " +
             file_shape(spec, at).str(),
         place);
  }
  return *stored;
}

// Larger tensors are not looked through: a model is to start as fast as it is mapped, and
// `lucie convert` sees every value anyway.
constexpr std::uint64_t kLookedThrough = 32 << 20;

void warn_of_nan(ThreadPool& pool, const WeightSource& source, const std::set<std::string>& used,
                 const std::string& place) {
  const std::vector<StoredTensor>& tensors = source.tensors();
  std::vector<char> strange(tensors.size(), false);
  pool.run(static_cast<std::int64_t>(tensors.size()), [&](std::int64_t task, int) {
    const auto i = static_cast<std::size_t>(task);
    if (tensors[i].bytes > kLookedThrough || !used.contains(tensors[i].name)) return;
    strange[i] = holds_nan(tensors[i].dtype, source.data(tensors[i]));
  });
  const auto first = std::find(strange.begin(), strange.end(), true);
  if (first == strange.end()) return;
  log_warning(place + ": " + std::to_string(std::count(first, strange.end(), true)) +
              " tensors hold values that are no numbers (NaN), the first is '" +
              tensors[static_cast<std::size_t>(first - strange.begin())].name + "'");
}

Tensor load_tensor(Context& ctx, const WeightSource& source, const TensorSpec& spec,
                   const Placement& at, const StoredTensor& stored) {
  const std::span<const std::byte> bytes = source.data(stored);
  Tensor tensor;
  if (is_in_place(spec, at)) {
    const std::size_t stride =
        spec.is_matrix() ? row_bytes(stored.dtype, spec.shape[1]) : row_bytes(stored.dtype, 1);
    const auto part = bytes.subspan(static_cast<std::size_t>(at.first) * stride,
                                    static_cast<std::size_t>(spec.shape[0]) * stride);
    tensor = ctx.adopt(stored.dtype, spec.shape, part, source.owner(stored));
  } else {
    const auto part =
        std::make_shared<const std::vector<std::byte>>(take_part(spec, at, stored.dtype, bytes));
    source.release(stored);
    tensor = ctx.adopt(stored.dtype, spec.shape, *part, part);
  }
  if (spec.is_matrix() || tensor.dtype() == DType::kF32) return tensor;
  const Tensor wide = ctx.empty(DType::kF32, spec.shape);  // norms and biases are read in f32
  ctx.op().copy(ctx, wide, tensor);
  return wide;
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

bool has_tokenizer(const GgufReader& gguf) {
  return gguf.find_value("tokenizer.ggml.model") != nullptr;
}

bool has_tokenizer(const fs::path& directory) {
  return fs::exists(directory / "tokenizer.json") || fs::exists(directory / "tokenizer.model");
}

// A vocabulary takes a thread a while, and no other can help: it is read beside the weights.
template <typename Load>
std::future<std::unique_ptr<Tokenizer>> start_tokenizer(TokenizerNeed need, bool there,
                                                        const Load& load) {
  if (need == TokenizerNeed::kNone || (need == TokenizerNeed::kOptional && !there)) return {};
  return std::async(std::launch::async, [load] { return std::make_unique<Tokenizer>(load()); });
}

LoadedModel load_gguf(Context& ctx, const fs::path& path, TokenizerNeed need, ValueCheck check) {
  const GgufReader gguf(path);
  auto tokenizer =
      start_tokenizer(need, has_tokenizer(gguf), [&gguf] { return Tokenizer::from_gguf(gguf); });
  const ModelConfig config = config_from_gguf(gguf);
  const auto source = view_gguf(gguf);
  LoadedModel model;
  model.decoder = std::make_unique<Decoder>(
      ctx, config, load_parameters(ctx, *source, config, &TensorSpec::gguf, path.string(), check));
  if (tokenizer.valid()) model.tokenizer = tokenizer.get();
  if (const GgufValue* several = gguf.find_value(kStopIdsKey)) {
    for (const std::int64_t id : several->integers) {
      model.stop_ids.push_back(static_cast<TokenId>(id));
    }
  } else if (const std::int64_t eos = gguf.integer("tokenizer.ggml.eos_token_id", -1); eos >= 0) {
    model.stop_ids.push_back(static_cast<TokenId>(eos));
  }
  model.name = gguf.text("general.name", path.stem().string());
  return model;
}

LoadedModel load_directory(Context& ctx, const fs::path& path, TokenizerNeed need,
                           ValueCheck check) {
  auto tokenizer =
      start_tokenizer(need, has_tokenizer(path), [&path] { return Tokenizer::load(path); });
  const ModelConfig config = read_config(path);
  const auto source = open_unpacked_weights(path);
  LoadedModel model;
  model.decoder = std::make_unique<Decoder>(
      ctx, config, load_parameters(ctx, *source, config, &TensorSpec::hf, path.string(), check));
  if (tokenizer.valid()) model.tokenizer = tokenizer.get();
  model.stop_ids = read_stop_ids(path);
  model.name = fs::canonical(path).filename().string();
  return model;
}

LoadedModel load_training_state(Context& ctx, const fs::path& path, TokenizerNeed need) {
  if (need == TokenizerNeed::kRequired) {
    fail(ErrorCode::kUnsupported, "a universal checkpoint has no tokenizer", path.string(),
         "make a model of it: lucie convert " + path.string() + " --tokenizer DIR --out DIR");
  }
  const UniversalCheckpoint checkpoint(path);
  const ModelConfig config = config_from_universal(checkpoint);
  LoadedModel model;
  model.decoder = std::make_unique<Decoder>(
      ctx, config,
      load_universal(ctx, checkpoint, UniversalState::kWeights, config, path.string()));
  model.name = fs::canonical(path).filename().string();
  return model;
}

}  // namespace

void check_fits(const LoadedModel& model, const std::string& place) {
  const std::int64_t vocabulary = model.decoder->config().vocab_size;
  if (model.tokenizer && model.tokenizer->vocab_size() > vocabulary) {
    fail(ErrorCode::kMismatch,
         "the tokenizer has " + std::to_string(model.tokenizer->vocab_size()) +
             " ids, the model only " + std::to_string(vocabulary),
         place, "they come from different models: put the model's own tokenizer beside it");
  }
}

bool is_gguf(const fs::path& path) {
  return path.extension() == ".gguf";
}

ModelConfig read_config(const fs::path& path) {
  if (is_gguf(path)) return config_from_gguf(GgufReader(path));
  if (is_universal_checkpoint(path)) return config_from_universal(UniversalCheckpoint(path));
  return config_from_json(read_json(path / "config.json"));
}

Parameters load_parameters(Context& ctx, const WeightSource& source, const ModelConfig& config,
                           Format format, const std::string& place, ValueCheck check) {
  const Family& row = family(config.architecture);
  Parameters weights(row.tensors(config));
  std::set<std::string> used;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const TensorSpec& spec = weights.specs()[i];
    const Placement& at = spec.*format;
    const StoredTensor& stored = find_stored(source, spec, at, place);
    used.insert(at.name);
    weights.set(i, load_tensor(ctx, source, spec, at, stored));
  }
  check_all_used(row, source, used, config.tie_word_embeddings, place);
  if (check == ValueCheck::kWarn) warn_of_nan(ctx.pool(), source, used, place);
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

std::unique_ptr<Tokenizer> find_tokenizer(const fs::path& path) {
  if (!is_gguf(path)) {
    return has_tokenizer(path) ? std::make_unique<Tokenizer>(Tokenizer::load(path)) : nullptr;
  }
  const GgufReader gguf(path);
  return has_tokenizer(gguf) ? std::make_unique<Tokenizer>(Tokenizer::from_gguf(gguf)) : nullptr;
}

LoadedModel load_model(Context& ctx, const fs::path& path, TokenizerNeed need, ValueCheck check) {
  if (!fs::exists(path)) {
    fail(ErrorCode::kNotFound, "no such model", path.string(),
         "give a directory with config.json and its weights, or a .gguf file");
  }
  LoadedModel model = is_gguf(path)                   ? load_gguf(ctx, path, need, check)
                      : is_universal_checkpoint(path) ? load_training_state(ctx, path, need)
                                                      : load_directory(ctx, path, need, check);
  model.parameters = parameter_count(model.decoder->config());
  check_fits(model, path.string());
  return model;
}

}  // namespace lucie
