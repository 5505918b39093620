#include "cli/quantize_gptq.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "model/locate.h"
#include "quant/gptq_save.h"

namespace lucie {
namespace {

constexpr std::size_t kMostTokens = 65536;  // as the paper's 128 windows, of 512 each

void check(const GptqRequest& request) {
  if (request.calibrate.empty()) {
    fail(ErrorCode::kInvalidArgument, "GPTQ needs a text to calibrate on", "--type gptq",
         "--calibrate TEXT.txt, some ten thousand words like those that the model will meet");
  }
  if (is_gguf(request.out)) {
    fail(ErrorCode::kInvalidArgument, "GPTQ is written as a directory, not as " + request.out,
         "OUT", "leave out the .gguf");
  }
  if (fs::exists(request.out)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + request.out, "OUT",
         "choose another name; nothing is overwritten");
  }
  if (request.bits != 2 && request.bits != 3 && request.bits != 4 && request.bits != 8) {
    fail(ErrorCode::kInvalidArgument, std::to_string(request.bits) + " bits", "--bits",
         "2, 3, 4 or 8");
  }
  if (request.window < 2) {
    fail(ErrorCode::kInvalidArgument, "a window of " + std::to_string(request.window) + " tokens",
         "--window");
  }
  if (request.group_size < 32 || request.group_size % 32 != 0) {
    fail(ErrorCode::kInvalidArgument, "groups of " + std::to_string(request.group_size) + " inputs",
         "--group-size", "a multiple of 32");
  }
}

}  // namespace

int quantize_gptq(const GptqRequest& request) {
  check(request);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  const LoadedModel model = load_model(ctx, locate_model(request.source));
  std::vector<TokenId> ids = model.tokenizer->encode(read_file(request.calibrate));
  ids.resize(std::min(ids.size(), kMostTokens));
  const CalibrationIds calibration{
      ids, std::min(request.window, model.decoder->config().max_position_embeddings)};
  GptqSettings settings;
  settings.bits = static_cast<int>(request.bits);
  settings.group_size = request.group_size;
  save_gptq(ctx, model, calibration, settings, request.out, save_options(model, {}));
  log_info("wrote " + request.out);
  return 0;
}

}  // namespace lucie
