#include "pipeline/document_losses.h"

#include <algorithm>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "eval/bits_per_byte.h"
#include "train/checkpoint.h"

namespace lucie {
namespace {

std::vector<fs::path> checkpoints_of(const fs::path& run) {
  std::vector<fs::path> checkpoints;
  const fs::path folder = run / "checkpoints";
  if (fs::exists(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (fs::exists(entry.path() / "state.json")) checkpoints.push_back(entry.path());
    }
  }
  if (checkpoints.empty()) {
    fail(ErrorCode::kNotFound, "the run has no checkpoints", folder.string(),
         "run: lucie run RECIPE --until pretrain");
  }
  std::sort(checkpoints.begin(), checkpoints.end());  // names sort by step
  return checkpoints;
}

}  // namespace

Json document_losses(Context& ctx, const fs::path& run, const HeldOutDocument& document) {
  const std::vector<fs::path> checkpoints = checkpoints_of(run);
  Progress progress("losses", checkpoints.size(), "checkpoint");
  Json list = Json::array();
  for (const fs::path& path : checkpoints) {
    check_cancelled();
    Checkpoint checkpoint = load_checkpoint(ctx, path);
    const Decoder model(ctx, checkpoint.config, std::move(checkpoint.optimizer.master));
    const LanguageScore score = lucie::score(ctx, model, {document}).at("all");
    Json entry = Json::object();
    entry["step"] = checkpoint.optimizer.steps;
    entry["tokens"] = checkpoint.position.tokens;
    entry["loss"] = score.nats / static_cast<double>(score.tokens);
    entry["bits_per_byte"] = score.bits_per_byte();
    list.push_back(std::move(entry));
    progress.add(1);
  }
  return list;
}

}  // namespace lucie
