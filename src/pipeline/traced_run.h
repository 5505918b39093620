// A run as `lucie trace` asks it: which documents a step read, and which steps read a document. The
// order of training is a pure function of the recipe and the tokens, so nothing had to be recorded
// and nothing is searched for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corpus/samples.h"
#include "corpus/unshareable.h"
#include "run/recipe.h"
#include "train/settings.h"

namespace lucie {

struct TracedStep {
  const PhaseSettings* phase = nullptr;
  std::int64_t step = 0;              // counted from 1 over all phases
  std::int64_t first = 0, count = 0;  // samples of the phase
};

struct StepReading {  // how much of something a step read
  const PhaseSettings* phase = nullptr;
  std::int64_t step = 0;
  std::uint64_t tokens = 0;
};

class TracedRun {
 public:
  // The folder of `lucie run`, with a corpus at least. What asks for tokens fails with kNotFound
  // while there are none.
  explicit TracedRun(const fs::path& path);
  TracedRun(const TracedRun&) = delete;
  TracedRun& operator=(const TracedRun&) = delete;
  // The run that a model is of: the run's folder, "RUN:base", or something in it (RUN/instruct, a
  // file of RUN/gguf). Nothing for a model of another origin.
  static std::optional<fs::path> of_model(const std::string& model);

  const fs::path& path() const { return path_; }
  bool has_tokens() const { return !groups_.empty(); }
  const std::vector<TokenGroup>& groups() const;  // of the training side

  // kInvalidArgument for a step or a token beyond the run.
  TracedStep step(std::int64_t step) const;
  // The K-th token that training read, counted from 0 over all phases (the targets are these
  // shifted by one): its step, and `*sample` and `*within` where in the phase.
  TracedStep step_of_token(std::int64_t token, std::int64_t* sample, std::uint64_t* within) const;
  const SampleIndex& samples(const PhaseSettings& phase) const;
  // Steps, in order, that read some of tokens [begin, end) of a group.
  std::vector<StepReading> steps_that_read(std::size_t group, std::uint64_t begin,
                                           std::uint64_t end) const;

  struct Found {
    std::size_t group = 0;
    std::optional<TokenSpan> document;  // none of that name: nothing
  };
  Found find_document(const std::string& id) const;

  // Is it the document that the user calls so?
  bool is_wanted(const std::string& source, const std::string& id, const std::string& wanted) const;
  bool is_hidden(const std::string& source) const { return names_.is_hidden(source); }
  // Without what may not be told: text is nowhere in here, but an id holds a hash of it and an
  // address may name a patient. `entry` has id and source.
  Json spoken(Json entry) const;
  // {id, source, licence, language, url} as far as it may be told.
  Json describe(const TokenSpan& document) const;

 private:
  struct Phase {
    const PhaseSettings* settings = nullptr;
    std::int64_t steps_before = 0, tokens_before = 0;
    std::vector<std::int64_t> first;               // sample of each step, and behind the last
    mutable std::unique_ptr<SampleIndex> samples;  // made when asked for
  };
  TracedStep step_of(const Phase& phase, std::int64_t sample) const;

  fs::path path_;
  Recipe recipe_;
  TrainSettings settings_;
  SourceRegistry registry_;
  SpokenNames names_;
  std::vector<TokenGroup> groups_;
  std::vector<Phase> phases_;
};

}  // namespace lucie
