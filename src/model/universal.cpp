#include "model/universal.h"

#include "base/error.h"
#include "base/log.h"
#include "model/file_tensors.h"
#include "model/load.h"

namespace lucie {
namespace {

// Beside Megatron's arguments, which know nothing of scaled rotation, our files carry config.json.
constexpr char kConfigKey[] = "lucie_config_json";

void require(bool supported, const char* what, const std::string& place) {
  if (!supported) fail(ErrorCode::kUnsupported, what, place);
}

// How tensor parallelism cuts a parameter, for those who read the checkpoint back into Megatron.
UniversalParameter parameter_of(const FileTensor& file, const TensorSpec& spec) {
  UniversalParameter parameter{.name = file.name, .shape = file.shape};
  switch (spec.slot) {
    case Slot::kEmbedding:
    case Slot::kHead:
      parameter.cat_dim = 0;
      parameter.vocabulary = true;
      break;
    case Slot::kQuery:
    case Slot::kKey:
    case Slot::kValue:
      parameter.cat_dim = 0;
      break;
    case Slot::kGate:
    case Slot::kUp:
      parameter.cat_dim = 0;
      parameter.parts = 2;
      break;
    case Slot::kAttentionOut:
    case Slot::kDown:
      parameter.cat_dim = 1;
      break;
    default:
      break;
  }
  return parameter;
}

Json model_states(const ModelConfig& c, std::int64_t steps) {
  Json args = Json::object();
  args["num_layers"] = c.num_hidden_layers;
  args["hidden_size"] = c.hidden_size;
  args["ffn_hidden_size"] = c.intermediate_size;
  args["num_attention_heads"] = c.num_attention_heads;
  args["num_key_value_heads"] = c.num_key_value_heads;
  args["kv_channels"] = c.head_dim;
  args["padded_vocab_size"] = c.vocab_size;
  args["max_position_embeddings"] = c.max_position_embeddings;
  args["seq_length"] = c.max_position_embeddings;
  args["layernorm_epsilon"] = c.norm_eps;
  args["normalization"] = "rmsnorm";
  args["swiglu"] = true;
  args["add_bias_linear"] = false;
  args["use_rotary_position_embeddings"] = true;
  args["rope_theta"] = c.rope.theta;
  args["init_method_std"] = c.initializer_range;
  args["untie_embeddings_and_output_weights"] = !c.tie_word_embeddings;
  args["iteration"] = steps;
  Json states = Json::object();
  states["args"] = args;
  states["checkpoint_version"] = 3.0;
  states[kConfigKey] = config_to_json(c).dump();
  states["iteration"] = steps;
  states["global_steps"] = steps;
  return states;
}

}  // namespace

ModelConfig config_from_universal(const UniversalCheckpoint& checkpoint) {
  const Json& args = checkpoint.args();
  const std::string place = checkpoint.directory().string();
  const std::string own = checkpoint.model_states().get(kConfigKey, "");
  if (!own.empty()) return config_from_json(parse_json(own, place + ": " + kConfigKey));
  require(checkpoint.model_states().get("checkpoint_version", 3.0) >= 2,
          "a checkpoint older than version 2 orders keys and values otherwise", place);
  require(args.get("swiglu", true), "Megatron's MLP is not SwiGLU", place);
  require(args.get("normalization", "rmsnorm") == "rmsnorm", "Megatron's norm is not RMSNorm",
          place);
  require(!args.get("add_bias_linear", false), "Megatron's projections have biases", place);
  const WeightSource& weights = *checkpoint.state(UniversalState::kWeights);
  const StoredTensor* embedding = weights.find("1.word_embeddings.weight");
  require(embedding && embedding->shape.rank() == 2, "no 1.word_embeddings.weight", place);
  Json json = Json::object();
  json.set_place(place);
  json["architecture"] = "llama";
  const auto copy = [&](const char* field, const char* argument) {
    if (const Json* value = args.find(argument); value && !value->is_null()) json[field] = *value;
  };
  copy("hidden_size", "hidden_size");
  copy("num_hidden_layers", "num_layers");
  copy("num_attention_heads", "num_attention_heads");
  copy("num_key_value_heads", "num_key_value_heads");
  copy("head_dim", "kv_channels");
  copy("intermediate_size", "ffn_hidden_size");
  copy("max_position_embeddings", "max_position_embeddings");
  copy("rope_theta", "rope_theta");
  copy("rms_norm_eps", "layernorm_epsilon");
  copy("initializer_range", "init_method_std");
  json["vocab_size"] = embedding->shape[0];  // without the rows that padded it
  const std::string head = std::to_string(args.at("num_layers").as_int() + 3) + ".lm_head.weight";
  json["tie_word_embeddings"] = weights.find(head) == nullptr;
  return config_from_json(json);
}

Parameters load_universal(Context& ctx, const UniversalCheckpoint& checkpoint, UniversalState state,
                          const ModelConfig& config, const std::string& place) {
  const WeightSource* source = checkpoint.state(state);
  if (!source) {
    fail(ErrorCode::kNotFound, std::string("the checkpoint has no ") + universal_state_name(state),
         place, "it holds weights alone: no optimizer can go on from it");
  }
  return load_parameters(ctx, *source, config, &TensorSpec::universal, place);
}

void save_universal(const fs::path& directory, const ModelConfig& config,
                    const std::array<WeightValues, kUniversalStates>& states, std::int64_t steps) {
  UniversalCheckpointWriter writer(directory);
  Progress progress("write", static_cast<std::uint64_t>(parameter_count(config)), "weights");
  for (int state = 0; state < kUniversalStates; ++state) {
    const WeightValues& values = states[static_cast<std::size_t>(state)];
    if (!values) continue;
    const FileTensors tensors(config, &TensorSpec::universal, values);
    for (const FileTensor& file : tensors.files()) {
      writer.write(parameter_of(file, tensors.first_part(file)), static_cast<UniversalState>(state),
                   tensors.values(file));
      if (state == 0) progress.add(static_cast<std::uint64_t>(file.shape.numel()));
    }
  }
  Json group = Json::object();
  group["step"] = steps;
  Json optimizer = Json::object();
  optimizer["param_groups"] = Json(Json::Array{group});
  writer.commit(model_states(config, steps), optimizer);
}

}  // namespace lucie
