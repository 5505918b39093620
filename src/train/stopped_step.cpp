#include "train/stopped_step.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

namespace lucie {
namespace {

constexpr const char* kPrefix = "stopped-step-";

// JSON has no NaN.
Json number(double value) {
  if (std::isfinite(value)) return Json(value);
  return Json(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

Json array_of(const auto& values) {
  Json array = Json::array();
  for (const auto& value : values) array.push_back(Json(value));
  return array;
}

Json array_of(const std::vector<std::int32_t>& values) {
  Json array = Json::array();
  for (const std::int32_t value : values) array.push_back(Json(std::int64_t{value}));
  return array;
}

Json sample_json(const StoppedStep& stopped, std::uint64_t sample) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(stopped.phase.sequence_length));
  std::vector<std::int32_t> targets(ids.size()), starts(ids.size());
  stopped.source.read(sample, ids, targets);
  Json json = Json::object();
  json["sample"] = static_cast<std::int64_t>(sample);
  json["documents"] = array_of(stopped.source.documents(sample));
  json["ids"] = array_of(ids);
  json["targets"] = array_of(targets);
  if (stopped.phase.document_mask) {
    stopped.source.read_starts(sample, starts);
    json["starts"] = array_of(starts);
  }
  return json;
}

// The first few by name, the others by number.
std::string named_documents(const StoppedStep& stopped) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> all;
  for (std::int64_t i = 0; i < stopped.batch; ++i) {
    for (std::string& id :
         stopped.source.documents(stopped.first + static_cast<std::uint64_t>(i))) {
      if (std::find(all.begin(), all.end(), id) == all.end()) all.push_back(std::move(id));
    }
  }
  if (all.empty()) return {};
  const std::size_t shown = std::min(all.size(), kShown);
  std::string text = "; documents of the batch: " + join(std::span(all).first(shown), ", ");
  if (all.size() > shown) text += " and " + std::to_string(all.size() - shown) + " more";
  return text;
}

}  // namespace

void stop_at(const StoppedStep& stopped, const fs::path& directory) {
  Json json = Json::object();
  json["version"] = 1;
  json["step"] = stopped.step;
  json["phase"] = stopped.phase.name;
  json["not_finite"] = stopped.report.not_finite;
  json["loss"] = number(stopped.report.loss);
  json["grad_norm"] = number(stopped.report.grad_norm);
  json["learning_rate"] = stopped.learning_rate;
  json["samples"] = Json::array();
  for (std::int64_t i = 0; i < stopped.batch; ++i) {
    json["samples"].push_back(sample_json(stopped, stopped.first + static_cast<std::uint64_t>(i)));
  }
  fs::create_directories(directory);
  const fs::path path = directory / (kPrefix + std::to_string(stopped.step) + ".json");
  write_json(path, json);
  fail(ErrorCode::kInternal,
       "training stopped: " + stopped.report.not_finite + " is not finite" +
           named_documents(stopped),
       "step " + std::to_string(stopped.step) + " of phase " + stopped.phase.name,
       "the batch is in " + path.string() +
           "; lower the learning rate, warm up longer, or look at those documents");
}

void discard_stopped_steps(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with(kPrefix)) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove(path);
}

}  // namespace lucie
