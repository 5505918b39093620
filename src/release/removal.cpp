#include "release/removal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "report/shown.h"

namespace lucie {

namespace {

// So that sums over phases hold what they must.
constexpr double kMostOfAPhase = 1e15;  // steps or tokens
constexpr std::size_t kMostPhases = 1000, kMostCheckpoints = 100000;

std::uint64_t count_at(const Json& value, const std::string& what) {
  const double count = value.as_double();
  if (!(count >= 0 && count <= kMostOfAPhase)) {
    fail(ErrorCode::kInvalidArgument, what + " must be a count", value.place());
  }
  return static_cast<std::uint64_t>(count);
}

// "checkpoint_every: 5000" or "checkpoints: [1000, 5000]" within the phase, and its end.
void add_checkpoints(const Json& entry, std::int64_t before, std::int64_t steps,
                     std::vector<std::int64_t>* checkpoints) {
  const std::int64_t every = entry.get("checkpoint_every", 0);
  const auto made = static_cast<std::size_t>(every > 0 ? steps / every : 0);
  if (every < 0 || checkpoints->size() + made > kMostCheckpoints) {
    fail(ErrorCode::kInvalidArgument, "checkpoint_every gives too many checkpoints, or none",
         entry.place());
  }
  for (std::size_t i = 1; i <= made; ++i) {
    checkpoints->push_back(before + static_cast<std::int64_t>(i) * every);
  }
  if (const Json* list = entry.find("checkpoints")) {
    for (const Json& at : list->items()) {
      if (at.as_int() < 1 || at.as_int() > steps) {
        fail(ErrorCode::kInvalidArgument, "the phase has no step " + at.dump(), at.place());
      }
      checkpoints->push_back(before + at.as_int());
    }
  }
  checkpoints->push_back(before + steps);
}

PhaseReading phase_at(const Json& entry) {
  refuse_unknown_keys(entry, {"name", "steps", "tokens", "checkpoint_every", "checkpoints"},
                      "phases");
  PhaseReading phase;
  phase.name = entry.at("name").as_string();
  phase.steps = static_cast<std::int64_t>(count_at(entry.at("steps"), "steps"));
  phase.tokens = count_at(entry.at("tokens"), "tokens");
  return phase;
}

// What is told of a source is told by the names of phases.
void refuse_second(const std::vector<PhaseReading>& phases, const PhaseReading& phase,
                   const std::string& place) {
  for (const PhaseReading& other : phases) {
    if (other.name != phase.name) continue;
    fail(ErrorCode::kInvalidArgument, "two phases are named '" + phase.name + "'", place);
  }
}

// What a source gave to each phase. Where texts are shuffled it is read from the first step on.
void add_source(const Json& entry, TrainingRecord* record) {
  const std::string id = entry.at("id").as_string();
  std::uint64_t total = 0;
  if (const Json* tokens = entry.find("tokens")) {
    std::vector<std::string> names;
    for (const PhaseReading& phase : record->phases) names.push_back(phase.name);
    refuse_unknown_keys(*tokens, names, "sources.tokens");
    std::int64_t before = 0;
    for (PhaseReading& phase : record->phases) {
      const Json* said = tokens->find(phase.name);
      const std::uint64_t count = said == nullptr ? 0 : count_at(*said, "tokens");
      if (count > phase.tokens) {
        fail(ErrorCode::kInvalidArgument,
             "source '" + id + "': more tokens than phase '" + phase.name + "' read of all",
             said->place());
      }
      if (count > 0) phase.sources[id] = {count, before + 1};
      total += count;
      before += phase.steps;
    }
  }
  record->licences.push_back({entry.get("licence", "NOASSERTION"), id, 1, total});
}

ReleaseTerms terms_without(const TrainingRecord& record, const std::string& source) {
  std::vector<LicenceCount> licences;
  for (const LicenceCount& count : record.licences) {
    if (count.source != source) licences.push_back(count);
  }
  const Json all = record.sources.to_json();
  Json kept = Json::array();
  for (const Json& entry : all.items()) {
    if (entry.get("id", "") != source) kept.push_back(entry);
  }
  return derive_release_terms(record.release, licences, SourceRegistry::from_json(kept));
}

Json terms_json(const ReleaseTerms& terms) {
  Json json = Json::object();
  json["corpus_licence"] = terms.corpus.licence;
  json["strictest"] = licence_class_name(terms.corpus.strictest);
  json["duties"] = terms.corpus.duties.to_json();
  json["weights_licence"] = terms.weights.licence;
  json["accepted"] = terms.weights.accepted;
  json["use"] = terms.weights.commercial ? "any" : "non-commercial";
  json["warnings"] = static_cast<std::uint64_t>(terms.weights.findings.size());
  return json;
}

Json steps_json(const std::vector<std::int64_t>& steps) {
  Json list = Json::array();
  for (const std::int64_t step : steps) list.push_back(step);
  return list;
}

}  // namespace

TrainingRecord read_training(const fs::path& description) {
  const Json json = read_yaml(description);
  const Json* phases = json.find("phases");
  const Json* sources = json.find("sources");
  if (phases == nullptr || sources == nullptr) {
    fail(ErrorCode::kInvalidArgument, "it does not say what was trained on, in which phases",
         description.string(), "give a run, or a release description with phases and sources");
  }
  if (phases->size() > kMostPhases) {
    fail(ErrorCode::kInvalidArgument, "too many phases", phases->place());
  }
  TrainingRecord record;
  record.name = json.get("name", "");
  std::int64_t before = 0;
  for (const Json& entry : phases->items()) {
    PhaseReading phase = phase_at(entry);
    refuse_second(record.phases, phase, entry.place());
    record.phases.push_back(std::move(phase));
    add_checkpoints(entry, before, record.phases.back().steps, &record.checkpoints);
    before += record.phases.back().steps;
  }
  std::sort(record.checkpoints.begin(), record.checkpoints.end());
  record.checkpoints.erase(std::unique(record.checkpoints.begin(), record.checkpoints.end()),
                           record.checkpoints.end());
  record.sources = SourceRegistry::from_json(*sources);
  for (const Json& entry : sources->items()) add_source(entry, &record);
  record.release = json.at("release");
  return record;
}

Removal plan_removal(const TrainingRecord& record, const std::string& source) {
  if (record.sources.find(source) == nullptr) {
    std::vector<std::string> known;
    for (const Source& entry : record.sources.sources()) known.push_back(entry.id);
    const std::string guess = did_you_mean(source, known);
    fail(ErrorCode::kInvalidArgument, "no source '" + source + "' in " + record.name, "--without",
         guess.empty() ? "sources: " + join(known, ", ") : guess);
  }
  Removal removal;
  removal.source = source;
  for (const PhaseReading& phase : record.phases) {
    removal.steps += phase.steps;
    removal.all_tokens += phase.tokens;
    PhaseReading only{phase.name, phase.steps, phase.tokens, {}};
    if (const auto found = phase.sources.find(source); found != phase.sources.end()) {
      only.sources.insert(*found);
      removal.tokens += found->second.tokens;
      if (removal.first_step == 0) removal.first_step = found->second.first_step;
    }
    removal.phases.push_back(std::move(only));
  }
  std::int64_t clean = 0;
  for (const std::int64_t step : record.checkpoints) {
    const bool seen = removal.first_step != 0 && step >= removal.first_step;
    (seen ? removal.touched : removal.untouched).push_back(step);
    if (!seen) clean = step;
  }
  removal.steps_to_retrain = removal.first_step == 0 ? 0 : removal.steps - clean;
  removal.before = derive_release_terms(record.release, record.licences, record.sources);
  removal.after = terms_without(record, source);
  return removal;
}

Json Removal::to_json() const {
  Json json = Json::object();
  json["source"] = source;
  json["tokens"] = tokens;
  json["share"] =
      all_tokens == 0 ? 0.0 : static_cast<double>(tokens) / static_cast<double>(all_tokens);
  json["phases"] = Json::array();
  for (const PhaseReading& phase : phases) {
    Json entry = Json::object();
    const auto found = phase.sources.find(source);
    entry["name"] = phase.name;
    entry["steps"] = phase.steps;
    entry["tokens"] = found == phase.sources.end() ? std::uint64_t{0} : found->second.tokens;
    entry["of_tokens"] = phase.tokens;
    json["phases"].push_back(std::move(entry));
  }
  json["first_step"] = first_step;
  json["checkpoints_touched"] = steps_json(touched);
  json["checkpoints_untouched"] = steps_json(untouched);
  json["steps"] = steps;
  json["steps_to_retrain"] = steps_to_retrain;
  json["terms_before"] = terms_json(before);
  json["terms_after"] = terms_json(after);
  json["note"] = kTermsNote;
  return json;
}

std::string removal_text(const Removal& removal) {
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  std::string text = fmt::format("Without {}\n  tokens        {} of {} seen ({:.2f} %)\n",
                                 removal.source, human_count(static_cast<double>(removal.tokens)),
                                 human_count(static_cast<double>(removal.all_tokens)),
                                 share(removal.tokens, removal.all_tokens));
  for (const PhaseReading& phase : removal.phases) {
    const auto found = phase.sources.find(removal.source);
    const std::uint64_t tokens = found == phase.sources.end() ? 0 : found->second.tokens;
    text += fmt::format("  phase         {}: {} ({:.2f} %)\n", phase.name,
                        tokens == 0 ? "none" : human_count(static_cast<double>(tokens)),
                        share(tokens, phase.tokens));
  }
  const auto known = [](const std::string& licence) {
    return licence.empty() ? std::string("no single licence") : licence;
  };
  text += removal.first_step == 0
              ? std::string("  first seen    never\n")
              : fmt::format("  first seen    step {}\n",
                            with_commas(static_cast<double>(removal.first_step)));
  text += fmt::format("  checkpoints   {} of {} have seen it\n", removal.touched.size(),
                      removal.touched.size() + removal.untouched.size());
  text += fmt::format("  to retrain    {} of {} steps\n",
                      with_commas(static_cast<double>(removal.steps_to_retrain)),
                      with_commas(static_cast<double>(removal.steps)));
  const auto line = [&](const char* what, const std::string& before, const std::string& after) {
    text += fmt::format("  {:<13} {}{}\n", what, before, before == after ? "" : " -> " + after);
  };
  const auto use = [](const ReleaseTerms& terms) {
    return std::string(terms.weights.commercial ? "any" : "non-commercial");
  };
  line("corpus", known(removal.before.corpus.licence), known(removal.after.corpus.licence));
  line("strictest", licence_class_name(removal.before.corpus.strictest),
       licence_class_name(removal.after.corpus.strictest));
  line("weights", removal.before.weights.licence + ", use: " + use(removal.before),
       removal.after.weights.licence + ", use: " + use(removal.after));
  return text + "  " + std::string(kTermsNote) + "\n";
}

}  // namespace lucie
