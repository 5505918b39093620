#include "release/published.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {

namespace {

constexpr const char* kElsewhere = "elsewhere/";

bool is_of_this_machine(const std::string& text) {
  return text.starts_with('/') || text.starts_with("~/") || text == "~";
}

void hide_paths(Json* value) {
  if (value->is_object()) {
    for (auto& [key, member] : value->members()) hide_paths(&member);
  } else if (value->is_array()) {
    for (Json& item : value->items()) hide_paths(&item);
  } else if (value->is_string() && is_of_this_machine(value->as_string())) {
    fs::path path = value->as_string();
    if (!path.has_filename()) path = path.parent_path();
    *value = kElsewhere + path.filename().string();
  }
}

bool holds_text(const std::string& stage) {
  return stage == "corpus" || stage == "tokens" || stage == "instructions";
}

}  // namespace

void copy_file_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!error) fs::copy_file(from, to, error);
  if (error) {
    fail(ErrorCode::kIo, "cannot copy to " + to.string() + ": " + error.message(), from.string());
  }
}

Json published_recipe(const Json& recipe) {
  Json published = recipe;
  if (Json* sources = published.find("sources") == nullptr ? nullptr : &published["sources"];
      sources != nullptr && sources->is_array()) {
    for (Json& source : sources->items()) {
      if (!source.is_object()) continue;
      for (auto& [key, value] : source.members()) {
        if (value.is_string() && is_of_this_machine(value.as_string())) {
          value = kElsewhere + source.get("id", "source");
        }
      }
    }
  }
  if (const Json* release = published.find("release");
      release != nullptr && release->find("paper") != nullptr) {
    const ReleaseSettings settings = release_settings(recipe);
    if (!settings.paper_is_elsewhere()) published["release"]["paper"] = settings.paper_name();
  }
  hide_paths(&published);
  return published;
}

std::vector<PublishedCheckpoint> chosen_checkpoints(const fs::path& dir,
                                                    const ReleaseSettings& settings) {
  std::vector<PublishedCheckpoint> chosen;
  if (dir.empty() || !fs::is_directory(dir)) return chosen;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && fs::exists(entry.path() / "state.json")) names.push_back(name);
  }
  if (names.empty()) return chosen;
  std::sort(names.begin(), names.end());
  std::set<std::int64_t> ends;
  const Json newest = read_json(dir / names.back() / "state.json");
  for (const Json& step : newest.at("history").at("phase_ends").items()) ends.insert(step.as_int());
  const auto wanted = [&](const std::string& name, Kept kept) {
    const std::int64_t step = read_json(dir / name / "state.json").at("step").as_int();
    return kept == Kept::kAll || (kept == Kept::kPhaseEnds && ends.contains(step)) ||
           (kept == Kept::kLast && name == names.back());
  };
  for (const std::string& name : names) {
    if (!wanted(name, settings.checkpoints)) continue;
    chosen.push_back({name, wanted(name, settings.optimizer_states)});
  }
  return chosen;
}

void copy_checkpoints(const fs::path& from, const std::vector<PublishedCheckpoint>& chosen,
                      bool closed, const fs::path& to) {
  for (const PublishedCheckpoint& checkpoint : chosen) {
    const fs::path source = from / checkpoint.name, target = to / checkpoint.name;
    copy_file_to(source / "model.safetensors", target / "model.safetensors");
    Json state = read_json(source / "state.json");
    if (checkpoint.optimizer) {
      copy_file_to(source / "optimizer.safetensors", target / "optimizer.safetensors");
    } else {
      state["sha256"].erase("optimizer.safetensors");
    }
    Json history = Json::object();
    for (const char* list : {"steps", "evaluations", "diary"}) history[list] = Json::array();
    history["phase_ends"] = state.at("history").at("phase_ends");
    state["history"] = history;
    if (closed) state["data_hash"] = "withheld";
    write_json(target / "state.json", state);
  }
}

Json provenance(const std::string& program, const std::vector<PublishedStage>& stages,
                bool closed) {
  Json json = Json::object();
  json["version"] = 1;
  json["program"] = program;
  json["stages"] = Json::array();
  for (const PublishedStage& stage : stages) {
    Json entry = Json::object();
    entry["name"] = stage.name;
    std::vector<const char*> told{"version", "numeric_mode"};
    if (!closed) told.push_back("key");
    if (!closed || !holds_text(stage.name)) told.insert(told.end(), {"hash", "files"});
    for (const char* key : told) {
      if (const Json* value = stage.made.find(key)) entry[key] = *value;
    }
    json["stages"].push_back(std::move(entry));
  }
  if (closed) {
    json["withheld"] =
        "keys of stages, and hashes of files that hold text: some of that text may not be passed "
        "on, and a hash would tell whoever has a text whether it was read";
  }
  return json;
}

}  // namespace lucie
