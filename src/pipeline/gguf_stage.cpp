// Compression: the fine-tuned model as GGUF files, one for each type of `quantize:`.
#include "base/error.h"
#include "model/save.h"
#include "pipeline/training.h"
#include "quant/importance.h"

namespace lucie {
namespace {

std::vector<FileType> quantize_types(const Recipe& recipe) {
  const Json* section = recipe.root.find("quantize");
  if (!section) return {file_type("q8_0", {}), file_type("q4_0", {})};
  std::vector<FileType> types;
  for (const Json& name : section->items()) {
    types.push_back(file_type(name.as_string(), section->place() + ": quantize"));
  }
  return types;
}

}  // namespace

Stage gguf_stage(const PipelineContext& p) {
  const std::vector<FileType> types = quantize_types(p.recipe);
  Stage stage;
  stage.name = "gguf";
  stage.version = 3;
  stage.settings["name"] = p.recipe.name();
  for (const FileType& type : types) {
    stage.settings["types"].push_back(std::string(type.name));
  }
  stage.inputs = {"tokenizer", "finetune"};
  stage.run = [&p, types](const StageWork& work) {
    const Tokenizer tokenizer = Tokenizer::load(work.input("tokenizer"));
    const Checkpoint tuned = last_checkpoint(p.ctx, work.input("finetune"));
    for (const FileType& type : types) {
      const std::string name = p.recipe.name() + "-instruct";
      save_gguf(work.out / (name + "-" + std::string(type.name) + ".gguf"), tuned.config,
                values_of(p.ctx, tuned.optimizer.master), &tokenizer,
                {.types = gguf_types(type, tuned.config, nullptr),
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
