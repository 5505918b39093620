// Evaluation of what was made: bits per byte of base, instruct and quantized models on held-out
// text, next to compressors and n-grams.
#include "base/error.h"
#include "eval/bits_per_byte.h"
#include "model/load.h"
#include "pipeline/pipeline.h"

namespace lucie {
namespace {

Json evaluate(Context& ctx, const fs::path& path, const fs::path& corpus) {
  const LoadedModel model = load_model(ctx, path);
  const auto documents = read_held_out(corpus, *model.tokenizer);
  Json json = Json::object();
  json["bits_per_byte"] = to_json(score(ctx, *model.decoder, documents, 0, true));
  return json;
}

}  // namespace

Stage eval_stage(const PipelineContext& p) {
  Stage stage;
  stage.name = "eval";
  stage.settings["eval"] = p.recipe.section("eval");
  stage.inputs = {"corpus", "base", "finetune", "gguf"};
  stage.numeric = true;
  stage.run = [&p](const StageWork& work) {
    Json results = Json::object();
    results["base"] = evaluate(p.ctx, work.input("base"), work.input("corpus"));
    results["instruct"] = evaluate(p.ctx, work.input("finetune") / "model", work.input("corpus"));
    for (const auto& file : fs::directory_iterator(work.input("gguf"))) {
      if (is_gguf(file.path())) {
        results[file.path().stem().string()] = evaluate(p.ctx, file.path(), work.input("corpus"));
      }
    }
    write_json(work.out / "results.json", results);
  };
  return stage;
}

}  // namespace lucie
