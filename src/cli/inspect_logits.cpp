#include "cli/inspect_logits.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "formats/safetensors.h"
#include "model/load.h"
#include "model/locate.h"

namespace lucie {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;  // logits held in memory

std::vector<std::int32_t> read_ids(const std::string& path, std::int64_t vocab_size) {
  const Json json = read_json(path);
  std::vector<std::int32_t> ids;
  for (const Json& id : json.items()) {
    if (id.as_int() < 0 || id.as_int() >= vocab_size) {
      fail(ErrorCode::kInvalidArgument, "id " + id.dump() + " is not in the vocabulary", path);
    }
    ids.push_back(static_cast<std::int32_t>(id.as_int()));
  }
  if (ids.empty()) fail(ErrorCode::kInvalidArgument, "no ids", path, "a JSON array: [1, 450, ...]");
  return ids;
}

}  // namespace

int inspect_logits(const std::string& name, const std::string& ids_path, const std::string& out,
                   Products products) {
  if (ids_path.empty()) fail(ErrorCode::kInvalidArgument, "the logits of which ids?", "--ids");
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  ctx.set_products(products);
  const LoadedModel model = load_model(ctx, locate_model(name), TokenizerNeed::kNone);
  const Decoder& decoder = *model.decoder;
  const std::int64_t vocab = decoder.config().vocab_size;
  const std::vector<std::int32_t> ids = read_ids(ids_path, vocab);
  const auto rows = static_cast<std::int64_t>(ids.size());
  Activations activations(ctx, decoder.config(), rows, DType::kF32, Activations::Keep::kOneLayer);
  decoder.forward(ctx, make_batch(ctx, ids, {}, 1), activations);
  std::vector<float> logits;
  for (std::int64_t begin = 0; begin < rows; begin += kRowsAtOnce) {
    std::vector<std::int32_t> chosen;
    for (std::int64_t n = begin; n < std::min(rows, begin + kRowsAtOnce); ++n) {
      chosen.push_back(static_cast<std::int32_t>(n));
    }
    const Tensor index = ctx.upload({static_cast<std::int64_t>(chosen.size())}, chosen);
    const std::vector<float> part = ctx.download(decoder.logits(ctx, activations, rows, index));
    logits.insert(logits.end(), part.begin(), part.end());
  }
  SafetensorsWriter writer(out, {{.name = "logits", .dtype = DType::kF32, .shape = {rows, vocab}}});
  writer.write("logits", std::as_bytes(std::span(logits)));
  writer.commit();
  log_info("wrote " + out);
  return 0;
}

}  // namespace lucie
