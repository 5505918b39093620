#include "pipeline/quantization.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "eval/tensor_effects.h"

namespace lucie {
namespace {

constexpr std::int64_t kContext = 4096;

MemoryTarget target_of(const QuantizeRequest& request, const ModelConfig& config) {
  const std::optional<std::uint64_t> bytes = parse_bytes(request.target_size);
  if (!bytes) {
    fail(ErrorCode::kInvalidArgument, "not a size: '" + request.target_size + "'", "--target-size",
         "for example 6GB or 800MB");
  }
  MemoryTarget target{.bytes = *bytes, .settings = {}};
  target.settings.window = planned_window(request.context, config);
  if (!request.cache_type.empty()) target.settings.cache_type = request.cache_type;
  return target;
}

ImportanceMatrix calibrated(Context& ctx, const QuantizeSource& source,
                            const QuantizeRequest& request) {
  const std::int64_t window =
      std::min(request.window, source.decoder.config().max_position_embeddings);
  ImportanceMatrix matrix =
      calibrate(ctx, source.decoder, tokens_of(source, request.calibrate, "--calibrate"), window,
                source.tokenizer->bos().value_or(-1));
  matrix.texts = {fs::path(request.calibrate).filename().string()};
  return matrix;
}

FittedMixture fitted(Context& ctx, const QuantizeSource& source, const QuantizeRequest& request,
                     const QuantizedForm& form) {
  const ModelConfig& config = source.decoder.config();
  std::vector<std::vector<float>> importance;
  if (form.matrix) importance = column_importance(*form.matrix, config);
  std::vector<double> effects;
  const bool calibrated = !request.calibrate.empty();
  const std::string& text = calibrated ? request.calibrate : request.effect_text;
  if (!text.empty()) {
    const std::vector<TokenId> ids =
        tokens_of(source, text, calibrated ? "--calibrate" : "--report");
    effects = tensor_effects(ctx, source.decoder, ids, importance);
  }
  const std::vector<TensorRounding> rounding =
      measure_rounding(config, values_of(ctx, source.decoder.weights()), importance);
  return fit_mixture(config, form.target, rounding, effects, std::move(importance));
}

}  // namespace

const FileType& requested_type(const QuantizeRequest& request) {
  return file_type(request.type.empty() ? "q8_0" : request.type, "--type", "gptq");
}

std::int64_t planned_window(std::int64_t asked, const ModelConfig& config) {
  return asked != 0 ? asked : std::min(kContext, config.max_position_embeddings);
}

std::vector<TokenId> tokens_of(const QuantizeSource& source, const std::string& text,
                               const std::string& flag) {
  if (source.tokenizer == nullptr) {
    fail(ErrorCode::kInvalidArgument, "the model has no tokenizer to read a text with", flag);
  }
  return source.tokenizer->encode(read_file(text));
}

void check_request(const QuantizeRequest& request, const ModelConfig& config) {
  if (!request.type.empty() && !request.target_size.empty()) {
    fail(ErrorCode::kInvalidArgument, "give --type or --target-size, not both", "--target-size");
  }
  if (!request.imatrix.empty() && !request.calibrate.empty()) {
    fail(ErrorCode::kInvalidArgument, "give --imatrix or --calibrate, not both", "--calibrate");
  }
  if (request.window < 2) {
    fail(ErrorCode::kInvalidArgument, "a window of " + std::to_string(request.window) + " tokens",
         "--window");
  }
  requested_type(request);
  if (!request.target_size.empty()) weight_budget(config, target_of(request, config));
}

QuantizedForm quantized_form(Context& ctx, const QuantizeSource& source,
                             const QuantizeRequest& request) {
  const ModelConfig& config = source.decoder.config();
  check_request(request, config);
  QuantizedForm form;
  if (!request.imatrix.empty()) form.matrix = read_importance(request.imatrix);
  if (!request.calibrate.empty()) form.matrix = calibrated(ctx, source, request);
  if (request.target_size.empty()) {
    form.types = gguf_types(requested_type(request), config, form.matrix ? &*form.matrix : nullptr);
    return form;
  }
  form.target = target_of(request, config);
  form.effect_text = fs::path(request.calibrate.empty() ? request.effect_text : request.calibrate)
                         .filename()
                         .string();
  form.mixture = fitted(ctx, source, request, form);
  form.types = form.mixture->types;
  return form;
}

}  // namespace lucie
