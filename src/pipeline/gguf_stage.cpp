// Compression: the fine-tuned model, or the one that the recipe's `base` names, as GGUF files, one
// for each entry of `quantize:`.
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "model/load.h"
#include "model/locate.h"
#include "model/save.h"
#include "pipeline/quantization.h"
#include "pipeline/training.h"

namespace lucie {
namespace {

const std::vector<std::string> kKeys{"type",    "target_size", "context", "cache_type",
                                     "imatrix", "calibrate",   "window"};

// An entry is a type, or a mapping.
QuantizeRequest request_of(const Json& entry) {
  QuantizeRequest request;
  if (entry.is_string()) {
    request.type = entry.as_string();
  } else {
    refuse_unknown_keys(entry, kKeys);
    request.type = entry.get("type", "");
    request.target_size = entry.get("target_size", "");
    request.context = entry.get("context", std::int64_t{0});
    request.cache_type = entry.get("cache_type", "");
    request.imatrix = entry.get("imatrix", "");
    request.calibrate = entry.get("calibrate", "");
    request.window = entry.get("window", request.window);
  }
  if (request.type.empty() && request.target_size.empty()) {
    fail(ErrorCode::kInvalidArgument, "neither type nor target_size is given",
         entry.place() + ": quantize");
  }
  if (request.target_size.empty() && (request.context != 0 || !request.cache_type.empty())) {
    fail(ErrorCode::kInvalidArgument, "context and cache_type have no effect without target_size",
         entry.place() + ": quantize");
  }
  if (!request.type.empty()) {
    request.type = file_type(request.type, entry.place() + ": quantize").name;
  }
  return request;
}

std::vector<QuantizeRequest> requests_of(const Recipe& recipe) {
  const Json* section = recipe.root.find("quantize");
  if (!section) return {{.type = "q8_0"}, {.type = "q4_0"}};
  std::vector<QuantizeRequest> requests;
  std::set<std::string> names;
  for (const Json& entry : section->items()) {
    requests.push_back(request_of(entry));
    const std::string name = requests.back().type + requests.back().target_size;
    if (names.insert(to_lower_ascii(name)).second) continue;
    fail(ErrorCode::kInvalidArgument, "two entries for one file: " + name,
         entry.place() + ": quantize");
  }
  return requests;
}

// "q4_k_m", or "6gb": the end of a file's name.
std::string ending_of(const QuantizeRequest& request) {
  return request.type.empty() ? to_lower_ascii(request.target_size) : request.type;
}

// What the stage's key is made of: with the contents of the files that are read. Of a bare type its
// name.
Json settings_of(const QuantizeRequest& request) {
  if (request.target_size.empty() && request.imatrix.empty() && request.calibrate.empty()) {
    return Json(request.type);
  }
  Json json = Json::object();
  json["type"] = request.type;
  json["target_size"] = request.target_size;
  json["context"] = request.context;
  json["cache_type"] = request.cache_type;
  json["window"] = request.window;
  if (!request.imatrix.empty()) json["imatrix"] = sha256_file(request.imatrix);
  if (!request.calibrate.empty()) json["calibrate"] = sha256_file(request.calibrate);
  return json;
}

void write_files(const PipelineContext& p, const fs::path& out, const QuantizeSource& source,
                 std::span<const QuantizeRequest> requests, SaveOptions save) {
  for (const QuantizeRequest& request : requests) {
    QuantizedForm form = quantized_form(p.ctx, source, request);
    save.types = std::move(form.types);
    save_gguf(out / (save.name + "-" + ending_of(request) + ".gguf"), source.decoder.config(),
              values_of(p.ctx, source.decoder.weights()), source.tokenizer, save);
  }
}

Stage stage_of(const PipelineContext& p, std::span<const QuantizeRequest> requests) {
  Stage stage;
  stage.name = "gguf";
  stage.version = 3;
  stage.settings["name"] = p.recipe.name();
  for (const QuantizeRequest& request : requests) {
    stage.settings["types"].push_back(settings_of(request));
  }
  return stage;
}

}  // namespace

Stage gguf_stage(const PipelineContext& p) {
  const std::vector<QuantizeRequest> requests = requests_of(p.recipe);
  // Before days of training, not after.
  const ModelConfig config = final_model_config(p.recipe);
  for (const QuantizeRequest& request : requests) check_request(request, config);
  Stage stage = stage_of(p, requests);
  const std::string licence = p.recipe.section("release").get("weights_licence", "NOASSERTION");
  stage.settings["licence"] = licence;
  stage.inputs = {"tokenizer", "finetune"};
  stage.run = [&p, requests, licence](const StageWork& work) {
    const Tokenizer tokenizer = Tokenizer::load(work.input("tokenizer"));
    const Checkpoint tuned = last_checkpoint(p.ctx, work.input("finetune"));
    const Decoder decoder(p.ctx, tuned.config, tuned.optimizer.master);
    write_files(p, work.out, {decoder, &tokenizer}, requests,
                {.bos = tokenizer.bos().value_or(0),
                 .eos = {tokenizer.id("<|eot_id|>").value_or(tokenizer.eos().value_or(1))},
                 .name = p.recipe.name() + "-instruct",
                 .licence = licence});
  };
  return stage;
}

Stage compress_stage(const PipelineContext& p) {
  for (const auto& [section, value] : p.recipe.root.members()) {
    if (section == "name" || section == "description" || section == "base" ||
        section == "quantize") {
      continue;
    }
    fail(ErrorCode::kInvalidArgument, "a recipe with `base` trains nothing: it has no " + section,
         p.recipe.path.string());
  }
  const fs::path model = locate_model(p.recipe.root.at("base").as_string());
  const std::vector<QuantizeRequest> requests = requests_of(p.recipe);
  const ModelConfig config = read_config(model);
  for (const QuantizeRequest& request : requests) check_request(request, config);
  Stage stage = stage_of(p, requests);
  stage.settings["base"] = fs::is_directory(model) ? hash_tree(model) : Json(sha256_file(model));
  stage.run = [&p, requests, model](const StageWork& work) {
    const LoadedModel loaded = load_model(p.ctx, model, TokenizerNeed::kOptional);
    write_files(p, work.out, {*loaded.decoder, loaded.tokenizer.get()}, requests,
                save_options(loaded, p.recipe.name()));
  };
  return stage;
}

}  // namespace lucie
