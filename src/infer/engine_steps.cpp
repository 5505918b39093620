// What a step of the engine computes: rows of prompts, then rows of answers.
#include <algorithm>

#include "base/error.h"
#include "infer/engine_entry.h"
#include "infer/logprobs.h"
#include "model/product_scope.h"

namespace lucie {

void BatchEngine::read_prompts() {
  std::vector<CachePiece> pieces;
  std::vector<Entry*> entries;
  std::int64_t rows = 0;
  for (const std::unique_ptr<Entry>& entry : running_) {
    if (entry->answer.finished() || !entry->reading()) continue;
    const auto left = entry->prompt().subspan(static_cast<std::size_t>(entry->sequence.length()));
    const auto room = static_cast<std::size_t>(activations_.capacity_rows() - rows);
    if (room == 0) break;
    pieces.push_back({&entry->sequence, left.first(std::min(left.size(), room))});
    entries.push_back(entry.get());
    rows += std::ssize(pieces.back().ids);
  }
  if (pieces.empty()) return;
  const ProductScope form(ctx_, ProductForm::kManyRows);
  const Batch batch = make_cached_batch(ctx_, pieces);
  decoder_.forward(ctx_, batch, activations_);
  std::int64_t row = 0;
  std::vector<std::int32_t> last;
  std::vector<Entry*> done;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto count = std::ssize(pieces[i].ids);
    if (entries[i]->request.options.prompt_logprobs) score_prompt(*entries[i], row, count, rows);
    row += count;
    if (entries[i]->reading()) continue;
    last.push_back(static_cast<std::int32_t>(row - 1));
    done.push_back(entries[i]);
  }
  if (done.empty()) return;
  const ProductScope of_logits(ctx_, ProductForm::kFewRows);
  const std::vector<float> logits = ctx_.download(
      decoder_.logits(ctx_, activations_, rows, ctx_.upload({std::ssize(last)}, last)));
  const auto width = static_cast<std::size_t>(decoder_.config().vocab_size);
  for (std::size_t i = 0; i < done.size(); ++i) {
    done[i]->answering = Clock::now();
    done[i]->answer.result.prompt_seconds = seconds_between(done[i]->began, done[i]->answering);
    choose(*done[i], std::span(logits).subspan(i * width, width));
  }
}

// Of the tokens that follow `count` rows of a prompt, a slice at a time: rows of V are large.
void BatchEngine::score_prompt(Entry& entry, std::int64_t first_row, std::int64_t count,
                               std::int64_t rows) {
  constexpr std::int64_t kSlice = 64;
  const std::int64_t first = entry.sequence.length() - count;  // position of the first row
  const auto width = static_cast<std::size_t>(decoder_.config().vocab_size);
  const std::int64_t end = std::min(count, std::ssize(entry.prompt()) - 1 - first);
  for (std::int64_t i = 0; i < end; i += kSlice) {
    std::vector<std::int32_t> chosen;
    for (std::int64_t n = i; n < std::min(i + kSlice, end); ++n) {
      chosen.push_back(static_cast<std::int32_t>(first_row + n));
    }
    const std::vector<float> logits = ctx_.download(
        decoder_.logits(ctx_, activations_, rows, ctx_.upload({std::ssize(chosen)}, chosen)));
    for (std::size_t n = 0; n < chosen.size(); ++n) {
      const auto next = static_cast<std::size_t>(first + i) + n + 1;
      entry.answer.result.prompt_logprobs.push_back(
          log_probability(std::span(logits).subspan(n * width, width), entry.prompt()[next],
                          entry.request.options.top_logprobs));
    }
  }
}

void BatchEngine::write_answers() {
  std::vector<Entry*> entries;
  for (const std::unique_ptr<Entry>& entry : running_) {
    if (!entry->answer.finished() && !entry->reading()) entries.push_back(entry.get());
  }
  if (entries.empty()) return;
  draft(entries);
  write(entries);
}

void BatchEngine::draft(std::span<Entry* const> entries) {
  for (Entry* entry : entries) entry->draft.clear();
  if (!drafter_) return;
  const std::int64_t room = activations_.capacity_rows() / std::ssize(entries) - 1;
  std::vector<Draft> drafts;
  for (const Entry* entry : entries) {
    const std::int64_t left = last_position(entry->request) - std::ssize(entry->ids) - 1;
    drafts.push_back({entry->id,
                      entry->ids,
                      std::max<std::int64_t>(0, std::min({room, left, settings_.most_drafted})),
                      {}});
  }
  drafter_->guess(drafts);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i]->draft = std::move(drafts[i].tokens);
    entries[i]->answer.result.drafted += std::ssize(entries[i]->draft);
  }
}

// One step of every answer: its last token and the guesses are read; a guess that is what would
// have been chosen gives the next token for nothing.
void BatchEngine::write(std::span<Entry* const> entries) {
  std::vector<std::vector<TokenId>> rows;
  std::vector<CachePiece> pieces;
  std::vector<std::int32_t> all;
  for (Entry* entry : entries) {
    rows.push_back(entry->draft);
    rows.back().insert(rows.back().begin(), entry->ids.back());
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    pieces.push_back({&entries[i]->sequence, rows[i]});
    for (std::size_t n = 0; n < rows[i].size(); ++n) {
      all.push_back(static_cast<std::int32_t>(all.size()));
    }
  }
  const ProductScope form(ctx_, ProductForm::kFewRows);
  const Batch batch = make_cached_batch(ctx_, pieces);
  decoder_.forward(ctx_, batch, activations_);
  const std::vector<float> logits = ctx_.download(
      decoder_.logits(ctx_, activations_, batch.rows(), ctx_.upload({batch.rows()}, all)));
  const auto width = static_cast<std::size_t>(decoder_.config().vocab_size);
  std::size_t row = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = *entries[i];
    for (std::size_t n = 0; n < rows[i].size(); ++n) {
      choose(entry, std::span(logits).subspan((row + n) * width, width));
      if (entry.answer.finished()) break;
      if (n + 1 == rows[i].size() || entry.ids.back() != rows[i][n + 1]) break;
      ++entry.answer.result.accepted;
    }
    row += rows[i].size();
    entry.sequence.truncate(std::min(entry.sequence.length(), std::ssize(entry.ids) - 1));
  }
}

void BatchEngine::choose(Entry& entry, std::span<const float> logits) {
  const GenerateOptions& options = entry.request.options;
  Generated& result = entry.answer.result;
  try {
    if (options.max_tokens == 0) return entry.answer.finish(FinishReason::kLength);
    if (std::ssize(entry.ids) >= window_) return entry.answer.finish(FinishReason::kLength);
    const TokenMask* allowed = nullptr;
    if (entry.constraint) {
      if (entry.constraint->at_end()) return entry.answer.finish(FinishReason::kEndOfText);
      allowed = &entry.constraint->allowed();
    }
    const TokenId id = entry.sampler->pick(logits, entry.ids, tokenizer_.vocab_size(), allowed);
    const bool stops = std::find(stop_ids_.begin(), stop_ids_.end(), id) != stop_ids_.end();
    if (stops && !options.ignore_eos) return entry.answer.finish(FinishReason::kEndOfText);
    if (options.top_logprobs >= 0) {
      result.logprobs.push_back(log_probability(logits, id, options.top_logprobs));
    }
    if (entry.constraint) entry.constraint->accept(id);
    entry.ids.push_back(id);
    entry.answer.add(id);
    if (entry.answer.finished()) return;
    if (std::ssize(result.ids) == options.max_tokens || std::ssize(entry.ids) >= window_) {
      entry.answer.finish(FinishReason::kLength);
    }
  } catch (const Error&) {
    entry.error = std::current_exception();
    entry.answer.finish(FinishReason::kCancelled);
  }
}

}  // namespace lucie
