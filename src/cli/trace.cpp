// lucie trace: from a training step, a token or a document to the other two, to the document's
// history and licence. The order of training is a pure function of the recipe, so nothing had to be
// recorded.
#include "cli/trace.h"

#include <cstdio>

#include "base/error.h"
#include "cli/command.h"
#include "corpus/unshareable.h"
#include "pipeline/training.h"
#include "trace/history.h"

namespace lucie {
namespace {

struct StepSamples {
  std::int64_t step = 0;              // counted from 1 over all phases
  std::int64_t first = 0, count = 0;  // samples of the phase
};

// The steps of a phase, from its first sample to its last.
template <typename See>  // bool see(StepSamples): go on?
void for_each_step(const PhaseSettings& phase, std::int64_t steps_before, See see) {
  const PhaseExtent extent = phase_extent(phase);
  StepSamples step{steps_before, 0, 0};
  for (std::int64_t i = 0; i < extent.steps; ++i) {
    step.first += step.count;
    step.count = std::min(batch_size_at(phase, step.first), extent.samples - step.first);
    ++step.step;
    if (!see(step)) return;
  }
}

// A run, its shards, and under which names it may speak of its documents.
class Run {
 public:
  explicit Run(const fs::path& path)
      : path_(checked(path)),
        recipe_(recipe_from_json(read_yaml(path / "recipe.yaml"), path / "recipe.yaml")),
        settings_(train_settings(recipe_.section("train"))),
        registry_(SourceRegistry::from_json(recipe_.section("sources"))),
        names_(path, registry_) {
    if (fs::exists(path / "tokens")) groups_ = open_token_groups(path / "tokens", "train");
  }

  const fs::path& path() const { return path_; }
  const TrainSettings& settings() const { return settings_; }
  bool has_tokens() const { return !groups_.empty(); }

  SampleIndex samples(const PhaseSettings& phase) const {
    if (!has_tokens()) {
      fail(ErrorCode::kNotFound, "the run has no tokens yet", path_.string(),
           "run: lucie run RECIPE --until tokens");
    }
    return SampleIndex(groups_, phase_mixture(recipe_, phase), phase_order(phase, recipe_.seed()));
  }

  bool is_wanted(const std::string& source, const std::string& id,
                 const std::string& wanted) const {
    return id == wanted || names_.of(source, id) == wanted;
  }

  // Without what may not be told: text is nowhere in here, but an id holds a hash of it and an
  // address may name a patient.
  Json spoken(Json entry) const {
    const std::string source = entry.get("source", "");
    if (!names_.is_hidden(source)) return entry;
    entry["id"] = names_.of(source, entry.get("id", ""));
    for (const char* key : {"url", "page", "title", "evidence"}) entry.erase(key);
    entry["described"] = description_of(source);
    return entry;
  }

  Json piece(const SampleDocument& part, std::int64_t sample) const {
    const TokenSpan& document = *part.document;
    Json entry = Json::object();
    entry["sample"] = sample;
    entry["begin"] = part.begin;
    entry["end"] = part.end;
    entry["id"] = document.id;
    entry["source"] = document.source;
    entry["licence"] = document.licence;
    entry["language"] = document.language;
    entry["url"] = document.url;
    return spoken(std::move(entry));
  }

  const TokenSpan* find_document(const std::string& wanted) const {
    for (const TokenGroup& group : groups_) {
      for (const TokenSpan& span : group.shard.documents()) {
        if (is_wanted(span.source, span.id, wanted)) return &span;
      }
    }
    return nullptr;
  }

 private:
  static fs::path checked(const fs::path& path) {
    if (!fs::exists(path / "recipe.yaml") || !fs::exists(path / "corpus")) {
      fail(ErrorCode::kNotFound, "not a run with a corpus", path.string(),
           "give the directory of `lucie run`, or data with --order or --blend");
    }
    return path;
  }

  Json description_of(const std::string& id) const {
    const Source* source = registry_.find(id);
    return source == nullptr ? Json() : Json(source->description.provenance);
  }

  fs::path path_;
  Recipe recipe_;
  TrainSettings settings_;
  SourceRegistry registry_;
  SpokenNames names_;
  std::vector<TokenGroup> groups_;
};

std::string sample_range(const PhaseSettings& phase, const StepSamples& step) {
  return "phase " + phase.name + ", samples " + std::to_string(step.first) + " to " +
         std::to_string(step.first + step.count - 1);
}

int trace_step(const Run& run, std::int64_t wanted) {
  if (wanted < 1) fail(ErrorCode::kInvalidArgument, "steps count from 1", "--step");
  std::int64_t before = 0;
  for (const PhaseSettings& phase : run.settings().phases) {
    const PhaseExtent extent = phase_extent(phase);
    if (wanted > before + extent.steps) {
      before += extent.steps;
      continue;
    }
    StepSamples found;
    for_each_step(phase, before, [&](const StepSamples& step) {
      found = step;
      return step.step < wanted;
    });
    const SampleIndex index = run.samples(phase);
    Json pieces = Json::array();
    for (std::int64_t i = found.first; i < found.first + found.count; ++i) {
      for (const SampleDocument& part : index.documents_of(static_cast<std::uint64_t>(i))) {
        pieces.push_back(run.piece(part, i));
      }
    }
    Json head = Json::object();
    head["step"] = wanted;
    head["phase"] = phase.name;
    print_pieces("step " + std::to_string(wanted) + ": " + sample_range(phase, found), head,
                 pieces);
    return 0;
  }
  fail(ErrorCode::kInvalidArgument, "the run has only " + std::to_string(before) + " steps",
       "--step");
}

// The K-th token that training read, counted from 0 over all phases: the targets are these tokens
// shifted by one.
int trace_token(const Run& run, std::int64_t wanted) {
  std::int64_t before = 0, steps = 0;
  for (const PhaseSettings& phase : run.settings().phases) {
    const PhaseExtent extent = phase_extent(phase);
    const std::int64_t tokens = extent.samples * phase.sequence_length;
    if (wanted >= before + tokens) {
      before += tokens;
      steps += extent.steps;
      continue;
    }
    const std::int64_t sample = (wanted - before) / phase.sequence_length;
    const auto within = static_cast<std::uint64_t>((wanted - before) % phase.sequence_length);
    StepSamples found;
    for_each_step(phase, steps, [&](const StepSamples& step) {
      found = step;
      return sample >= step.first + step.count;
    });
    Json pieces = Json::array();
    const SampleIndex index = run.samples(phase);
    for (const SampleDocument& part : index.documents_of(static_cast<std::uint64_t>(sample))) {
      if (within < part.begin || within >= part.end) continue;
      pieces.push_back(run.piece(part, sample));
      pieces.items().back()["token_of_document"] = part.first + within - part.begin;
    }
    Json head = Json::object();
    head["token"] = wanted;
    head["step"] = found.step;
    head["phase"] = phase.name;
    head["padding"] = pieces.items().empty();
    print_pieces("token " + std::to_string(wanted) + ": step " + std::to_string(found.step) +
                     ", phase " + phase.name + ", sample " + std::to_string(sample) +
                     ", position " + std::to_string(within) +
                     (pieces.items().empty() ? ", padding" : ""),
                 head, pieces);
    return 0;
  }
  fail(ErrorCode::kInvalidArgument, "the run reads only " + std::to_string(before) + " tokens",
       "--token");
}

// {phase, step, tokens}: how much of the document each step read.
Json steps_that_read(const Run& run, const TokenSpan* document) {
  Json list = Json::array();
  std::int64_t before = 0;
  for (const PhaseSettings& phase : run.settings().phases) {
    const SampleIndex index = run.samples(phase);
    for_each_step(phase, before, [&](const StepSamples& step) {
      std::uint64_t tokens = 0;
      for (std::int64_t i = step.first; i < step.first + step.count; ++i) {
        for (const SampleDocument& part : index.documents_of(static_cast<std::uint64_t>(i))) {
          if (part.document->id == document->id) tokens += part.end - part.begin;
        }
      }
      if (tokens == 0) return true;
      Json entry = Json::object();
      entry["phase"] = phase.name;
      entry["step"] = step.step;
      entry["tokens"] = tokens;
      list.push_back(std::move(entry));
      return true;
    });
    before += phase_extent(phase).steps;
  }
  return list;
}

Json spoken_duplicates(const Run& run, const Json& duplicates) {
  Json list = Json::array();
  for (const Json& cluster : duplicates.items()) {
    Json entry = Json::object();
    entry["step"] = cluster.at("step");
    entry["kept"] = run.spoken(cluster.at("kept"));
    entry["dropped"] = Json::array();
    for (const Json& member : cluster.at("dropped").items()) {
      entry["dropped"].push_back(run.spoken(member));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::string words_of(const Json& value) {
  return value.is_string() ? value.as_string() : value.dump();
}

void print_document(const Json& answer) {
  for (const auto& [key, value] : answer.members()) {
    if (value.is_array() || value.is_object()) continue;
    std::printf("%-12s %s\n", key.c_str(), words_of(value).c_str());
  }
  if (const Json* duplicates = answer.find("duplicates")) {
    for (const Json& cluster : duplicates->items()) {
      std::printf("%s: kept %s\n", cluster.at("step").as_string().c_str(),
                  cluster.at("kept").get("id", "").c_str());
      for (const Json& member : cluster.at("dropped").items()) {
        std::printf("  dropped %s %s\n", member.get("id", "").c_str(),
                    member.get("url", "").c_str());
      }
    }
  }
  const Json* seen = answer.find("seen");
  if (seen == nullptr) return;
  std::printf("%zu steps read of it\n", seen->size());
  for (const Json& entry : seen->items()) {
    std::printf(
        "  step %lld, phase %s: %lld tokens\n", static_cast<long long>(entry.at("step").as_int()),
        entry.at("phase").as_string().c_str(), static_cast<long long>(entry.at("tokens").as_int()));
  }
}

int trace_document(const Run& run, const std::string& wanted) {
  Json answer = document_history(run.path() / "corpus",
                                 [&](const std::string& source, const std::string& id) {
                                   return run.is_wanted(source, id, wanted);
                                 });
  if (answer.is_null()) {
    fail(ErrorCode::kNotFound, "no document '" + wanted + "' was read", "--doc",
         "ids stand in the answers to --step, and in corpus/verdicts.jsonl.zst");
  }
  if (const Json* duplicates = answer.find("duplicates")) {
    answer["duplicates"] = spoken_duplicates(run, *duplicates);
  }
  answer = run.spoken(std::move(answer));
  if (run.has_tokens()) {
    if (const TokenSpan* span = run.find_document(wanted)) {
      answer["tokens"] = span->end - span->begin;
      answer["seen"] = steps_that_read(run, span);
    }
  }
  if (common_options().json) {
    std::printf("%s\n", answer.dump(2).c_str());
  } else {
    print_document(answer);
  }
  return 0;
}

int trace(const TraceOptions& options) {
  const int asked = (options.step != 0) + (options.token >= 0) + !options.document.empty();
  if (asked != 1) {
    fail(ErrorCode::kInvalidArgument, "what is to be traced?", "trace",
         "one of --step N, --token K, --doc ID");
  }
  if (is_foreign_order(options)) return trace_foreign_order(options);
  const Run run(options.path);
  if (options.step != 0) return trace_step(run, options.step);
  if (options.token >= 0) return trace_token(run, options.token);
  return trace_document(run, options.document);
}

}  // namespace

void print_pieces(const std::string& headline, const Json& head, const Json& pieces) {
  if (common_options().json) {
    Json answer = head;
    answer["documents"] = pieces;
    std::printf("%s\n", answer.dump(2).c_str());
    return;
  }
  std::printf("%s\n", headline.c_str());
  for (const Json& piece : pieces.items()) {
    const std::int64_t begin = piece.at("begin").as_int(), end = piece.at("end").as_int();
    std::string where = piece.get("url", "");
    if (where.empty()) where = piece.get("data", "");
    if (const Json* document = piece.find("document")) where += " [" + document->dump() + "]";
    if (const Json* told = piece.find("described")) where = words_of(*told);
    std::printf("%6lld tokens  %-8s %-24s %s  %s\n", static_cast<long long>(end - begin),
                piece.get("language", "").c_str(), piece.get("licence", "").c_str(),
                piece.get("id", "").c_str(), where.c_str());
  }
}

Command trace_command() {
  auto o = std::make_shared<TraceOptions>();
  return {
      .group = "Prove",
      .name = "trace",
      .summary = "which documents a training step read, and which steps read a document",
      .examples =
          "lucie trace runs/tiny --step 1000\n"
          "lucie trace runs/tiny --token 123456 --json\n"
          "lucie trace runs/tiny --doc manpages-fr-1f2e3d4c5b6a7988\n"
          "lucie trace data/fr.idx --step 10 --batch 16 --samples 4000 --seq-length 4096\n"
          "lucie trace --blend \"0.7 data/fr 0.3 data/en\" --order lucie --step 10 --batch 16 "
          "--samples 4000\n"
          "lucie trace pile/document.idx --order pythia --step 143000\n"
          "lucie trace global_indices.npy --order olmo --data a.npy --data b.npy --step 5 --batch "
          "1024",
      .arguments =
          {{"PATH", &o->path, "run directory; or data: .idx, or OLMo's global_indices.npy"},
           {"--step", &o->step, "optimizer step, counted from 1"},
           {"--token", &o->token, "the K-th token that training read, counted from 0"},
           {"--doc", &o->document, "document by its id: its history, and the steps that read it"},
           {"--order", &o->order, "of data: megatron, deepspeed, lucie, neox, pythia, olmo"},
           {"--blend", &o->blend, "weights and paths in turn, as given to --data-path"},
           {"--seed", &o->seed, "of the training (1234)"},
           {"--seq-length", &o->sequence_length, "tokens of a sample (2048; olmo: 4096)"},
           {"--batch", &o->batch, "samples of a step (pythia: 1024)"},
           {"--samples", &o->samples, "of the whole training: --train-samples"},
           {"--split", &o->split, "training, validation and test, as 969,30,1 (all for training)"},
           {"--indices", &o->indices, "olmo: global_indices.npy, where PATH is not"},
           {"--data", &o->data, "olmo: a token file, in the order of the config; again for more"},
           {"--token-bytes", &o->token_bytes, "olmo: bytes of a token (4)"},
           {"--end-of-document", &o->end_of_document, "pythia: the token that ends one (0)"}},
      .run = [o] { return trace(*o); },
      .state = o};
}

}  // namespace lucie
