// Many answers at once: each step reads a chunk of the prompts that wait, then one token (or, with
// guesses, several) of every answer. Requests enter when there is room and leave when they end.
//
//   BatchEngine engine(ctx, decoder, tokenizer, stop_ids, {.sequences = 8});
//   const auto id = engine.submit({ids, options});
//   while (engine.step()) {}
//   Generated answer = *engine.take(id);
//
// A request's text depends on nothing but itself: its rows have the bits that they have alone,
// whatever runs beside it, and its random numbers are its own. Not safe to call from several
// threads at once.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "infer/answer.h"
#include "infer/constraint.h"
#include "infer/drafter.h"
#include "infer/prefix_store.h"
#include "infer/request.h"
#include "model/load.h"

namespace lucie {

struct EngineSettings {
  // Positions of a sequence at most; 0: the model's own, or what half of the free memory holds.
  std::int64_t window = 0;
  std::int64_t sequences = 1;  // at once
  std::int64_t positions = 0;  // of the cache, for all of them; 0: window x sequences
  std::string cache_type = "f16";
  std::int64_t most_drafted = 8;  // tokens that a drafter may guess in a step
  // Begins of prompts that stood in earlier answers are read again, so that nothing depends on
  // what ran before. A conversation, which does anyway, is faster without.
  bool reread_answers = true;
};

// Rows that an engine reads at once: wide for the matrix products, few enough that activations stay
// small, and at least one of every sequence.
std::int64_t rows_at_once(const ModelConfig& config, const EngineSettings& settings,
                          std::int64_t window);

class BatchEngine {
 public:
  // All must outlive this; answers end at any of `stop_ids`. A window beyond the model's: Error
  // {kInvalidArgument}; a cache beyond the memory: Error{kOutOfMemory}.
  BatchEngine(Context& ctx, const Decoder& decoder, const Tokenizer& tokenizer,
              std::vector<TokenId> stop_ids, const EngineSettings& settings);
  BatchEngine(Context& ctx, const LoadedModel& model, const EngineSettings& settings)
      : BatchEngine(ctx, *model.decoder, *model.tokenizer, model.stop_ids, settings) {}
  ~BatchEngine();

  void set_drafter(std::unique_ptr<Drafter> drafter) { drafter_ = std::move(drafter); }

  // An empty prompt, one longer than the window, settings out of range: Error{kInvalidArgument}.
  std::uint64_t submit(Request request);
  // False when there is nothing left to do. An Error in a request's own settings ends that request
  // and is thrown by take().
  bool step();
  // Once it has ended; then it is forgotten.
  std::optional<Generated> take(std::uint64_t id);
  void cancel(std::uint64_t id);  // ends with what there is
  void cancel_all();

  std::int64_t window() const { return window_; }
  std::int64_t waiting() const { return std::ssize(queue_); }
  std::int64_t running() const { return std::ssize(running_); }

 private:
  struct Entry;
  std::int64_t last_position(const Request& request) const;
  const std::shared_ptr<const VocabularyTrie>& trie();
  bool admit(Entry& entry);
  void admit_waiting();
  void read_prompts();
  void score_prompt(Entry& entry, std::int64_t first_row, std::int64_t count, std::int64_t rows);
  void write_answers();
  void write(std::span<Entry* const> entries);
  void draft(std::span<Entry* const> entries);
  void choose(Entry& entry, std::span<const float> logits);
  void retire();

  Context& ctx_;
  const Decoder& decoder_;
  const Tokenizer& tokenizer_;
  std::vector<TokenId> stop_ids_;
  EngineSettings settings_;
  std::int64_t window_;
  KvCache cache_;
  Activations activations_;
  PrefixStore prefixes_;
  std::unique_ptr<Drafter> drafter_;
  std::shared_ptr<const VocabularyTrie> trie_;  // see trie()
  std::uint64_t next_id_ = 1;
  std::vector<std::unique_ptr<Entry>> queue_, running_;
  std::map<std::uint64_t, std::unique_ptr<Entry>> ended_;
};

}  // namespace lucie
