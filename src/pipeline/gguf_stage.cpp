// Compression: the fine-tuned model as GGUF files, one for each type of `quantize:`.
#include "base/error.h"
#include "model/save.h"
#include "pipeline/training.h"

namespace lucie {
namespace {

std::vector<DType> quantize_types(const Recipe& recipe) {
  const Json* section = recipe.root.find("quantize");
  if (!section) return {DType::kQ8_0, DType::kQ4_0};
  std::vector<DType> types;
  for (const Json& name : section->items()) {
    const auto type = dtype_from_name(name.as_string());
    if (!type || !dtype_info(*type).encodes) {
      fail(ErrorCode::kInvalidArgument, "unknown type '" + name.as_string() + "'",
           section->place() + ": quantize", "known: f32, f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0");
    }
    types.push_back(*type);
  }
  return types;
}

}  // namespace

Stage gguf_stage(const PipelineContext& p) {
  const std::vector<DType> types = quantize_types(p.recipe);
  Stage stage;
  stage.name = "gguf";
  stage.version = 2;
  stage.settings["name"] = p.recipe.name();
  for (const DType type : types) stage.settings["types"].push_back(dtype_info(type).name);
  stage.inputs = {"tokenizer", "finetune"};
  stage.run = [&p, types](const StageWork& work) {
    const Tokenizer tokenizer = Tokenizer::load(work.input("tokenizer"));
    const Checkpoint tuned = last_checkpoint(p.ctx, work.input("finetune"));
    for (const DType type : types) {
      const std::string name = p.recipe.name() + "-instruct";
      save_gguf(work.out / (name + "-" + dtype_info(type).name + ".gguf"), tuned.config,
                values_of(p.ctx, tuned.optimizer.master), &tokenizer,
                {.dtype = type,
                 .bos = tokenizer.bos().value_or(0),
                 .eos = {tokenizer.id("<|eot_id|>").value_or(tokenizer.eos().value_or(1))},
                 .name = name,
                 .licence = p.recipe.section("release").get("weights_licence", "NOASSERTION")});
    }
  };
  stage.settings["licence"] = p.recipe.section("release").get("weights_licence", "NOASSERTION");
  return stage;
}

}  // namespace lucie
