#include "quant/gptq_save.h"

#include "quant/gptq_checkpoint.h"

namespace lucie {

void save_gptq(Context& ctx, const LoadedModel& model, const CalibrationIds& calibration,
               const GptqSettings& settings, const fs::path& out, const SaveOptions& options) {
  const Decoder& decoder = *model.decoder;
  AtomicDirectory directory(out);
  const WeightValues values = values_of(ctx, decoder.weights());
  GptqCheckpoint checkpoint(directory.path(), decoder.config(), values, settings,
                            options.max_shard_bytes);
  gptq_layers(ctx, decoder, calibration, settings,
              [&](std::size_t i, GptqMatrix matrix) { checkpoint.put(i, std::move(matrix)); });
  checkpoint.commit();
  Json config = config_to_json(decoder.config());
  config["dtype"] = "float16";
  config["quantization_config"] = quantization_config(settings);
  save_hf_description(directory.path(), std::move(config), model.tokenizer.get(), options);
  directory.commit();
}

}  // namespace lucie
